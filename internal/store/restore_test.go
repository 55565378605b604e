package store_test

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/pgtest"
	"github.com/carte-reseau/hub/internal/store/storetest"
	"github.com/jackc/pgx/v5"
)

// A backup from before an upgrade is restored as the guide says: that is the way
// back, and forth again.
func TestABackupFromBeforeAnUpgradeIsRestoredAsTheGuideSays(t *testing.T) {
	for _, program := range []string{"pg_dump", "pg_restore", "psql", "createdb"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(err)
		}
	}
	guide, err := os.ReadFile(filepath.Join("..", "..", "deploy", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	saving := regexp.MustCompile("\n\\| PostgreSQL \\| `(.*?)`").FindSubmatch(guide)
	block := regexp.MustCompile("(?s)\n# PostgreSQL\n(.*?)\n\n").FindSubmatch(guide)
	if saving == nil || block == nil {
		t.Fatal("the guide does not tell how PostgreSQL is saved and restored")
	}
	for name, before := range map[string]int64{"before another table referred to the cards": 7, "before the secret was known": 12} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := pgtest.URL(t)
			db, provider := migrating(t, database, true)
			if _, err := provider.UpTo(ctx, before); err != nil {
				t.Fatal(err)
			}
			if _, err := db.ExecContext(ctx, "UPDATE clock SET seq = 7"); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			dump := filepath.Join(t.TempDir(), "hub.dump")
			inGuide := func(commands []byte) string {
				return strings.ReplaceAll(string(commands), "/sauvegarde/hub.dump", dump)
			}
			administering(t, database, inGuide(saving[1]))
			s, err := openStore(database)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			dropAside(t, database)
			administering(t, database, inGuide(block[1]))
			s = storetest.Open(t, database)
			if seq, err := s.Seq(ctx); err != nil || seq != 7 {
				t.Errorf("seq %d, %v", seq, err)
			}
		})
	}
}

// administering runs commands of the guide on the database that is called hub
// there, as the account the tests have.
func administering(t *testing.T, database, commands string) {
	t.Helper()
	config, err := pgx.ParseConfig(database)
	if err != nil {
		t.Fatal(err)
	}
	commands = strings.ReplaceAll(commands, "--owner=hub", "--owner="+config.User)
	commands = regexp.MustCompile(`\bhub(_avant)?([ '\n]|$)`).ReplaceAllString(commands, config.Database+"$1$2")
	const stage = "sudo() { [ \"$1\" != -u ] || shift 2; \"$@\"; }\nsystemctl() { :; }\n"
	cmd := exec.CommandContext(ctx, "/bin/sh", "-ec", stage+commands)
	at, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), "PGHOST="+at.Hostname(), "PGPORT="+at.Port(), "PGUSER="+config.User, "PGPASSWORD="+config.Password,
		"PGDATABASE=postgres", "PGSSLMODE=disable")
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, commands, said)
	}
}

// dropAside has the database that is put aside go with the test.
func dropAside(t *testing.T, database string) {
	t.Helper()
	at, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.Trim(at.Path, "/")
	t.Cleanup(func() { administering(t, database, "dropdb --if-exists "+name+"_avant") })
}
