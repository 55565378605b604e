package web

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// OwnAccount is what people change of their own account.
type OwnAccount interface {
	User(ctx context.Context, id int64) (*cards.User, error)
	ChangeUser(ctx context.Context, id int64, change func(*cards.User) error) (*cards.User, error)
	// ChangePassword ends all sessions of the account; cards.Forbidden where old is not its password.
	ChangePassword(ctx context.Context, id int64, old, password string) error
	SetUserKey(ctx context.Context, id int64, key string) error
	DropUserKey(ctx context.Context, id int64) error
}

// AccountPage makes the page of who is signed in.
func AccountPage(store OwnAccount) Page { return accountPage{store: store} }

type accountPage struct{ store OwnAccount }

const pathAccount = "/compte"

func (p accountPage) register(d desk) {
	d.view(cards.RoleReader, pathAccount, p.show)
	d.actTelling(cards.RoleReader, "change-account", pathAccount, ownChanges, p.change)
	d.act(cards.RoleReader, "change-password", "compte", pathAccount+"/mot-de-passe", p.password)
	d.act(cards.RoleReader, "set-own-key", "compte", pathAccount+"/cle", p.key)
	d.act(cards.RoleReader, "drop-own-key", "compte", pathAccount+"/sans-cle", p.dropKey)
}

type accountView struct {
	User    *cards.User
	Seen    *cards.User // what the form is filled in from, where User is what was typed
	Alerts  []alertChoice
	Since   time.Time
	Expires time.Time
	Fault   words
}

// alertChoice is a kind of trouble one may be written to about.
type alertChoice struct {
	Kind   cards.TroubleKind
	Title  string
	Chosen bool
	Seen   bool
}

func (p accountPage) show(v *visit) error { return p.shown(v, http.StatusOK, words{}) }

func (p accountPage) shown(v *visit, status int, fault words) error {
	user, err := p.store.User(v.Request().Context(), v.user().ID)
	if err != nil {
		return err
	}
	typed := *user
	readOwn(v, &typed)
	view := accountView{User: &typed, Seen: user, Since: v.session.Created, Expires: v.session.Expires, Fault: fault}
	for _, kind := range cards.TroubleKinds {
		view.Alerts = append(view.Alerts, alertChoice{
			Kind: kind, Title: kind.Title(v.lang), Chosen: slices.Contains(typed.Alerts, kind), Seen: slices.Contains(user.Alerts, kind),
		})
	}
	return v.render(status, "account", view)
}

func (p accountPage) done(v *visit, err error, word string) error {
	switch {
	case err == nil:
		return v.after(pathAccount, word)
	case isTheirs(err):
		return p.shown(v, http.StatusUnprocessableEntity, v.again(err))
	}
	return err
}

func (p accountPage) change(v *visit) error {
	_, err := p.store.ChangeUser(v.Request().Context(), v.user().ID, func(u *cards.User) error {
		readOwn(v, u)
		return nil
	})
	return p.done(v, err, "enregistre")
}

// readOwn lays what was changed in the form over one's own account. The desk has read the form, for its token.
func readOwn(v *visit, u *cards.User) {
	if email, changed := v.changed("courriel"); changed {
		u.Email = strings.TrimSpace(email)
	}
	if language, changed := v.changed("langue"); changed {
		u.Language = language
	}
	chosen := v.Request().PostForm["alerte"]
	if slices.Equal(chosen, v.Request().PostForm["vu-alerte"]) {
		return
	}
	u.Alerts = nil
	for _, kind := range cards.TroubleKinds {
		if slices.Contains(chosen, string(kind)) {
			u.Alerts = append(u.Alerts, kind)
		}
	}
}

// password changes one's own. It ends every session of the account, and begins this browser's anew. Who tries old ones is
// slowed down as at the sign-in.
func (p accountPage) password(v *visit) error {
	password := v.FormValue("mot-de-passe")
	if password != v.FormValue("encore") {
		return p.done(v, v.refuse(cards.Invalid, "compte.differents"), "")
	}
	wait, blocked, err := v.try(v.user().Name, cards.Forbidden, func() error {
		return p.store.ChangePassword(v.Request().Context(), v.user().ID, v.FormValue("ancien"), password)
	})
	if blocked {
		tooMany := v.refuse(cards.Unauthorized, "connexion.attendre", "count", v.mustWait(wait))
		return p.shown(v, http.StatusTooManyRequests, v.again(tooMany))
	}
	if err != nil {
		return p.done(v, err, "")
	}
	v.setFlash("mot-de-passe-change")
	return signInPages{door: v.door}.enter(v, v.user(), pathAccount)
}

func (p accountPage) key(v *visit) error {
	key := rand.Text()
	if err := p.store.SetUserKey(v.Request().Context(), v.user().ID, key); err != nil {
		return p.done(v, err, "")
	}
	return v.render(http.StatusOK, "secret", secretView{Name: v.user().Name, Secret: key, Back: pathAccount})
}

func (p accountPage) dropKey(v *visit) error {
	return p.done(v, p.store.DropUserKey(v.Request().Context(), v.user().ID), "cle-retiree")
}
