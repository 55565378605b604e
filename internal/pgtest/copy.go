package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Copy makes a copy of a database that was prepared once for every test of every package: a schema takes its time. The
// prepared one is known to the server by the name, which must tell what it holds, and stays there: drop it where the server
// outlives the tests. The copy has a name of its own and goes with the test, like that of URL.
func Copy(t testing.TB, name string, prepare func(database string) error) string {
	t.Helper()
	server := server(t)
	if err := prepareOnce(server, name, prepare); err != nil {
		t.Fatalf("prepare the database %s: %v", name, err)
	}
	return create(t, server, " TEMPLATE "+quoted(name))
}

// prepareOnce leaves the prepared database on the server. It gets its name when it is whole, so that a run that was killed
// leaves no half of it; the lock, of a number that stands for nothing, is held against the tests of other packages.
func prepareOnce(server *url.URL, name string, prepare func(database string) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, server.String())
	if err != nil {
		return fmt.Errorf("reach PostgreSQL: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }() // which lets go of the lock
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(26100)"); err != nil {
		return err
	}
	var there bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", name).Scan(&there); err != nil || there {
		return err
	}
	unfinished := name + "_unfinished"
	for _, statement := range []string{"DROP DATABASE IF EXISTS " + quoted(unfinished) + " WITH (FORCE)", "CREATE DATABASE " + quoted(unfinished)} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	if err := prepare(at(server, unfinished)); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "ALTER DATABASE "+quoted(unfinished)+" RENAME TO "+quoted(name))
	return errors.Join(err, ctx.Err())
}

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

// at is the server's URL with another database.
func at(server *url.URL, name string) string {
	other := *server
	other.Path = "/" + name
	return other.String()
}
