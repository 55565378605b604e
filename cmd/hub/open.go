package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
)

// foundation is what every command stands on: the database, up to date, and
// the hub's secret.
type foundation struct {
	settings *Settings
	place    *time.Location
	secret   []byte
	store    *store.Store
	log      *slog.Logger
}

// open opens the database with its secret, and makes the data folder: a command
// called in the wrong folder leaves nothing there.
func open(ctx context.Context, s *Settings, c console) (*foundation, error) {
	f, err := newFoundation(s, c)
	if err != nil {
		return nil, err
	}
	f.store, err = store.Open(ctx, f.storeOptions())
	if errors.Is(err, store.ErrOtherSecret) {
		return nil, otherSecret(s.secretPath())
	}
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(s.Data, 0o700); err != nil {
		f.close()
		return nil, cards.WrapError(cards.Invalid, err, "impossible de créer le dossier des données %s (HUB_DATA)", s.Data)
	}
	return f, nil
}

// newFoundation is what there is of it before the database.
func newFoundation(s *Settings, c console) (*foundation, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	place, err := s.location()
	if err != nil {
		return nil, err
	}
	return &foundation{settings: s, place: place, log: slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: s.LogLevel}))}, nil
}

func (f *foundation) storeOptions() store.Options {
	o := f.settings.limits.store
	o.Database, o.SecretOf, o.Location, o.Logger, o.KeepMonths = f.settings.database(), f.takeSecret, f.place, f.log, f.settings.KeepMonths
	return o
}

// takeSecret reads the secret, and gives the database what is derived from it.
func (f *foundation) takeSecret(fresh bool) (passwords []byte, err error) {
	if f.secret, err = readSecret(f.settings.secretPath(), fresh); err != nil {
		return nil, err
	}
	return subkey(f.secret, "mots de passe des SIGB")
}

func (f *foundation) close() { _ = f.store.Close() }

// owner names this process in leases.
func owner() string {
	host, err := os.Hostname()
	if err != nil {
		host = "hub"
	}
	return host + "/" + randomName()
}
