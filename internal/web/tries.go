package web

import (
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
)

// try has a password of an account compared, or says how long to wait for that; wrong is the code of an error that stands for
// another password.
func (v *visit) try(account string, wrong cards.Code, compare func() error) (wait time.Duration, blocked bool, err error) {
	return v.door.options.Passwords.Try(v.Request().Context(), account, v.RealIP(), wrong, compare)
}

// mustWait says so to programs too, and gives the seconds for people.
func (v *visit) mustWait(wait time.Duration) (seconds int) {
	seconds = int(wait/time.Second) + 1
	v.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(seconds))
	return seconds
}
