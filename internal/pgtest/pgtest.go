package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// The variables a run of the tests is steered by.
const (
	// EnvURL names the server to use: a postgres:// URL of an account that may create databases.
	EnvURL = "HUB_TEST_POSTGRES"
	// EnvRequired, set to 1, makes a test without a server fail instead of being skipped.
	EnvRequired = "HUB_TEST_POSTGRES_REQUIRED"
)

// patience bounds making and dropping a database: far more than a busy machine needs.
const patience = time.Minute

// ownServer starts this process's server at most once. Nobody stops it: it ends with the process (see server.sh).
var ownServer = sync.OnceValues(Start)

// URL makes an empty database with a name of its own and returns its postgres:// URL. It is dropped when the test
// ends, whoever is still connected. Without a PostgreSQL the test is skipped, or fails if HUB_TEST_POSTGRES_REQUIRED is 1.
func URL(t testing.TB) string {
	t.Helper()
	return create(t, server(t), "")
}

// server is where the databases are made.
func server(t testing.TB) *url.URL {
	t.Helper()
	server, err := serverURL()
	if errors.Is(err, ErrNoPostgres) && os.Getenv(EnvRequired) != "1" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := url.Parse(server)
	if err != nil || !strings.HasPrefix(parsed.Scheme, "postgres") {
		t.Fatalf("%s is no postgres:// URL", EnvURL) // the value may hold a password
	}
	return parsed
}

// create makes a database for a test, as the rest of the statement says.
func create(t testing.TB, server *url.URL, as string) string {
	t.Helper()
	name := "hub_test_" + strings.ToLower(rand.Text())
	if err := execute(server.String(), "CREATE DATABASE "+quoted(name)+as); err != nil {
		t.Fatalf("make a database for the test: %v", err)
	}
	t.Cleanup(func() {
		if err := execute(server.String(), "DROP DATABASE IF EXISTS "+quoted(name)+" WITH (FORCE)"); err != nil {
			t.Errorf("drop the test's database %s: %v", name, err)
		}
	})
	return at(server, name)
}

func serverURL() (string, error) {
	if given := os.Getenv(EnvURL); given != "" {
		return given, nil
	}
	server, err := ownServer()
	if err != nil {
		return "", err
	}
	return server.URL(), nil
}

// execute runs one statement on a connection of its own. Its context is not the test's: a database is dropped after
// the test's context has ended.
func execute(server, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return fmt.Errorf("reach PostgreSQL: %w", err)
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}
