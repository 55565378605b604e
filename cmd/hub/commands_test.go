package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sigb"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

func TestAUsersKeySignsInToTheAPI(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		s := newSite(t, database)
		key := keyIn(t, s.hub("user", "add", "camille", "--role=reader").want(exitOK, "camille"))
		s.hubReading("la clé choisie par Dominique\n", "user", "add", "dominique", "--role=administrator", "--key-file=-").want(exitOK)
		s.hub("user", "add", "camille", "--role=reader").want(exitError, "déjà un compte")
		s.hub("user", "add", "claude", "--role=roi").want(exitUsage)
		s.hubReading("courte\n", "user", "add", "claude", "--role=reader", "--key-file=-").want(exitError, "16 caractères")
		for given, want := range map[string]cards.Role{key: "reader", "la clé choisie par Dominique": "administrator"} {
			user, err := s.foundation().store.AuthenticateUser(context.Background(), given)
			if err != nil || user.Role != want {
				t.Errorf("role %v, want %s: %v", user, want, err)
			}
		}
	})
}

func TestImportBySimulationChangesNothing(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		s := newSite(t, database)
		s.library("mours")
		file := writeFile(t, "mours.xml", documentOf("mours", manyCards("M", 700)...))
		s.hub("import", file, "--library=mours", "--simulate").want(exitOK, "700 cartes reçues, 700 créées")
		if n := s.count(); n != 0 {
			t.Fatalf("a simulation left %d cards", n)
		}
		s.hub("import", file, "--library=mours").want(exitOK, "700 cartes reçues, 700 créées")
		s.hub("import", file, "--library=mours", "--simulate").want(exitOK, "700 inchangées")
		document, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s.hubReading(string(document), "import", "-", "--library=mours").want(exitOK, "700 inchangées")
		if n := s.count(); n != 700 {
			t.Errorf("%d cards, want 700", n)
		}
	})
}

func TestImportOfABadFileEndsWithTheReport(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.library("mours")
	const noNumber = "<carte><nom>Dupré</nom>" + validEnrolment + "</carte>"
	for name, c := range map[string]struct {
		document, code string
		cards          int
	}{
		"one bad card":    {documentOf("mours", testCard{number: "M1"}.String(), noNumber), "obligatoire", 1},
		"truncated":       {documentHead("mours") + testCard{number: "M2"}.String(), "tronque", 0},
		"another library": {documentOf("peyrins", testCard{number: "M3"}), "etablissement", 0},
		"0 bytes":         {"", "vide", 0},
	} {
		t.Run(name, func(t *testing.T) {
			before := s.count()
			a := s.hub("import", writeFile(t, "x.xml", c.document), "--library=mours").want(exitError, "<rapport", `code="`+c.code+`"`)
			_, printed, _ := strings.Cut(a.out, "<?xml")
			report, err := sigb.ReadReport(strings.NewReader("<?xml" + printed))
			if err != nil || report.Deposit == "" {
				t.Errorf("the report cannot be read: %v", err)
			}
			if got := s.count() - before; got != c.cards {
				t.Errorf("%d cards came into being, want %d", got, c.cards)
			}
		})
	}
	s.hub("import", filepath.Join(t.TempDir(), "rien.xml"), "--library=mours").want(exitError, "rien.xml")
	s.hub("import", writeFile(t, "x.xml", documentOf[string]("mours")), "--library=inconnue").want(exitError, "« inconnue » n’existe pas dans le réseau")
	s.hub("import", writeFile(t, "x.xml", documentOf[string]("mours"))).want(exitUsage, "library")
}

// count is how many cards the hub holds.
func (s *site) count() int {
	s.t.Helper()
	n := 0
	for _, err := range s.foundation().store.Cards(context.Background(), "") {
		if err != nil {
			s.t.Fatal(err)
		}
		n++
	}
	return n
}

func TestStatusTellsWhetherAPersonIsNeeded(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		s := newSite(t, database)
		s.hub("status").want(exitOK, "Aucune bibliothèque", "hub library add")
		s.library("mours")
		s.library("peyrins")
		s.hub("import", writeFile(t, "m.xml", documentOf("mours", manyCards("M", 7)...)), "--library=mours").want(exitOK)
		a := s.hub("status").want(exitOK, "Courriels en attente : 0, abandonnés : 0")
		for line := range strings.Lines(a.out) {
			switch fields := strings.Fields(line); {
			case len(fields) > 1 && fields[0] == "mours" && fields[1] != "0", len(fields) > 1 && fields[0] == "peyrins" && fields[1] != "7":
				t.Errorf("behind: %s", line)
			}
		}
		s.hub("library", "pause", "peyrins").want(exitOK)
		s.hub("status").want(exitOK, "suspendue")
	})
}

func TestMigrateSaysTheVersion(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		s := newSite(t, database)
		first := s.hub("migrate").want(exitOK, "La base de données est à jour (version ").out
		if again := s.hub("migrate").want(exitOK).out; again != first {
			t.Errorf("%q and then %q", first, again)
		}
	})
	newSite(t, "postgres://nobody@127.0.0.1:1/hub?sslmode=disable&connect_timeout=2").hub("migrate").
		want(exitError, "PostgreSQL", "HUB_DATABASE", "127.0.0.1", "réessayez")
}
