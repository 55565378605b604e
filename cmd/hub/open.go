package main

import (
	"context"
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

// open makes the data folder, reads the secret and opens the database.
func open(ctx context.Context, s *Settings, c console) (*foundation, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	place, err := s.location()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(s.Data, 0o700); err != nil {
		return nil, cards.WrapError(cards.Invalid, err, "impossible de créer le dossier des données %s (HUB_DATA)", s.Data)
	}
	secret, err := readSecret(s.secretPath())
	if err != nil {
		return nil, err
	}
	passwords, err := subkey(secret, "mots de passe des SIGB")
	if err != nil {
		return nil, err
	}
	log := slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: s.LogLevel}))
	options := s.limits.store
	options.Database, options.Secret, options.Location, options.Logger = s.database(), passwords, place, log
	opened, err := store.Open(ctx, options)
	if err != nil {
		return nil, err
	}
	return &foundation{settings: s, place: place, secret: secret, store: opened, log: log}, nil
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

type migrateCommand struct{ answers }

// Run brings the database up to date, as every command does, and says so.
func (a migrateCommand) Run(ctx context.Context, s *Settings, c console) error {
	f, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	defer f.close()
	schema, err := f.store.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	return a.tell(c, programDone{Schema: schema}, "La base de données est à jour (version %d).\n", schema)
}
