package web

import (
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
)

// passwordTry is a password of an account that is about to be compared. It is counted by who tries and whose it is, in one count
// with the other doors, and by the address alone.
type passwordTry struct {
	visit   *visit
	account string
}

func (v *visit) tryOf(account string) passwordTry { return passwordTry{v, cards.AccountName(account)} }

// begin counts the try, or says how long to wait for it.
func (t passwordTry) begin() (wait time.Duration, blocked bool) {
	if wait, blocked = t.visit.door.options.Limiter.Blocked(t.key()); blocked {
		return wait, true
	}
	return t.visit.door.tries.enter(t.visit.RealIP(), t.account)
}

// ended says what came of it; wrong is the code of an error that stands for another password.
func (t passwordTry) ended(err error, wrong cards.Code) {
	door := t.visit.door
	switch {
	case err == nil:
		door.options.Limiter.Succeeded(t.key())
		door.tries.succeeded(t.visit.RealIP(), t.account)
	case cards.CodeOf(err) == wrong:
		door.options.Limiter.Failed(t.key())
	default:
		door.tries.unmade(t.visit.RealIP(), t.account)
	}
}

func (t passwordTry) key() string { return cards.PasswordTries(t.account, t.visit.RealIP()) }

// mustWait says so to programs too, and gives the seconds for people.
func (v *visit) mustWait(wait time.Duration) (seconds int) {
	seconds = int(wait/time.Second) + 1
	v.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(seconds))
	return seconds
}
