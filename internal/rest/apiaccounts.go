package rest

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// Accounts are those of the staff.
type Accounts interface {
	Users(ctx context.Context) ([]cards.User, error)
	// User and whatever names an account answer with cards.NotFound where there is none.
	User(ctx context.Context, id int64) (*cards.User, error)
	// AddAccount answers with cards.Conflict where the name is taken.
	AddAccount(ctx context.Context, u cards.User, key, password string) (*cards.User, error)
	// ChangeUser and what follows answer with cards.Conflict where nobody would be left to administer the network.
	ChangeUser(ctx context.Context, id int64, change func(*cards.User) error) (*cards.User, error)
	RemoveUser(ctx context.Context, id int64) error
	SetUserKey(ctx context.Context, id int64, key string) error
	DropUserKey(ctx context.Context, id int64) error
	SetPassword(ctx context.Context, id int64, password string) error
	// ChangePassword answers with cards.Forbidden where the old one is another.
	ChangePassword(ctx context.Context, id int64, old, password string) error
}

// Staff makes the subject of accounts: those of all, for administrators, and everybody's own.
func Staff(store Accounts) Subject { return staff{store: store} }

type staff struct {
	store Accounts
}

func (s staff) register(d desk) {
	on(d, get(cards.RoleAdministrator, "list-users", "/users", "Les comptes du personnel").personal(), s.list)
	on(d, post(cards.RoleAdministrator, "create-user", "/users", "Créer un compte").saying(s.whose), s.create)
	on(d, get(cards.RoleAdministrator, "get-user", "/users/{id}", "Un compte").personal().saying(s.whose), s.one)
	on(d, patch(cards.RoleAdministrator, "change-user", "/users/{id}", "Changer un compte").saying(s.whose), s.change)
	on(d, remove(cards.RoleAdministrator, "remove-user", "/users/{id}", "Supprimer un compte").saying(s.whose), s.remove)
	on(d, post(cards.RoleAdministrator, "set-user-password", "/users/{id}/password", "Donner un mot de passe à un compte").saying(s.whose), s.password)
	on(d, post(cards.RoleAdministrator, "set-user-key", "/users/{id}/key", "Donner une nouvelle clé à un compte").saying(s.whose), s.key)
	on(d, remove(cards.RoleAdministrator, "drop-user-key", "/users/{id}/key", "Retirer sa clé à un compte").saying(s.whose), s.dropKey)
	on(d, get(cards.RoleReader, "get-account", "/account", "Son propre compte"), s.own)
	on(d, patch(cards.RoleReader, "change-account", "/account", "Changer sa langue, son adresse, ses alertes").saying(s.whose), s.changeOwn)
	on(d, post(cards.RoleReader, "change-password", "/account/password", "Changer son mot de passe"), ownPassword{store: s.store, passwords: d.passwords}.change)
}

// ShownUser is an account as it is shown. It is exported for the reason ListPage is.
type ShownUser struct {
	ID          int64      `json:"id"`
	Name        string     `json:"name"`
	Role        string     `json:"role" enum:"reader,operator,administrator"`
	Email       string     `json:"email,omitempty"`
	Language    string     `json:"language,omitempty" enum:"fr,en" doc:"Absente : celle du navigateur"`
	Disabled    bool       `json:"disabled" doc:"Le compte n’ouvre plus rien"`
	HasPassword bool       `json:"has_password"`
	HasKey      bool       `json:"has_key"`
	Alerts      []string   `json:"alerts" doc:"Ennuis dont il est prévenu par courriel"`
	CreatedAt   time.Time  `json:"created_at"`
	LastSeenAt  *time.Time `json:"last_seen_at" doc:"null si le compte n’a jamais servi"`
}

// UserDocument is the document of one account, for the command line.
func UserDocument(u cards.User) any { return toUser(u) }

// UserKeyDocument is the same with a key that is shown this once; empty: there is none to show.
func UserKeyDocument(u cards.User, key string) any { return keyedUser{ShownUser: toUser(u), Key: key} }

func toUser(u cards.User) ShownUser {
	return ShownUser{
		ID: u.ID, Name: u.Name, Role: string(u.Role), Email: u.Email, Language: u.Language, Disabled: u.Disabled, HasPassword: u.HasPassword,
		HasKey: u.HasKey, Alerts: each(u.Alerts, func(k cards.TroubleKind) string { return string(k) }), CreatedAt: u.Created.UTC(),
		LastSeenAt: moment(u.LastSeen),
	}
}

type oneUser struct {
	Body ShownUser
}

func userOf(u *cards.User, err error) (*oneUser, error) {
	if err != nil {
		return nil, err
	}
	return &oneUser{Body: toUser(*u)}, nil
}

// UserID names an account in a path. It is exported for the reason ListPage is.
type UserID struct {
	ID int64 `path:"id" minimum:"1"`
}

func (u *UserID) account() int64 { return u.ID }

// saysMore is a question that tells the record what it asks for.
type saysMore interface {
	said() string
}

// whose tells the record the name behind an account's number, which may mean nothing once it is removed, and what is to be
// changed.
func (s staff) whose(ctx context.Context, in any) string {
	what := ""
	if in, named := in.(interface{ account() int64 }); named {
		if u, err := s.store.User(ctx, in.account()); err == nil {
			what = "« " + u.Name + " »"
		}
	}
	if in, more := in.(saysMore); more {
		what = join(what, in.said())
	}
	return what
}

type userList struct {
	Body struct {
		Users []ShownUser `json:"users"`
	}
}

func (s staff) list(ctx context.Context, _ *struct{}) (*userList, error) {
	list, err := s.store.Users(ctx)
	if err != nil {
		return nil, err
	}
	out := &userList{}
	out.Body.Users = each(list, toUser)
	return out, nil
}

func (s staff) one(ctx context.Context, in *UserID) (*oneUser, error) {
	return userOf(s.store.User(ctx, in.ID))
}

type newUser struct {
	Body struct {
		Name     string   `json:"name" minLength:"1" maxLength:"64"`
		Role     string   `json:"role" enum:"reader,operator,administrator"`
		Email    string   `json:"email,omitempty" maxLength:"254"`
		Language string   `json:"language,omitempty" enum:"fr,en"`
		Alerts   []string `json:"alerts,omitempty" maxItems:"32"`
		Password string   `json:"password,omitempty" maxLength:"1024" doc:"12 caractères ou plus ; absent : le compte n’ouvre pas les pages"`
		Key      bool     `json:"key,omitempty" doc:"Faire aussi une clé, pour un programme ; elle n’est montrée qu’une fois"`
	}
}

func (in *newUser) said() string {
	return fmt.Sprintf("« %s », rôle %s", in.Body.Name, in.Body.Role)
}

type keyedUser struct {
	ShownUser
	Key string `json:"key,omitempty" doc:"Elle ne sera plus jamais montrée"`
}

type userWithKey struct {
	Body keyedUser
}

func (s staff) create(ctx context.Context, in *newUser) (*userWithKey, error) {
	out := &userWithKey{}
	if in.Body.Key {
		out.Body.Key = rand.Text()
	}
	added, err := s.store.AddAccount(ctx, cards.User{
		Name: cards.AccountName(in.Body.Name), Role: cards.Role(in.Body.Role), Email: in.Body.Email, Language: in.Body.Language,
		Alerts: kinds(in.Body.Alerts),
	}, out.Body.Key, in.Body.Password)
	if err != nil {
		return nil, err
	}
	out.Body.ShownUser = toUser(*added)
	return out, nil
}

func kinds(given []string) []cards.TroubleKind {
	return each(given, func(k string) cards.TroubleKind { return cards.TroubleKind(k) })
}

// OwnSettings are what everybody may change of their own account. It is exported for the reason ListPage is.
type OwnSettings struct {
	Email    *string   `json:"email,omitempty" maxLength:"254" doc:"Absent : inchangé ; vide : aucune"`
	Language *string   `json:"language,omitempty" enum:",fr,en"`
	Alerts   *[]string `json:"alerts,omitempty" maxItems:"32"`
}

func (o OwnSettings) apply(u *cards.User) {
	if o.Email != nil {
		u.Email = *o.Email
	}
	if o.Language != nil {
		u.Language = *o.Language
	}
	if o.Alerts != nil {
		u.Alerts = kinds(*o.Alerts)
	}
}

type userChange struct {
	UserID
	Body struct {
		OwnSettings
		Role     *string `json:"role,omitempty" enum:"reader,operator,administrator"`
		Disabled *bool   `json:"disabled,omitempty"`
	}
}

func (in *userChange) said() string {
	said := in.Body.said()
	if in.Body.Role != nil {
		said = join(said, "rôle "+*in.Body.Role)
	}
	if in.Body.Disabled != nil {
		said = join(said, map[bool]string{true: "désactivé", false: "activé"}[*in.Body.Disabled])
	}
	return said
}

func (o OwnSettings) said() string {
	said := ""
	for _, setting := range []struct {
		name  string
		given bool
	}{{"adresse", o.Email != nil}, {"langue", o.Language != nil}, {"alertes", o.Alerts != nil}} {
		if setting.given {
			said = join(said, setting.name)
		}
	}
	return said
}

func (s staff) change(ctx context.Context, in *userChange) (*oneUser, error) {
	return userOf(s.store.ChangeUser(ctx, in.ID, func(u *cards.User) error {
		in.Body.apply(u)
		if in.Body.Role != nil {
			u.Role = cards.Role(*in.Body.Role)
		}
		if in.Body.Disabled != nil {
			u.Disabled = *in.Body.Disabled
		}
		return nil
	}))
}

func (s staff) remove(ctx context.Context, in *UserID) (*struct{}, error) {
	return nil, s.store.RemoveUser(ctx, in.ID)
}

func (s staff) password(ctx context.Context, in *struct {
	UserID
	Body struct {
		Password string `json:"password" maxLength:"1024" doc:"12 caractères ou plus ; les sessions du compte se terminent"`
	}
}) (*struct{}, error) {
	return nil, s.store.SetPassword(ctx, in.ID, in.Body.Password)
}

type keyDocument struct {
	Body struct {
		Key string `json:"key" doc:"Elle ne sera plus jamais montrée ; l’ancienne ne vaut plus"`
	}
}

func (s staff) key(ctx context.Context, in *UserID) (*keyDocument, error) {
	out := &keyDocument{}
	out.Body.Key = rand.Text()
	return out, s.store.SetUserKey(ctx, in.ID, out.Body.Key)
}

func (s staff) dropKey(ctx context.Context, in *UserID) (*struct{}, error) {
	return nil, s.store.DropUserKey(ctx, in.ID)
}

func (s staff) own(ctx context.Context, _ *struct{}) (*oneUser, error) {
	return userOf(s.store.User(ctx, accountOf(ctx).ID))
}

type ownChange struct {
	Body OwnSettings
}

func (in *ownChange) said() string { return in.Body.said() }

func (s staff) changeOwn(ctx context.Context, in *ownChange) (*oneUser, error) {
	return userOf(s.store.ChangeUser(ctx, accountOf(ctx).ID, func(u *cards.User) error {
		in.Body.apply(u)
		return nil
	}))
}
