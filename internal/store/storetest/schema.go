package storetest

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/carte-reseau/hub/internal/pgtest"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/migrations"
)

// SQLiteDatabase is the address of an embedded database of the test's own that
// is up to date and empty. Its schema is made once for a package's tests.
func SQLiteDatabase(t testing.TB) string {
	t.Helper()
	content, err := emptySQLite()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "hub.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

var emptySQLite = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "hub-empty-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	path := filepath.Join(folder, "hub.db")
	if err := migrate("sqlite:" + path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// PostgresDatabase is the same on a real server, where the schema is made once
// for the tests of all packages.
func PostgresDatabase(t testing.TB) string {
	t.Helper()
	name, err := schemaName()
	if err != nil {
		t.Fatal(err)
	}
	return pgtest.Copy(t, name, migrate)
}

// schemaName differs wherever a migration does.
var schemaName = sync.OnceValues(func() (string, error) {
	all := sha256.New()
	err := fs.WalkDir(migrations.FS, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(migrations.FS, path)
		_, _ = all.Write(content) // a hash takes everything
		return err
	})
	const enough = 8
	return "hub_schema_" + hex.EncodeToString(all.Sum(nil)[:enough]), err
})

// migrate makes the schema. The secret plays no part in it: whoever opens the
// database first brings one.
func migrate(database string) error {
	made, err := store.Open(context.Background(), store.Options{Database: database, Secret: Secret})
	if err != nil {
		return err
	}
	return errors.Join(made.Close(), forgetSecret(database))
}

func forgetSecret(database string) error {
	driver, source := "pgx", database
	if path, ok := strings.CutPrefix(database, "sqlite:"); ok {
		driver, source = "sqlite3", "file:"+filepath.ToSlash(path)
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(context.Background(), "UPDATE secret SET proof = NULL")
	return errors.Join(err, db.Close())
}
