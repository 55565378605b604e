package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// The addresses everybody may come to.
const (
	pathHome    = "/"
	pathSignIn  = "/connexion"
	pathSignOut = "/deconnexion"
	pathFirst   = "/premier-compte"
	pathSpeak   = "/langue"
)

// FirstAccount makes the account of the first administrator, once.
type FirstAccount interface {
	// MakeFirst answers with cards.Unauthorized where code is not the one in the hub's data folder, cards.Invalid where
	// the account cannot be so, cards.Conflict where there is an account already.
	MakeFirst(ctx context.Context, code string, u cards.User, password string) (*cards.User, error)
	// CodeFile is where the code is to be found.
	CodeFile() string
}

// signInPages are the door's own: who comes in, and how.
type signInPages struct{ door *Door }

func (s signInPages) register(d desk) {
	d.read(pathSignIn, s.door.open(s.form))
	d.echo.POST(pathSignIn, s.door.open(s.signIn))
	d.echo.POST(pathSignOut, s.door.open(s.signOut))
	d.read(pathFirst, s.door.open(s.first))
	d.echo.POST(pathFirst, s.door.open(s.makeFirst))
	d.echo.POST(pathSpeak, s.door.open(s.speak))
}

type signInForm struct {
	Name  string
	To    string // the page that was asked for
	Fault words
}

func (s signInPages) form(v *visit) error {
	if v.session != nil {
		return v.Redirect(http.StatusSeeOther, ownAddress(v.FormValue(towardsField)))
	}
	has, err := s.door.options.Accounts.HasAccounts(v.Request().Context())
	if err != nil {
		return err
	}
	if !has {
		return v.Redirect(http.StatusSeeOther, pathFirst)
	}
	return v.render(http.StatusOK, "signin", signInForm{To: v.FormValue(towardsField)})
}

// maxTyped bounds what is looked up or hashed.
const maxTyped = 256

func (s signInPages) signIn(v *visit) error {
	name, password := strings.TrimSpace(v.FormValue("nom")), v.FormValue("mot-de-passe")
	if len(name) > maxTyped || len(password) > maxTyped {
		name, password = "", ""
	}
	var user *cards.User
	wait, blocked, err := v.try(name, cards.Unauthorized, func() (err error) {
		user, err = s.door.options.Accounts.SignIn(v.Request().Context(), name, password)
		return err
	})
	if blocked {
		return s.tooMany(v, name, wait)
	}
	if cards.CodeOf(err) == cards.Unauthorized {
		s.door.options.Logger.WarnContext(v.Request().Context(), "sign-in refused", "path", pathSignIn)
		return v.render(http.StatusUnauthorized, "signin", signInForm{Name: name, To: v.FormValue(towardsField), Fault: v.words("connexion.refusee")})
	}
	if err != nil {
		return err
	}
	return s.enter(v, user, ownAddress(v.FormValue(towardsField)))
}

func (s signInPages) tooMany(v *visit, name string, wait time.Duration) error {
	seconds := v.mustWait(wait)
	return v.render(http.StatusTooManyRequests, "signin", signInForm{Name: name, To: v.FormValue(towardsField), Fault: v.words("connexion.attendre", "count", seconds)})
}

// enter opens a session, once it is recorded. What was open in this browser before is closed.
func (s signInPages) enter(v *visit, user *cards.User, to string) error {
	s.leave(v)
	v.session = &cards.Session{User: user}
	return v.carryOut("sign-in", "compte", "", func(v *visit) error {
		token, err := s.door.options.Accounts.OpenSession(v.Request().Context(), user)
		if err != nil {
			return err
		}
		v.SetCookie(s.door.cookie(s.door.cookieName(), token))
		return v.Redirect(http.StatusSeeOther, to)
	})
}

func (s signInPages) leave(v *visit) {
	if cookie, err := v.Cookie(s.door.cookieName()); err == nil && cookie.Value != "" {
		// One that cannot be closed now ends by itself.
		_ = s.door.options.Accounts.CloseSession(v.Request().Context(), cookie.Value)
	}
}

func (s signInPages) signOut(v *visit) error {
	if v.session != nil && !v.fromForm() {
		return v.refuse(cards.Forbidden, "erreur.formulaire")
	}
	s.leave(v)
	s.door.dropCookie(v.Context, s.door.cookieName())
	return v.Redirect(http.StatusSeeOther, pathSignIn)
}

type firstForm struct {
	CodeFile, Name, Email string
	Fault                 words
}

func (s signInPages) first(v *visit) error {
	if taken, err := s.taken(v); taken || err != nil {
		return err
	}
	return v.render(http.StatusOK, "first", firstForm{CodeFile: s.door.options.First.CodeFile()})
}

// taken leads on to the sign-in where there is an account already.
func (s signInPages) taken(v *visit) (bool, error) {
	has, err := s.door.options.Accounts.HasAccounts(v.Request().Context())
	if err != nil || !has {
		return false, err
	}
	return true, v.Redirect(http.StatusSeeOther, pathSignIn)
}

func (s signInPages) makeFirst(v *visit) error {
	if taken, err := s.taken(v); taken || err != nil {
		return err
	}
	attempt := "premier-compte|" + v.RealIP()
	form := firstForm{CodeFile: s.door.options.First.CodeFile(), Name: strings.TrimSpace(v.FormValue("nom")), Email: strings.TrimSpace(v.FormValue("courriel"))}
	if wait, blocked := s.door.options.Limiter.Blocked(attempt); blocked {
		form.Fault = v.words("connexion.attendre", "count", v.mustWait(wait))
		return v.render(http.StatusTooManyRequests, "first", form)
	}
	password := v.FormValue("mot-de-passe")
	if password != v.FormValue("encore") {
		form.Fault = v.words("compte.differents")
		return v.render(http.StatusUnprocessableEntity, "first", form)
	}
	user, err := s.door.options.First.MakeFirst(v.Request().Context(), strings.TrimSpace(v.FormValue("code")),
		cards.User{Name: form.Name, Email: form.Email, Role: cards.RoleAdministrator, Language: v.lang}, password)
	switch cards.CodeOf(err) {
	case cards.Unauthorized:
		s.door.options.Limiter.Failed(attempt)
		form.Fault = v.words("premier.code-refuse")
		return v.render(http.StatusUnauthorized, "first", form)
	case cards.Invalid:
		form.Fault = v.wordsOf(err)
		return v.render(http.StatusUnprocessableEntity, "first", form)
	}
	if err != nil {
		return err
	}
	return s.enter(v, user, pathStart)
}

// speak changes the language: for this browser, and for the account of who is signed in, as an account's language stands above
// a browser's.
func (s signInPages) speak(v *visit) error {
	lang := v.FormValue("langue")
	if !s.door.pages.speaks(lang) {
		return v.refuse(cards.Invalid, "erreur.langue")
	}
	if v.session != nil {
		if err := s.speakAlways(v, lang); err != nil {
			return err
		}
	}
	v.SetCookie(s.door.cookie(languageCookie, lang))
	return v.Redirect(http.StatusSeeOther, ownAddress(v.FormValue("retour")))
}

// speakAlways changes the account's own language, as its page does.
func (s signInPages) speakAlways(v *visit, lang string) error {
	if !v.fromForm() {
		return v.refuse(cards.Forbidden, "erreur.formulaire")
	}
	return v.carryOut("change-account", "compte", "langue", func(v *visit) error {
		_, err := s.door.options.Accounts.ChangeUser(v.Request().Context(), v.user().ID, func(u *cards.User) error {
			u.Language = lang
			return nil
		})
		return err
	})
}
