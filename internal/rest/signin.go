package rest

import (
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
)

// What a client that is not signed in is told to send.
const (
	basicChallenge  = `Basic realm="carte-reseau", charset="UTF-8"`
	bearerChallenge = `Bearer realm="carte-reseau"`
)

// maxSecret bounds what is looked up: longer than any code or key the hub gives.
const maxSecret = 1024

// nobody stands for whatever is typed that can be no library's code. It may be a name, of any bytes and length: neither the
// database, which may refuse them, nor the limiter nor the log is to see it.
const nobody = "?"

// signIn finds out who is asking.
type signIn struct {
	keys    Keys
	limiter Limiter
	metrics metrics
	log     *slog.Logger
}

// refusal is a sign-in that failed, with what HTTP wants said of it.
type refusal struct {
	status int
	header http.Header
	err    error
}

// Error and Unwrap let what counts as a sign-in end an operation of the JSON interface.
func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

// library signs a library in by HTTP Basic.
func (s signIn) library(c echo.Context) (*cards.Library, *refusal) {
	code, key, given := c.Request().BasicAuth()
	if !given || len(code) > maxSecret || len(key) > maxSecret {
		return nil, unauthorized(basicChallenge, cards.Errorf(cards.Unauthorized,
			"Identification requise : code de la bibliothèque et clé, par HTTP Basic."))
	}
	if !cards.ValidCode(code) {
		code = nobody
	}
	var lib *cards.Library
	refused := s.try(c, code, basicChallenge, func() (err error) {
		lib, err = s.keys.Authenticate(c.Request().Context(), code, key)
		return err
	})
	if refused == nil {
		c.Set("library", lib.Code) // for the access log
	}
	return lib, refused
}

// staff signs a member of staff in by bearer key.
func (s signIn) staff(c echo.Context) (*cards.User, *refusal) {
	scheme, key, _ := strings.Cut(c.Request().Header.Get(echo.HeaderAuthorization), " ")
	key = strings.TrimSpace(key)
	if !strings.EqualFold(scheme, "Bearer") || key == "" || len(key) > maxSecret {
		return nil, unauthorized(bearerChallenge, cards.Errorf(cards.Unauthorized,
			"Identification requise : Authorization: Bearer suivi de votre clé personnelle, faite sur la page de votre compte ou par « hub user »."))
	}
	var user *cards.User
	refused := s.try(c, "", bearerChallenge, func() (err error) {
		user, err = s.keys.AuthenticateUser(c.Request().Context(), key)
		return err
	})
	return user, refused
}

// atLeast signs in a member of staff whose role reaches what is asked for.
func (s signIn) atLeast(c echo.Context, role cards.Role) (*cards.User, *refusal) {
	user, refused := s.staff(c)
	if refused == nil && !user.May(role) {
		return nil, &refusal{status: http.StatusForbidden, err: cards.Errorf(cards.Forbidden,
			"Ceci demande le rôle %s ; votre compte a le rôle %s.", role, user.Role)}
	}
	return user, refused
}

// try runs one look-up of a key under the limiter. Only a wrong key counts as a failure: a database that is down must
// not lock the libraries out.
func (s signIn) try(c echo.Context, code, challenge string, look func() error) *refusal {
	attempt := code + "|" + c.RealIP()
	if wait, blocked := s.limiter.Blocked(attempt); blocked {
		return tooManyTries(wait, tooManyKeys)
	}
	err := look()
	switch {
	case err == nil:
		s.limiter.Succeeded(attempt)
		return nil
	case cards.CodeOf(err) == cards.Unauthorized:
		s.limiter.Failed(attempt)
		s.metrics.signIns.Inc()
		s.logRefused(c, err)
		return unauthorized(challenge, cards.WrapError(cards.Unauthorized, err,
			"Code ou clé refusé. Vérifiez-les auprès de l’administrateur du réseau."))
	default:
		return &refusal{status: statusOf(err), header: http.Header{echo.HeaderRetryAfter: {retryAfter}}, err: err}
	}
}

func (s signIn) logRefused(c echo.Context, err error) {
	s.log.WarnContext(c.Request().Context(), "sign-in refused", "path", c.Path(), "reason", err)
}

func unauthorized(challenge string, err error) *refusal {
	return &refusal{
		status: http.StatusUnauthorized,
		header: http.Header{echo.HeaderWWWAuthenticate: {challenge}},
		err:    err,
	}
}

// tooManyTries makes the refusal of who has to wait; tell says for how many seconds.
func tooManyTries(wait time.Duration, tell func(seconds int64) error) *refusal {
	seconds := int64(wait/time.Second) + 1
	return &refusal{
		status: http.StatusTooManyRequests,
		header: http.Header{echo.HeaderRetryAfter: {strconv.FormatInt(seconds, 10)}},
		err:    tell(seconds),
	}
}

func tooManyKeys(seconds int64) error {
	return cards.Errorf(cards.Unauthorized, "Trop d’identifications refusées ; réessayez dans %d secondes avec la bonne clé.", seconds)
}
