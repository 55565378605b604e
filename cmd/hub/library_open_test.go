package main

import (
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sigb"
)

// Two libraries in preparation give their cards to a running hub; neither is
// handed the other's before it is opened, and each is at once then.
func TestALibraryInPreparationGivesAndIsHandedNothingBeforeItIsOpened(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		system := sigb.New(sigb.Config{Code: "beauvoir"})
		server := sigb.NewServer(system, sigb.ServerOptions{})
		if err := server.Start(t.Context(), "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = server.Close() })
		s := newSite(t, database)
		s.library("beauvoir", "--preparing", "--push-url="+server.URL(sigb.REST))
		entry := "libraries: [{code: mours, name: Mours, email: mours@example.org, preparing: true}]\n"
		list := writeFile(t, "libraries.yaml", entry)
		s.hub("library", "import", list).want(exitOK, "mours est en préparation")
		s.hubReading(keyOf("mours")+"\n", "library", "change", "mours", "--key-file=-").want(exitOK)
		for code, number := range map[string]string{"beauvoir": "B1", "mours": "M1"} {
			s.hub("import", writeFile(t, code+".xml", documentOf(code, testCard{number: number, name: code})), "--library="+code).want(exitOK)
		}
		h := s.boot()
		mours := newCaller(t, h.publicURL, "mours")
		report := mours.mustPost(t, documentOf("mours", testCard{number: "M2", name: "Posté"}))
		if len(report.Cards) != 1 {
			t.Errorf("posted in preparation: %+v", report)
		}
		const patience = 20 * time.Second
		eventually(t, patience, "the plan holds its push", func() bool {
			job, err := h.store.Job(t.Context(), cards.JobPush, s.idOf("beauvoir"))
			return err == nil && job.Paused
		})
		if status, _, err := mours.call(t.Context(), "GET", "/oai?verb=ListRecords&metadataPrefix=carte", ""); err != nil || status != 503 {
			t.Errorf("its set answers %d, %v", status, err)
		}
		if n := len(server.Seen()); n != 0 || len(system.Patrons()) != 0 {
			t.Errorf("beauvoir was called %d times", n)
		}
		s.hub("status").want(exitOK, "en préparation")
		s.hub("library", "show", "mours").want(exitOK, "en préparation", "hub library open mours")

		s.hub("library", "open").want(exitError, "--all")
		s.hub("library", "open", "personne").want(exitError, "personne")
		s.hub("library", "open", "beauvoir").want(exitOK, "beauvoir est ouverte")
		eventually(t, patience, "beauvoir has the cards of mours", func() bool { return len(system.Patrons()) == 2 })
		s.hub("library", "open", "beauvoir").want(exitOK, "déjà ouverte")
		s.hub("library", "open", "--all").want(exitOK, "mours est ouverte")
		s.hub("library", "open", "--all").want(exitOK, "Aucune bibliothèque")
		eventually(t, patience, "mours is handed the card of beauvoir, and not its own", func() bool {
			got := mours.handed(t)
			_, has := got["B1"]
			return has && len(got) == 1
		})
		s.hub("library", "import", list).want(exitOK)
		if a := s.hub("library", "show", "mours").want(exitOK); strings.Contains(a.out, "préparation") {
			t.Errorf("a second import closed it again:\n%s", a.out)
		}
	})
}

func (s *site) idOf(code string) int64 {
	s.t.Helper()
	l, err := s.foundation().store.Library(s.t.Context(), code)
	if err != nil {
		s.t.Fatal(err)
	}
	return l.ID
}
