package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// Programs read the state of every library as the API tells it, and know by the exit status whether a person is needed.
func TestStatusForPrograms(t *testing.T) {
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.hub("library", "add", "mours", "--name", "Mours", "--email", "mours@example.org").want(exitOK)
	s.hub("library", "add", "peyrins", "--name", "Peyrins", "--email", "peyrins@example.org", "--preparing").want(exitOK)
	said := s.hub("status", "--json").want(exitOK)
	lines := strings.Split(strings.TrimSpace(said.out), "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[2], `{"hub":{"well":true,`) {
		t.Fatalf("%d lines: %s", len(lines), said.out)
	}
	var peyrins struct {
		Code      string `json:"code"`
		Preparing bool   `json:"preparing"`
	}
	if err := json.Unmarshal([]byte(lines[1]), &peyrins); err != nil || peyrins.Code != "peyrins" || !peyrins.Preparing {
		t.Errorf("%+v, %v", peyrins, err)
	}
	s.hub("library", "pause", "mours", "--reason", "travaux").want(exitOK)
	s.hub("status", "--json").want(exitOK, `"paused":true`) // staff know why
	store := s.foundation().store
	if err := store.StopLibrary(t.Context(), s.idOf("mours"), cards.Quote("accès refusé")); err != nil {
		t.Fatal(err)
	}
	s.hub("status", "--json").want(exitError, `"well":false`)
}

// Monitoring learns the same by either form: here of what is wrong with no library's own exchange.
func TestStatusEndsAlikeInBothForms(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.library("mours")
	s.hub("import", writeFile(t, "0.xml", renumbered("mours", 0)), "--library=mours").want(exitOK)
	s.hub("status").want(exitOK)
	s.hub("status", "--json").want(exitOK, `"well":true`, `"to_decide":{"conflicts":0,"deposits":0,"duplicates":0,"erasures":0}`)
	s.hub("import", writeFile(t, "1.xml", renumbered("mours", 1)), "--library=mours").want(exitError)
	s.hub("status").want(exitError)
	s.hub("status", "--json").want(exitError, `"well":false`, `"deposits":1`)
	s.hub("deposits", "refuse", "2", "--reason=essai").want(exitOK)
	s.hub("status").want(exitOK)

	h := s.boot()
	const bad = `<carte><numero>M9</numero><nom>Dupré</nom><inscription><premiere>2024-09-03</premiere><fin>2020-01-01</fin></inscription></carte>`
	s.hub("import", writeFile(t, "2.xml", documentOf("mours", bad)), "--library=mours").want(exitError)
	eventually(t, decisionPatience, "the refused card is a trouble", func() bool {
		open, err := h.store.Troubles(t.Context(), cards.TroubleQuery{Open: true, Limit: 1})
		return err == nil && len(open) == 1
	})
	s.hub("status").want(exitError, "Problèmes en cours")
	s.hub("status", "--json").want(exitError, `"kind":"refus"`, `"well":false`)
}

// A simulation is no gift: the first steps would tick off a library whose file was only looked at.
func TestASimulationGivesNothing(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		s := newSite(t, database)
		given := func(code string) bool {
			t.Helper()
			one, err := s.foundation().store.LibraryStatus(t.Context(), code)
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range s.hub("status", "--json").want(exitOK).documents() {
				if line["code"] == code && (line["last_deposit_at"] == nil) != one.LastDeposit.IsZero() {
					t.Errorf("the list says %v, the library's own state %v", line["last_deposit_at"], one.LastDeposit)
				}
			}
			return !one.LastDeposit.IsZero()
		}
		for _, code := range []string{"mours", "peyrins"} {
			s.library(code)
			s.hub("import", writeFile(t, "m.xml", documentOf(code, testCard{number: code})), "--library="+code, "--simulate").want(exitOK)
			if given(code) {
				t.Errorf("a simulation for %s is taken for a gift", code)
			}
		}
		s.hub("import", writeFile(t, "m.xml", documentOf("mours", testCard{number: "mours"})), "--library=mours").want(exitOK)
		const simulated = 2
		if _, err := s.foundation().store.IntegrateSimulated(t.Context(), simulated); err != nil {
			t.Fatal(err)
		}
		if !given("mours") || !given("peyrins") {
			t.Errorf("given: mours %t, peyrins %t, whose simulation was integrated", given("mours"), given("peyrins"))
		}
	})
}

// page is a terminal that somebody looks at.
type page struct {
	mu sync.Mutex
	bytes.Buffer
}

func (p *page) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.Buffer.Write(b)
}

func (p *page) holds(n int, text string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Count(p.String(), text) >= n
}

// The state is shown again and again until somebody stops it, which is no failure.
func TestStatusIsWatched(t *testing.T) {
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.hub("library", "add", "mours", "--name", "Mours", "--email", "mours@example.org").want(exitOK)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	screen := new(page)
	ended := make(chan error, 1)
	settings := s.Settings
	go func() {
		ended <- statusCommand{Watch: true, Every: time.Millisecond}.Run(ctx, &settings, console{out: screen, err: s.log})
	}()
	const patience, look = 30 * time.Second, 10 * time.Millisecond
	for deadline := time.Now().Add(patience); !screen.holds(2, "mours"); time.Sleep(look) {
		if time.Now().After(deadline) {
			t.Fatal("the state is not shown a second time")
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("stopped with %v", err)
	}
}

func TestAStateThatCannotBeReadIsNoTrouble(t *testing.T) {
	t.Parallel()
	newSite(t, "postgres://personne@127.0.0.1:9/rien").hub("status").want(exitUnknown).lacks("Problèmes")
}

// Where waiting would not help, nobody is told to try again later.
func TestADamagedDatabaseIsNotToBeTriedAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t, "sqlite:"+writeFile(t, "hub.db", strings.Repeat("not a database ", 99)))
	if a := s.hub("status").want(exitUnknown, "remettez la sauvegarde"); strings.Contains(a.err, "réessayez") {
		t.Errorf("said %q", a.err)
	}
	s.hub("library", "list").want(exitError, "remettez la sauvegarde")
}
