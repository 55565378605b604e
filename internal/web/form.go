package web

import (
	"errors"
	"mime"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
)

// maxForm is how large a form without a file may be: the largest has some hundred fields.
const maxForm = 256 << 10

// changed reads a field of a form that stands open for long, and whether it is another than the one the form was filled in with,
// which is named «vu-» and the field: what a colleague changes meanwhile is not put back.
func (v *visit) changed(field string) (value string, changed bool) {
	value = v.Request().PostFormValue(field)
	return value, value != v.Request().PostFormValue("vu-"+field)
}

// readForm reads what was typed, before anything asks for a field of it: by itself that would take in more, and keep files.
func (v *visit) readForm() error {
	r := v.Request()
	if reads(r) {
		_ = r.ParseForm() // the address alone, which may be anything; what comes behind it is nobody's form
		return nil
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType)) // what it cannot read is no form
	if kind == echo.MIMEMultipartForm {
		return v.refuseFor(errors.New("a form with parts"), cards.Invalid, "erreur.formulaire")
	}
	r.Body = http.MaxBytesReader(v.Response().Writer, r.Body, maxForm)
	err := r.ParseForm()
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return v.refuseFor(err, cards.TooLarge, "erreur.trop-grand")
	}
	if err != nil {
		return v.refuseFor(err, cards.Invalid, "erreur.formulaire")
	}
	return nil
}
