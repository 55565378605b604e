package store

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/jackc/pgx/v5"
)

// CreateSchema makes an empty schema in a PostgreSQL database, for a network
// that must not touch what is there.
func CreateSchema(ctx context.Context, database, schema string) error {
	return execute(ctx, database, "CREATE SCHEMA "+pgx.Identifier{schema}.Sanitize())
}

// DropSchema removes a schema with all it holds.
func DropSchema(ctx context.Context, database, schema string) error {
	return execute(ctx, database, "DROP SCHEMA IF EXISTS "+pgx.Identifier{schema}.Sanitize()+" CASCADE")
}

func execute(ctx context.Context, database, statement string) error {
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		return whyShut(database, cards.WrapError(failure(err), err, "impossible de joindre PostgreSQL ; vérifiez HUB_DATABASE et que le serveur est démarré"))
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err = conn.Exec(ctx, statement); err != nil {
		return whyShut(database, err)
	}
	return nil
}
