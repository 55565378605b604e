package oaiserver

import (
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
)

// challenge is what a client that did not sign in is told to send.
const challenge = `Basic realm="carte-reseau", charset="UTF-8"`

// maxSecret bounds what is looked up: longer than any code or key the hub gives.
const maxSecret = 1024

// nobody stands for whatever is typed that can be no library's code. It may be
// a name, of any bytes and length: neither the database, which may refuse them,
// nor the limiter nor the log is to see it.
const nobody = "?"

// signIn finds out which library is asking.
type signIn struct {
	store   Store
	limiter Limiter
	log     *slog.Logger
}

// library signs in by HTTP Basic. Only a wrong key counts as a failure: a
// database that is down must not lock the libraries out.
func (s signIn) library(c echo.Context) (admitted cards.Admission, err error) {
	code, key, given := c.Request().BasicAuth()
	if !given || len(code) > maxSecret || len(key) > maxSecret {
		return admitted, unauthorized("Identification requise : code de la bibliothèque et clé, par HTTP Basic.")
	}
	if !cards.ValidCode(code) {
		code = nobody
	}
	who := code + "|" + c.RealIP()
	if wait, blocked := s.limiter.Blocked(who); blocked {
		return admitted, &refusal{status: http.StatusTooManyRequests, header: http.Header{"Retry-After": {seconds(wait)}},
			message: "Trop d’identifications refusées ; réessayez plus tard avec la bonne clé."}
	}
	admitted, err = s.store.Admit(c.Request().Context(), code, key)
	if err == nil {
		s.limiter.Succeeded(who)
		c.Set("library", admitted.Library.Code) // for the access log
		return admitted, nil
	}
	if cards.CodeOf(err) != cards.Unauthorized {
		return admitted, err
	}
	s.limiter.Failed(who)
	s.log.WarnContext(c.Request().Context(), "sign-in refused", "path", Path, "reason", err)
	return admitted, unauthorized("Code ou clé refusé. Vérifiez-les auprès de l’administrateur du réseau.")
}

func unauthorized(message string) *refusal {
	return &refusal{status: http.StatusUnauthorized, header: http.Header{"Www-Authenticate": {challenge}}, message: message}
}
