package store_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/pgtest"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
	"github.com/carte-reseau/hub/migrations"
	_ "github.com/jackc/pgx/v5/stdlib" // registers "pgx" with database/sql
	"github.com/pressly/goose/v3"
)

// databases runs the test on an empty database of each kind.
func databases(t *testing.T, test func(t *testing.T, database string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, "sqlite:"+filepath.Join(t.TempDir(), "hub.db"))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, pgtest.URL(t))
	})
}

func openStore(database string) (*store.Store, error) {
	return store.Open(ctx, store.Options{Database: database, Secret: storetest.Secret})
}

// Five hubs, or a hub and four commands, that open an empty database at once
// all find it ready.
func TestManyOpenAnEmptyDatabaseAtOnce(t *testing.T) {
	databases(t, func(t *testing.T, database string) {
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				s, err := openStore(database)
				if err != nil {
					t.Error(err)
					return
				}
				if version, err := s.SchemaVersion(ctx); err != nil || version < 1 {
					t.Errorf("version %d, %v", version, err)
				}
				if _, err := s.CloseSecond(ctx); err != nil {
					t.Error(err)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		s := storetest.Open(t, database)
		var clocks int
		if err := s.Read(ctx, &clocks, "SELECT count(*) FROM clock"); err != nil || clocks != 1 {
			t.Errorf("%d clocks, %v", clocks, err)
		}
	})
}

func TestNewerSchemaIsRefused(t *testing.T) {
	databases(t, func(t *testing.T, database string) {
		s := storetest.Open(t, database)
		if err := s.Exec(ctx, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, true)"); err != nil {
			t.Fatal(err)
		}
		_, err := openStore(database)
		if cards.CodeOf(err) != cards.Conflict || !contains(cards.MessageOf(err), "version 999") {
			t.Errorf("%v", err)
		}
	})
}

// The program of a few hours knew the fourteenth migration and not yet the
// thirteenth: its database goes on.
func TestAMigrationThatCameOutOfTurnIsMadeUpFor(t *testing.T) {
	databases(t, func(t *testing.T, database string) {
		db, provider := migrating(t, database, !strings.HasPrefix(database, "sqlite:"))
		const secret = 13
		if _, err := provider.UpTo(ctx, secret-1); err != nil {
			t.Fatal(err)
		}
		if _, err := provider.ApplyVersion(ctx, secret+1, true); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		s := storetest.Open(t, database)
		var known bool
		if err := s.Read(ctx, &known, "SELECT proof IS NOT NULL FROM secret"); err != nil || !known {
			t.Errorf("its secret is known: %t, %v", known, err)
		}
	})
}

// Opening again, with cards in it, changes nothing.
func TestOpenedAgainItIsAsItWas(t *testing.T) {
	databases(t, func(t *testing.T, database string) {
		s, err := openStore(database)
		if err != nil {
			t.Fatal(err)
		}
		storetest.Send(t, s, storetest.Library(t, s, "mours"), storetest.Card("A1"))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = storetest.Open(t, database)
		n := 0
		for _, err := range s.Cards(ctx, "2026-01-01") {
			if n++; err != nil {
				t.Fatal(err)
			}
		}
		if seq, err := s.Seq(ctx); err != nil || seq != 1 || n != 1 {
			t.Errorf("%d cards, seq %d, %v", n, seq, err)
		}
	})
}

// What was made can be taken down to nothing, and made once more.
func TestMigrationsGoDownAndUp(t *testing.T) {
	databases(t, func(t *testing.T, database string) {
		s, err := openStore(database)
		if err != nil {
			t.Fatal(err)
		}
		postgres := s.OnPostgres()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		db, provider := migrating(t, database, postgres)
		if _, err := provider.DownTo(context.Background(), 0); err != nil {
			t.Fatal(err)
		}
		if left := tables(t, db, postgres); len(left) != 0 {
			t.Errorf("left behind: %v", left)
		}
		storetest.Open(t, database)
	})
}

// migrating opens the database beside the store, to move its schema.
func migrating(t *testing.T, database string, postgres bool) (*sql.DB, *goose.Provider) {
	t.Helper()
	driver, source, folder, dialect := "sqlite3", "file:"+filepath.ToSlash(database[min(len("sqlite:"), len(database)):]), "sqlite", goose.DialectSQLite3
	if postgres {
		driver, source, folder, dialect = "pgx", database, "postgres", goose.DialectPostgres
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	files, err := fs.Sub(migrations.FS, folder)
	if err != nil {
		t.Fatal(err)
	}
	provider, err := goose.NewProvider(dialect, db, files)
	if err != nil {
		t.Fatal(err)
	}
	return db, provider
}

// Members of staff keep their keys when accounts come to have passwords.
func TestKeysOutliveTheUpgradeToAccounts(t *testing.T) {
	databases(t, func(t *testing.T, database string) {
		const beforeAccounts = 2
		db, provider := migrating(t, database, !strings.HasPrefix(database, "sqlite:"))
		if _, err := provider.UpTo(ctx, beforeAccounts); err != nil {
			t.Fatal(err)
		}
		for i, role := range []cards.Role{cards.RoleReader, cards.RoleAdministrator} {
			key := sha256.Sum256([]byte("la-cle-de-" + string(role)))
			insert := "INSERT INTO staff (id, name, role, key_hash, created) VALUES ($1, $2, $3, $4, $5)"
			if _, err := db.ExecContext(ctx, insert, 7+i, "Équipe "+string(role), string(role), key[:], 1_700_000_000_000_000); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		s := storetest.Open(t, database)
		for i, role := range []cards.Role{cards.RoleReader, cards.RoleAdministrator} {
			u, err := s.AuthenticateUser(ctx, "la-cle-de-"+string(role))
			if err != nil || u.ID != int64(7+i) || u.Name != "Équipe "+string(role) || u.Role != role || u.Created.Unix() != 1_700_000_000 ||
				!u.HasKey || u.HasPassword || u.Disabled {
				t.Errorf("%+v, %v", u, err)
			}
		}
		if u := account(t, s, "Ana", cards.RoleReader, phrase); !s.OnPostgres() && u.ID != 9 { // PostgreSQL's counter was not asked above
			t.Errorf("the next account is %d", u.ID)
		}
	})
}

func tables(t *testing.T, db *sql.DB, postgres bool) []string {
	t.Helper()
	query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'goose%'"
	if postgres {
		query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'goose%'"
	}
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return names
}
