package main

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
)

func isPostgres(database string) bool { return strings.HasPrefix(database, "postgres") }

// demoSchema makes an empty schema and returns the address that opens it.
func demoSchema(ctx context.Context, database, schema string) (address string, drop func(), err error) {
	u, err := url.Parse(database)
	if err != nil {
		return "", nil, cards.Errorf(cards.Invalid, "HUB_DATABASE : l’adresse PostgreSQL est mal formée")
	}
	if err := store.CreateSchema(ctx, database, schema); err != nil {
		return "", nil, err
	}
	query := u.Query()
	query.Set("search_path", schema)
	u.RawQuery = query.Encode()
	drop = func() {
		const patience = 10 * time.Second
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		_ = store.DropSchema(ctx, database, schema) // at worst it stays behind under its own name
	}
	return u.String(), drop, nil
}
