package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
)

// firstAccount lets whoever can read the data folder make the first administrator's account on the pages: nobody else who
// finds the address of a hub that is not set up yet.
type firstAccount struct {
	store *store.Store
	path  string
}

// firstAccessFile holds the code, in the data folder, until there is an account.
const firstAccessFile = "premier-acces"

func (h *hub) firstAccount() firstAccount {
	path := filepath.Join(h.settings.Data, firstAccessFile)
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	return firstAccount{store: h.store, path: path}
}

// CodeFile is where the code is to be found.
func (f firstAccount) CodeFile() string { return f.path }

// prepare writes the code where nobody can sign in, and takes it away where somebody can.
func (f firstAccount) prepare(ctx context.Context) (needed bool, err error) {
	has, err := f.store.HasAccounts(ctx)
	if err != nil {
		return false, err
	}
	if has {
		return false, f.forget()
	}
	if info, err := os.Stat(f.path); err == nil {
		if info.Size() > 0 {
			return true, nil // from an earlier start: it may be in somebody's hands already
		}
		if err := f.forget(); err != nil { // it was made where its code could not be written
			return true, err
		}
	}
	if err := writeOnce(f.path, []byte(rand.Text()+"\n")); err != nil {
		return true, cards.WrapError(cards.Invalid, err, "impossible d’écrire le code de premier accès dans %s", f.path)
	}
	return true, nil
}

// forget removes the code: it is good for one account.
func (f firstAccount) forget() error {
	if err := os.Remove(f.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// MakeFirst makes the account of whoever knows the code.
func (f firstAccount) MakeFirst(ctx context.Context, code string, u cards.User, password string) (*cards.User, error) {
	has, err := f.store.HasAccounts(ctx)
	if err != nil {
		return nil, err
	}
	if has {
		return nil, cards.Errorf(cards.Conflict, "Il y a déjà un compte : connectez-vous.")
	}
	written, err := os.ReadFile(f.path)
	if err != nil {
		return nil, cards.WrapError(cards.Unavailable, err, "Le fichier du code de premier accès est illisible : %s", f.path)
	}
	want := strings.TrimSpace(string(written))
	if want == "" || subtle.ConstantTimeCompare([]byte(strings.ToUpper(code)), []byte(want)) != 1 {
		return nil, cards.Errorf(cards.Unauthorized, "Ce code n’est pas celui du fichier.")
	}
	made, err := addWithPassword(ctx, f.store, u, password)
	if err != nil {
		return nil, err
	}
	return made, f.forget()
}

// addWithPassword makes an account that somebody signs in to, or none.
func addWithPassword(ctx context.Context, s *store.Store, u cards.User, password string) (*cards.User, error) {
	if err := cards.CheckPassword(password, u.Name); err != nil {
		return nil, err
	}
	made, err := s.AddUser(ctx, u, "")
	if err != nil {
		return nil, err
	}
	if err := s.SetPassword(ctx, made.ID, password); err != nil {
		return nil, errors.Join(err, s.RemoveUser(context.WithoutCancel(ctx), made.ID))
	}
	return s.User(ctx, made.ID)
}
