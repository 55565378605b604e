package web

import (
	"cmp"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
)

// Page is one matter staff look at or decide in: a few addresses, in one file of their own.
//
// To add one, write MATTER.go with
//   - the interface of what it needs of the store, as few methods as it calls;
//   - an unexported struct that holds it, and an exported function that makes a Page of a store;
//   - its register, one line an address, each naming the role it needs and what is recorded:
//     d.view(cards.RoleReader, "/reseau", s.show)
//     d.personal(cards.RoleReader, "view-card", "/fiches/:id", s.card)
//     d.act(cards.RoleOperator, "keep-conflict", "conflit", "/conflits/:id/garder", s.keep);
//   - handlers func(*visit) error, and a template of the page's name in templates/.
//
// Then name it in cmd/hub/pages.go, and in pagesOf of this package's tests. A handler returns the errors of the store as
// they are: the desk shows them. Words stand in texts/fr.yaml and texts/en.yaml, never in Go.
type Page interface {
	register(d desk)
}

// desk is where pages lay their addresses out.
type desk struct {
	echo *echo.Echo
	door *Door
}

// handler answers one visit.
type handler func(*visit) error

// read is an address that changes nothing. Who asks for its head alone is let in, answered and recorded like who asks for all of
// it: the handler is the same, and the server keeps the body back.
func (d desk) read(path string, h echo.HandlerFunc) {
	d.echo.Match([]string{http.MethodGet, http.MethodHead}, path, h)
}

// reads reports whether a request may change nothing.
func reads(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// view is an address that shows no person's data.
func (d desk) view(role cards.Role, path string, show handler) {
	d.read(path, d.door.staffOnly(role, func(v *visit) error {
		v.impersonal = true
		return show(v)
	}))
}

// personal is an address that shows persons' data: the handler names whose, by v.shows, before it renders anything, and it
// is recorded under action. What is searched for comes by ask, as nothing personal stands in an address.
func (d desk) personal(role cards.Role, action, path string, show handler) {
	d.door.named(action)
	d.read(path, d.door.staffOnly(role, watched(action, show)))
}

// ask is an address that takes what is looked for by POST, and leads on to where it is shown.
func (d desk) ask(role cards.Role, path string, ask handler) {
	d.echo.POST(path, d.door.staffOnly(role, ask))
}

func watched(action string, show handler) handler {
	return func(v *visit) error {
		v.watch = action
		return show(v)
	}
}

// telling says in the record what a visit is about, as the JSON interface does.
type telling func(*visit) (subject, detail string)

// ofAll is about nothing that has a name.
func ofAll(*visit) (subject, detail string) { return "", "" }

// consult is an address that shows what concerns staff, not readers. It is recorded under action before it is read.
func (d desk) consult(role cards.Role, action, path string, tell telling, show handler) {
	d.door.named(action)
	d.read(path, d.door.staffOnly(role, func(v *visit) error {
		subject, detail := tell(v)
		if err := v.record(action, subject, detail); err != nil {
			return err
		}
		return show(v)
	}))
}

// act is an address that changes something. It is recorded under action before the handler runs, of the subject that kind
// and the address name, and once more where it fails.
func (d desk) act(role cards.Role, action, kind, path string, do handler) {
	d.actTelling(role, action, path, func(v *visit) (string, string) { return v.subject(kind), "" }, do)
}

// actTelling is act, for what the address alone does not say.
func (d desk) actTelling(role cards.Role, action, path string, tell telling, do handler) {
	d.door.named(action)
	d.echo.POST(path, d.door.staffOnly(role, func(v *visit) error {
		subject, detail := tell(v)
		return v.carryOut(action, subject, detail, do)
	}))
}

// carryOut does what is recorded under action first, and once more where it fails.
func (v *visit) carryOut(action, subject, detail string, do handler) error {
	if err := v.record(action, subject, detail); err != nil {
		return err
	}
	err := do(v)
	if failure := cmp.Or(err, v.refused); failure != nil {
		// What was asked for is recorded already; that it failed may be lost, and changes nothing.
		_ = v.record(action, subject, joined(detail, cards.AuditFailure(failure)))
	}
	return err
}
