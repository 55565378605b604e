package web

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
)

// Staff are the accounts, as an administrator looks after them.
type Staff interface {
	Users(ctx context.Context) ([]cards.User, error)
	User(ctx context.Context, id int64) (*cards.User, error)
	AddAccount(ctx context.Context, u cards.User, key, password string) (*cards.User, error)
	ChangeUser(ctx context.Context, id int64, change func(*cards.User) error) (*cards.User, error)
	RemoveUser(ctx context.Context, id int64) error
	SetPassword(ctx context.Context, id int64, password string) error
	SetUserKey(ctx context.Context, id int64, key string) error
	DropUserKey(ctx context.Context, id int64) error
}

// AccountsPage makes the pages on which accounts are made, changed and removed.
func AccountsPage(store Staff) Page { return accountsPage{store: store} }

type accountsPage struct{ store Staff }

const pathAccounts = "/systeme/comptes"

func (p accountsPage) register(d desk) {
	d.consult(cards.RoleAdministrator, "list-users", pathAccounts, ofAll, p.list)
	d.consult(cards.RoleAdministrator, "get-user", pathAccounts+"/:id", p.whose, p.one)
	d.actTelling(cards.RoleAdministrator, "create-user", pathAccounts, newAccount, p.create)
	d.actTelling(cards.RoleAdministrator, "change-user", pathAccounts+"/:id", p.whatChanges, p.change)
	d.actTelling(cards.RoleAdministrator, "set-user-password", pathAccounts+"/:id/mot-de-passe", p.whose, p.password)
	d.actTelling(cards.RoleAdministrator, "set-user-key", pathAccounts+"/:id/cle", p.whose, p.key)
	d.actTelling(cards.RoleAdministrator, "drop-user-key", pathAccounts+"/:id/sans-cle", p.whose, p.dropKey)
	d.actTelling(cards.RoleAdministrator, "remove-user", pathAccounts+"/:id/supprimer", p.whose, p.remove)
}

var roles = []cards.Role{cards.RoleReader, cards.RoleOperator, cards.RoleAdministrator}

type accountsView struct {
	Users []cards.User
	Roles []cards.Role
	New   cards.User
	Fault words
}

func (p accountsPage) list(v *visit) error {
	return p.listed(v, http.StatusOK, cards.User{Role: cards.RoleReader}, words{})
}

func (p accountsPage) listed(v *visit, status int, typed cards.User, fault words) error {
	users, err := p.store.Users(v.Request().Context())
	if err != nil {
		return err
	}
	return v.render(status, "accounts", accountsView{Users: users, Roles: roles, New: typed, Fault: fault})
}

type staffView struct {
	User  *cards.User
	Seen  *cards.User // what the form is filled in from, where User is what was typed
	Roles []cards.Role
	Fault words
}

func (p accountsPage) one(v *visit) error {
	user, err := p.user(v)
	if err != nil {
		return err
	}
	return v.render(http.StatusOK, "staff", staffView{User: user, Seen: user, Roles: roles})
}

func (p accountsPage) user(v *visit) (*cards.User, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	return p.store.User(v.Request().Context(), id)
}

// secretView shows what is shown once.
type secretView struct {
	Name     string
	Secret   string
	Password bool // else a key
	Back     string
}

func (p accountsPage) create(v *visit) error {
	u := cards.User{Name: cards.AccountName(v.FormValue("nom"))}
	readAccount(v, &u)
	typed := v.FormValue("mot-de-passe")
	password := typed
	if password == "" {
		password = rand.Text()
	}
	_, err := p.store.AddAccount(v.Request().Context(), u, "", password)
	switch {
	case isTheirs(err):
		return p.listed(v, http.StatusUnprocessableEntity, u, v.again(err))
	case err != nil:
		return err
	case typed != "":
		return v.after(pathAccounts, "compte-cree")
	}
	return v.render(http.StatusOK, "secret", secretView{Name: u.Name, Secret: password, Password: true, Back: pathAccounts})
}

// isTheirs reports whether a form can be put right by who filled it in.
func isTheirs(err error) bool {
	code := cards.CodeOf(err)
	return err != nil && (code == cards.Invalid || code == cards.Conflict || code == cards.Forbidden)
}

func (p accountsPage) change(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	_, err = p.store.ChangeUser(v.Request().Context(), id, func(u *cards.User) error {
		readAccount(v, u)
		return nil
	})
	return p.done(v, err, "enregistre")
}

// readAccount lays what was changed in the form over the account.
func readAccount(v *visit, u *cards.User) {
	if role, changed := v.changed("role"); changed {
		u.Role = cards.Role(role)
	}
	if email, changed := v.changed("courriel"); changed {
		u.Email = strings.TrimSpace(email)
	}
	if language, changed := v.changed("langue"); changed {
		u.Language = language
	}
	if disabled, changed := v.changed("desactive"); changed {
		u.Disabled = disabled != ""
	}
}

// done shows the list after an action, or the account with what is wrong.
func (p accountsPage) done(v *visit, err error, word string) error {
	if err == nil {
		return v.after(pathAccounts, word)
	}
	if !isTheirs(err) {
		return err
	}
	user, again := p.user(v)
	if again != nil {
		return again
	}
	typed := *user
	readAccount(v, &typed)
	return v.render(http.StatusUnprocessableEntity, "staff", staffView{User: &typed, Seen: user, Roles: roles, Fault: v.again(err)})
}

func (p accountsPage) password(v *visit) error {
	user, err := p.user(v)
	if err != nil {
		return err
	}
	typed := v.FormValue("mot-de-passe")
	password := typed
	if password == "" {
		password = rand.Text()
	}
	if err := p.store.SetPassword(v.Request().Context(), user.ID, password); err != nil || typed != "" {
		return p.done(v, err, "mot-de-passe-change")
	}
	return v.render(http.StatusOK, "secret", secretView{Name: user.Name, Secret: password, Password: true, Back: pathAccounts})
}

func (p accountsPage) key(v *visit) error {
	user, err := p.user(v)
	if err != nil {
		return err
	}
	key := rand.Text()
	if err := p.store.SetUserKey(v.Request().Context(), user.ID, key); err != nil {
		return p.done(v, err, "")
	}
	return v.render(http.StatusOK, "secret", secretView{Name: user.Name, Secret: key, Back: pathAccounts})
}

func (p accountsPage) dropKey(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	return p.done(v, p.store.DropUserKey(v.Request().Context(), id), "cle-retiree")
}

// remove asks for the name to be typed: nobody removes an account by a slip.
func (p accountsPage) remove(v *visit) error {
	user, err := p.user(v)
	if err != nil {
		return err
	}
	if cards.AccountName(v.FormValue("confirmation")) != user.Name {
		return p.done(v, v.refuse(cards.Invalid, "comptes.confirmation-fausse"), "")
	}
	return p.done(v, p.store.RemoveUser(v.Request().Context(), user.ID), "compte-supprime")
}
