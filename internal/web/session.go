package web

import (
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
)

// The cookies. Behind https the session's has the prefix that keeps any other host, and plain http, from setting it.
const (
	sessionCookie       = "session"
	secureSessionCookie = "__Host-session"
	languageCookie      = "langue"
	flashCookie         = "fait"
	// formToken is the hidden field every form of a signed-in person carries.
	formToken = "jeton"
	// towardsField is the page the sign-in leads to.
	towardsField = "vers"
)

func (d *Door) cookieName() string {
	if d.secure {
		return secureSessionCookie
	}
	return sessionCookie
}

// cookie makes one that ends with the browser.
func (d *Door) cookie(name, value string) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // Secure depends on how people come: plain http works on loopback only
		Name: name, Value: value, Path: "/", HttpOnly: true, Secure: d.secure, SameSite: http.SameSiteLaxMode,
	}
}

func (d *Door) dropCookie(c echo.Context, name string) {
	gone := d.cookie(name, "") //nolint:gosec // as above
	gone.MaxAge = -1
	c.SetCookie(gone)
}

// begin finds out who visits, and in what language.
func (d *Door) begin(c echo.Context) (*visit, error) {
	v := &visit{Context: c, door: d}
	hardenAnswer(c.Response().Header())
	cookie, err := c.Cookie(d.cookieName())
	if err == nil && cookie.Value != "" {
		v.session, err = d.options.Accounts.Session(c.Request().Context(), cookie.Value)
		if err != nil && cards.CodeOf(err) != cards.Unauthorized {
			v.lang = d.pages.languageOf(v)
			return v, err
		}
	}
	if v.session != nil {
		c.Set("library", "") // for the access log: no library asks
	}
	v.lang = d.pages.languageOf(v)
	return v, nil
}

// open is an address for everybody. Forms come to it without files.
func (d *Door) open(show handler) echo.HandlerFunc {
	return d.visited(func(v *visit) error {
		if err := v.readForm(); err != nil {
			return err
		}
		return show(v)
	})
}

// visited finds out who comes, from where.
func (d *Door) visited(show handler) echo.HandlerFunc {
	return func(c echo.Context) error {
		v, err := d.begin(c)
		if err == nil {
			err = d.sameSite(v)
		}
		if err == nil {
			err = show(v)
		}
		return v.answer(err)
	}
}

// staffOnly lets nobody pass without a session of at least the role wanted, nor a form that is not of that session.
func (d *Door) staffOnly(role cards.Role, show handler) echo.HandlerFunc {
	return d.open(func(v *visit) error {
		if err := v.must(role); err != nil || v.session == nil {
			return err
		}
		if !reads(v.Request()) && !v.fromForm() {
			return v.refuse(cards.Forbidden, "erreur.formulaire")
		}
		if err := v.door.learnNames(v.Request().Context()); err != nil {
			return err
		}
		return show(v)
	})
}

// sameSite refuses what another site makes a browser send.
func (d *Door) sameSite(v *visit) error {
	if err := d.origins.Check(v.Request()); err != nil {
		return v.refuseFor(err, cards.Forbidden, "erreur.origine")
	}
	return nil
}

// fromForm reports whether the request carries the token that only a page of this session shows.
func (v *visit) fromForm() bool { return v.isToken(v.FormValue(formToken)) }

// isToken reports whether given is what only a page of this session shows.
func (v *visit) isToken(given string) bool { return isMasked(given, v.session.CSRF) }

// must lets on whoever is signed in with at least the role. Where nobody is signed in the answer, the way to the sign-in,
// is given already.
func (v *visit) must(role cards.Role) error {
	if v.session == nil {
		return v.toSignIn()
	}
	if !v.user().May(role) {
		return v.refuse(cards.Forbidden, "erreur.role", "role", v.text("role."+string(role)))
	}
	return nil
}

// toSignIn asks who is there. A script that wanted a part of a page has the browser go to the sign-in whole.
func (v *visit) toSignIn() error {
	if v.partly() {
		v.Response().Header().Set("HX-Redirect", pathSignIn+v.towards())
		return v.NoContent(http.StatusUnauthorized)
	}
	if !reads(v.Request()) {
		v.setFlash(flashEnded)
	}
	return v.Redirect(http.StatusSeeOther, pathSignIn+v.towards())
}

// towards tells the sign-in which page was asked for. A file, or what a script asks for, is none; nor is what follows the address
// of one told, where somebody may have typed a name.
func (v *visit) towards() string {
	page := v.Request().URL.Path
	if !wantsPage(v.Request()) || page == pathHome || path.Ext(page) != "" {
		return ""
	}
	return "?" + url.Values{towardsField: {page}}.Encode()
}

// ownAddress is an address of these pages that a form brings back; in place of any other it gives the first page.
func ownAddress(typed string) string {
	_, err := url.Parse(typed) // browsers leave control characters out of an address, and then it may be another
	if err != nil || !strings.HasPrefix(typed, "/") || strings.HasPrefix(typed, "//") || strings.Contains(typed, `\`) {
		return pathHome
	}
	return typed
}

// hardenAnswer keeps what a page holds in that page: no other site frames it, no script but ours runs in it, nothing of it
// stays in a cache.
func hardenAnswer(h http.Header) {
	h.Set(echo.HeaderContentSecurityPolicy, "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "+
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set(echo.HeaderXContentTypeOptions, "nosniff")
	h.Set(echo.HeaderXFrameOptions, "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set(echo.HeaderCacheControl, "no-store")
	h.Set(echo.HeaderVary, "Cookie, HX-Request")
}

// setFlash leaves a word for the next page: the name of a text, never a text.
func (v *visit) setFlash(name string) { v.SetCookie(v.door.cookie(flashCookie, name)) }

// flash takes the word left for this page.
func (v *visit) flash() (text string, nothingDone bool) {
	cookie, err := v.Cookie(flashCookie)
	if err != nil || cookie.Value == "" {
		return "", false
	}
	v.door.dropCookie(v.Context, flashCookie)
	return v.door.pages.known(v.lang, "fait."+cookie.Value), cookie.Value == flashLate || cookie.Value == flashEnded
}
