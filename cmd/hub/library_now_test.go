package main

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// What staff can have done now on the pages they can by the command line: the hub that runs does it long before its schedule.
func TestWorkIsDoneNowByTheCommandLine(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	ils := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		http.Error(w, "not today", http.StatusServiceUnavailable)
	}))
	t.Cleanup(ils.Close)
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.library("mours", "--oai-url="+ils.URL, "--oai-prefix=carte", "--harvest=@every 1000h", "--push-url="+ils.URL)
	s.library("peyrins")
	s.hub("library", "harvest", "mours").want(exitError, "pas encore au programme")
	s.hub("library", "harvest", "peyrins").want(exitError, "peyrins n’est pas moissonnée")
	s.hub("library", "push", "peyrins").want(exitError, "ne lui livre rien")
	h := s.boot()
	l, err := h.store.Library(t.Context(), "mours")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []cards.JobKind{cards.JobHarvest, cards.JobPush} {
		eventually(t, decisionPatience, "the plan has "+string(kind), func() bool {
			_, err := h.store.Job(t.Context(), kind, l.ID)
			return err == nil
		})
	}
	if n := asked.Load(); n != 0 {
		t.Fatalf("asked %d times before its hour", n)
	}
	s.hub("library", "push", "mours").want(exitOK, "hub serve") // nothing waits for it
	s.hub("library", "harvest", "mours").want(exitOK, "hub serve")
	eventually(t, decisionPatience, "it is harvested now", func() bool { return asked.Load() > 0 })
	s.hub("library", "pause", "mours").want(exitOK)
	s.hub("library", "push", "mours").want(exitError, "suspendus")
	s.hub("audit", "list", "--action=harvest-library").want(exitOK, "bibliothèque mours")
}

func TestADepositIsTriedAgainByTheCommandLine(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.library("mours")
	const bad = "<carte><nom>Dupré</nom>" + validEnrolment + "</carte>"
	s.hub("import", writeFile(t, "m.xml", documentOf("mours", bad)), "--library=mours").want(exitError)
	again := s.hub("deposits", "retry", "1", "--json").want(exitOK).document()
	if again["id"] != 2.0 || again["retry_of"] != 1.0 {
		t.Errorf("another try: %v", again)
	}
	s.hub("deposits", "retry", "1").want(exitError)
	h := s.boot()
	eventually(t, decisionPatience, "the hub takes it up", func() bool {
		d, err := h.store.Deposit(t.Context(), 2)
		return err == nil && d.Counts.Rejected == 1
	})
	s.hub("deposits", "retry", strconv.Itoa(2)).want(exitOK, "Dépôt 3")
}
