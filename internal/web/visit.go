package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
)

// visit is one request of somebody, signed in or not, and the answer to it.
type visit struct {
	echo.Context
	door *Door
	// session is nil where nobody is signed in.
	session *cards.Session
	lang    string
	// watch is the action that what this visit shows is recorded under; empty where it shows no person's data.
	watch    string
	recorded bool
	// impersonal is set where the address shows no person's data, but for what watch says.
	impersonal bool
	// refused is why a form is shown again instead of being carried out.
	refused error
}

// user is who is signed in.
func (v *visit) user() *cards.User { return v.session.User }

// subject names what an address is about: kind and the address's own parameter.
func (v *visit) subject(kind string) string {
	names := v.ParamValues()
	if len(names) == 0 {
		return kind
	}
	return strings.TrimSpace(kind + " " + names[0])
}

// record keeps what is about to be shown or done.
func (v *visit) record(action, subject, detail string) error {
	return v.door.options.Audit.Record(v.Request().Context(), cards.AuditEntry{
		Actor: v.user().Name, Role: v.user().Role, Door: doorName, Action: action, Subject: subject, Detail: detail,
	})
}

// doorName is how the pages are called in the audit log.
const doorName = "pages"

// shows records whose data is about to be shown, by opaque identifiers of cards, or that nobody was found.
func (v *visit) shows(ids ...string) error {
	subject, detail := "carte", strings.Join(ids, " ")
	switch len(ids) {
	case 0:
		subject, detail = "aucune carte", ""
	case 1:
		subject, detail = "carte "+ids[0], ""
	}
	v.recorded = true
	return v.record(v.watch, subject, detail)
}

// showsOf records what is shown of one subject, a deposit or such, with the cards whose data it holds.
func (v *visit) showsOf(subject string, ids []string) error {
	v.recorded = true
	return v.record(v.watch, subject, "montre "+cards.AuditShown(ids))
}

// id reads the number in the address.
func (v *visit) id() (int64, error) {
	n, err := strconv.ParseInt(v.Param("id"), 10, 64)
	if err != nil || n < 1 {
		return 0, v.notHere()
	}
	return n, nil
}

// code reads the library's code in the address.
func (v *visit) code() (string, error) {
	code := v.Param("code")
	if !cards.ValidCode(code) {
		return "", v.notHere()
	}
	return code, nil
}

// partly reports whether only the part of the page named by the answer's target is wanted.
func (v *visit) partly() bool { return v.Request().Header.Get("HX-Request") == "true" }

// after answers an action: the page it was done on, or the one named, is shown anew, with a word of what was done.
func (v *visit) after(path, done string) error {
	v.setFlash(done)
	return v.Redirect(http.StatusSeeOther, path)
}

// breakOff ends an answer behind its beginning: half a file must not look whole. Who left is no incident.
func (v *visit) breakOff(err error) {
	if ctx := v.Request().Context(); ctx.Err() == nil {
		v.door.options.Logger.ErrorContext(ctx, "a file broke off on its way", "path", v.Path(), "error", err)
	}
	panic(http.ErrAbortHandler)
}
