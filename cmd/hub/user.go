package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/rest"
)

type userCommand struct {
	Add      userAdd      `cmd:"" help:"Créer un compte ; sa clé personnelle est affichée une fois."`
	List     userList     `cmd:"" help:"Lister les comptes."`
	Change   userChange   `cmd:"" help:"Changer le rôle, l’adresse, la langue, les alertes d’un compte ; le désactiver."`
	Password userPassword `cmd:"" help:"Donner un mot de passe à un compte ; ses sessions se terminent."`
	Key      userKey      `cmd:"" help:"Donner une nouvelle clé à un compte, ou la lui retirer ; l’ancienne ne vaut plus."`
	Remove   userRemove   `cmd:"" help:"Supprimer un compte ; ce qu’il a fait reste au journal d’audit."`
}

type userAdd struct {
	Name         string   `arg:"" help:"Nom du compte."`
	Role         string   `name:"role" required:"" enum:"reader,operator,administrator" placeholder:"RÔLE" help:"reader, operator ou administrator."`
	Email        string   `name:"email" placeholder:"ADRESSE" help:"Reçoit les alertes."`
	Language     string   `name:"language" placeholder:"fr|en" help:"Langue des pages ; sans elle, celle du navigateur."`
	Alerts       repeated `name:"alert" placeholder:"ENNUI" help:"Ennui dont le compte est prévenu (répétable)."`
	PasswordFile string   `name:"password-file" placeholder:"FICHIER" help:"Mot de passe pour les pages, 12 caractères ou plus (- : entrée standard)."`
	KeyFile      string   `name:"key-file" xor:"key" placeholder:"FICHIER" help:"Clé choisie, 16 caractères ou plus (- : entrée standard)."`
	NoKey        bool     `name:"no-key" xor:"key" help:"Ne pas faire de clé : le compte n’ouvre que les pages."`
	answers
}

// Run makes the account and prints its key if one was made.
func (a userAdd) Run(ctx context.Context, s *Settings, c console) error {
	f, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	defer f.close()
	key, made, password, err := a.secrets(c)
	if err != nil {
		return err
	}
	u := cards.User{Name: cards.AccountName(a.Name), Role: cards.Role(a.Role), Email: a.Email, Language: a.Language, Alerts: troubleKinds(a.Alerts)}
	var added *cards.User
	err = f.carryOut(ctx, "create-user", "", fmt.Sprintf("« %s », rôle %s", u.Name, u.Role), func() (err error) {
		added, err = f.store.AddAccount(ctx, u, key, password)
		return err
	})
	if err != nil {
		return err
	}
	said := fmt.Sprintf("Compte %s créé (%s).\n", u.Name, a.Role)
	if key == "" && password == "" {
		said += fmt.Sprintf("Il ne peut pas encore se connecter : hub user password %s --password-file=-\n", forShell(u.Name))
	}
	if !made {
		key = ""
	}
	return a.tellKey(c, *added, key, said)
}

// forShell writes a name as it goes into a command line that is copied.
func forShell(name string) string {
	special := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_.@", r)
	}
	if !strings.ContainsFunc(name, special) {
		return name
	}
	return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}

// tellKey tells what was done to an account, and the key if one was made.
func (a answers) tellKey(c console, u cards.User, key, said string) error {
	if key != "" {
		said += fmt.Sprintf("Clé de %s (elle ne sera plus jamais affichée) : %s\n", u.Name, key)
	}
	return a.tell(c, rest.UserKeyDocument(u, key), "%s", said)
}

func (a userAdd) secrets(c console) (key string, made bool, password string, err error) {
	if err := oneSecret(a.PasswordFile, a.KeyFile); err != nil {
		return "", false, "", err
	}
	if a.PasswordFile != "" {
		if password, err = readPassword(c, a.PasswordFile); err != nil {
			return "", false, "", err
		}
	}
	if !a.NoKey {
		key, made, err = newKey(c, a.KeyFile)
	}
	return key, made, password, err
}

// readPassword refuses the empty one a file without a password gives: the
// account would have none.
func readPassword(c console, path string) (string, error) {
	password, err := readSecretText(c, path)
	if err == nil && password == "" {
		err = cards.Errorf(cards.Invalid, "le mot de passe est vide")
	}
	return password, err
}

func troubleKinds(given []string) []cards.TroubleKind {
	list := make([]cards.TroubleKind, len(given))
	for i, kind := range given {
		list[i] = cards.TroubleKind(kind)
	}
	return list
}

type userList struct {
	JSON bool `name:"json" help:"Un document JSON par ligne, comme dans /api/v1/users."`
}

// Run lists the accounts.
func (a userList) Run(ctx context.Context, s *Settings, c console) error {
	f, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	defer f.close()
	return f.carryOut(ctx, "list-users", "", "", func() error {
		list, err := f.store.Users(ctx)
		switch {
		case err != nil:
			return err
		case a.JSON:
			return eachAsJSON(c, list, rest.UserDocument)
		case len(list) == 0:
			c.printf("Aucun compte : hub user add NOM --role=administrator\n")
			return nil
		}
		return printUsers(c, list, f.place)
	})
}

func printUsers(c console, list []cards.User, place *time.Location) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "NOM\tRÔLE\tOUVRE AVEC\tADRESSE\tALERTES\tCRÉÉ LE\tVU LE")
	for i := range list {
		u := &list[i]
		alerts := make([]string, len(u.Alerts))
		for i, kind := range u.Alerts {
			alerts[i] = string(kind)
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", u.Name, u.Role, opensWith(u), orDash(u.Email), orDash(strings.Join(alerts, ", ")),
			day(u.Created, place), day(u.LastSeen, place))
	}
	return w.Flush()
}

func opensWith(u *cards.User) string {
	switch {
	case u.Disabled:
		return "désactivé"
	case u.HasPassword && u.HasKey:
		return "mot de passe, clé"
	case u.HasPassword:
		return "mot de passe"
	case u.HasKey:
		return "clé"
	}
	return "rien"
}

func orDash(text string) string {
	if text == "" {
		return "—"
	}
	return text
}

// withUser opens the database for something about the account that is named,
// once it is recorded.
func withUser(ctx context.Context, s *Settings, c console, name, action, detail string, do func(f *foundation, u *cards.User) error) error {
	f, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	defer f.close()
	u, err := f.store.UserByName(ctx, name)
	if err != nil {
		return err
	}
	said := "« " + u.Name + " »"
	if detail != "" {
		said += ", " + detail
	}
	return f.carryOut(ctx, action, cards.SubjectAccount(u.ID), said, func() error { return do(f, u) })
}

type userChange struct {
	Name     string   `arg:"" help:"Nom du compte."`
	Role     *string  `name:"role" placeholder:"RÔLE" help:"reader, operator ou administrator."`
	Email    *string  `name:"email" placeholder:"ADRESSE" help:"Vide : aucune."`
	Language *string  `name:"language" placeholder:"fr|en" help:"Vide : celle du navigateur."`
	Alerts   repeated `name:"alert" placeholder:"ENNUI" help:"Ennui dont le compte est prévenu (répétable) ; vide : aucun."`
	Disable  bool     `name:"disable" xor:"state" help:"Ne plus laisser entrer personne par ce compte ; ses sessions se terminent."`
	Enable   bool     `name:"enable" xor:"state" help:"Le laisser servir de nouveau."`
	answers
}

// Run changes what was given of the account.
func (a userChange) Run(ctx context.Context, s *Settings, c console) error {
	said := a.said()
	if said == "" {
		return cards.Errorf(cards.Invalid, "rien à changer : donnez --role, --email, --language, --alert, --disable ou --enable")
	}
	return withUser(ctx, s, c, a.Name, "change-user", said, func(f *foundation, u *cards.User) error {
		changed, err := f.store.ChangeUser(ctx, u.ID, a.apply)
		if err != nil {
			return err
		}
		if a.JSON {
			return eachAsJSON(c, []cards.User{*changed}, rest.UserDocument)
		}
		c.printf("Compte %s changé.\n", changed.Name)
		return printUsers(c, []cards.User{*changed}, f.place)
	})
}

func (a userChange) apply(u *cards.User) error {
	if a.Role != nil {
		u.Role = cards.Role(*a.Role)
	}
	if a.Email != nil {
		u.Email = *a.Email
	}
	if a.Language != nil {
		u.Language = *a.Language
	}
	if a.Alerts != nil {
		u.Alerts = troubleKinds(a.Alerts)
	}
	if a.Disable || a.Enable {
		u.Disabled = a.Disable
	}
	return nil
}

// said is what the record says of the change.
func (a userChange) said() string {
	var said []string
	if a.Role != nil {
		said = append(said, "rôle "+*a.Role)
	}
	for _, setting := range []struct {
		name  string
		given bool
	}{
		{"adresse", a.Email != nil},
		{"langue", a.Language != nil},
		{"alertes", a.Alerts != nil},
		{"désactivé", a.Disable},
		{"activé", a.Enable},
	} {
		if setting.given {
			said = append(said, setting.name)
		}
	}
	return strings.Join(said, ", ")
}

type userPassword struct {
	Name         string `arg:"" help:"Nom du compte."`
	PasswordFile string `name:"password-file" required:"" placeholder:"FICHIER" help:"Mot de passe, 12 caractères ou plus (- : entrée standard)."`
	answers
}

// Run gives the account a password.
func (a userPassword) Run(ctx context.Context, s *Settings, c console) error {
	password, err := readPassword(c, a.PasswordFile)
	if err != nil {
		return err
	}
	return withUser(ctx, s, c, a.Name, "set-user-password", "", func(f *foundation, u *cards.User) error {
		if err := f.store.SetPassword(ctx, u.ID, password); err != nil {
			return err
		}
		u.HasPassword = true
		return a.tell(c, rest.UserDocument(*u), "Le mot de passe de %s est changé ; ses sessions sont terminées.\n", u.Name)
	})
}

type userKey struct {
	Name    string `arg:"" help:"Nom du compte."`
	KeyFile string `name:"key-file" xor:"key" placeholder:"FICHIER" help:"Clé choisie, 16 caractères ou plus (- : entrée standard)."`
	Drop    bool   `name:"drop" xor:"key" help:"Retirer la clé, sans en donner d’autre."`
	answers
}

// Run replaces the account's key, or takes it away.
func (a userKey) Run(ctx context.Context, s *Settings, c console) error {
	if a.Drop {
		return withUser(ctx, s, c, a.Name, "drop-user-key", "", func(f *foundation, u *cards.User) error {
			if err := f.store.DropUserKey(ctx, u.ID); err != nil {
				return err
			}
			u.HasKey = false
			return a.tell(c, rest.UserDocument(*u), "%s n’a plus de clé.\n", u.Name)
		})
	}
	key, made, err := newKey(c, a.KeyFile)
	if err != nil {
		return err
	}
	return withUser(ctx, s, c, a.Name, "set-user-key", "", func(f *foundation, u *cards.User) error {
		if err := f.store.SetUserKey(ctx, u.ID, key); err != nil {
			return err
		}
		u.HasKey = true
		if !made {
			key = ""
		}
		return a.tellKey(c, *u, key, fmt.Sprintf("La clé de %s est remplacée ; l’ancienne ne vaut plus.\n", u.Name))
	})
}

type userRemove struct {
	Name string `arg:"" help:"Nom du compte."`
	answers
}

// Run removes the account.
func (a userRemove) Run(ctx context.Context, s *Settings, c console) error {
	return withUser(ctx, s, c, a.Name, "remove-user", "", func(f *foundation, u *cards.User) error {
		if err := f.store.RemoveUser(ctx, u.ID); err != nil {
			return err
		}
		return a.tell(c, rest.UserDocument(*u), "Compte %s supprimé.\n", u.Name)
	})
}
