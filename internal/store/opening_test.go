package store_test

import (
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/pgtest"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// wantShut checks that a database is not opened, and that who reads why is told
// what to do: to wait would not help.
func wantShut(t *testing.T, database string, code cards.Code, pieces ...string) {
	t.Helper()
	s, err := openStore(database)
	if err == nil {
		_ = s.Close()
	}
	if cards.CodeOf(err) != code {
		t.Fatalf("%s: %v, want %s", cards.CodeOf(err), err, code)
	}
	for _, piece := range pieces {
		if said := cards.MessageOf(err); !contains(said, piece) {
			t.Errorf("%q is not said in %q", piece, said)
		}
	}
}

func TestAFileThatIsNoDatabaseOrDamaged(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	junk := filepath.Join(folder, "junk.db")
	if err := os.WriteFile(junk, []byte(strings.Repeat("not a database ", 99)), 0o600); err != nil {
		t.Fatal(err)
	}
	wantShut(t, "sqlite:"+junk, cards.Conflict, junk, "remettez la sauvegarde")
	cut := strings.TrimPrefix(storetest.SQLiteDatabase(t), "sqlite:")
	if err := os.Truncate(cut, 10_000); err != nil {
		t.Fatal(err)
	}
	wantShut(t, "sqlite:"+cut, cards.Conflict, cut, "remettez la sauvegarde")
	wantShut(t, "sqlite:"+folder, cards.Invalid, folder, "est un dossier")
}

func TestADatabaseThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "linux" { // nobody at all makes files there
		wantShut(t, "sqlite:/sys/hub.db", cards.Invalid, "/sys/hub.db", "doit pouvoir écrire")
		wantShut(t, "sqlite:/sys/hub/hub.db", cards.Invalid, "/sys/hub/hub.db", "doit pouvoir écrire")
	}
	if os.Geteuid() == 0 {
		t.Skip("nothing keeps root from writing")
	}
	path := strings.TrimPrefix(storetest.SQLiteDatabase(t), "sqlite:")
	for _, it := range []string{path, filepath.Dir(path)} {
		info, err := os.Stat(it)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(it, info.Mode().Perm()&^0o222); err != nil {
			t.Fatal(err)
		}
		wantShut(t, "sqlite:"+path, cards.Invalid, path, "doit pouvoir écrire")
		if err := os.Chmod(it, info.Mode().Perm()); err != nil {
			t.Fatal(err)
		}
	}
}

// changed is the address of a database with something else in it.
func changed(t *testing.T, database string, change func(u *url.URL)) string {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	change(u)
	return u.String()
}

func TestAServerThatLetsNobodyIn(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	gone := changed(t, database, func(u *url.URL) { u.Path = "/nulle_part" })
	wantShut(t, gone, cards.Invalid, "« nulle_part » n’existe pas", "createdb --owner=")
	stranger := changed(t, database, func(u *url.URL) { u.User = url.UserPassword("inconnu", "geheim") })
	wantShut(t, stranger, cards.Invalid, "refuse le compte « inconnu »", "createuser inconnu", "passfile")
	for _, bad := range []string{gone, stranger} {
		if err := store.CreateSchema(ctx, bad, "demo"); cards.CodeOf(err) != cards.Invalid {
			t.Errorf("a schema there: %v", err)
		}
	}
}

func TestAnAccountThatMayNotMakeTables(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	s := storetest.Open(t, database)
	name := changed(t, database, func(u *url.URL) { u.RawQuery = "" })
	name = "hote_" + name[strings.LastIndex(name, "/")+1:]
	for _, statement := range []string{"CREATE ROLE " + name + " LOGIN PASSWORD 'geheim'", "REVOKE CREATE ON SCHEMA public FROM PUBLIC"} {
		if err := s.Exec(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		if err := s.Exec(ctx, "DROP ROLE "+name); err != nil {
			t.Error(err)
		}
	})
	guest := changed(t, database, func(u *url.URL) { u.User = url.UserPassword(name, "geheim") })
	wantShut(t, guest, cards.Invalid, "« "+name+" » n’a pas tous les droits", "ALTER DATABASE")
}
