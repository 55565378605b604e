package oaiclient_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/oaiclient"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// named is a page of the cards H0000 and on, from first to before end, all of one name.
func named(token string, first, end int, name string) http.HandlerFunc {
	return xmlAnswer(listOf(token, namedRecords(first, end, name)...))
}

func namedRecords(first, end int, name string) []string {
	var records []string
	for i := first; i < end; i++ {
		records = append(records, card(fmt.Sprintf("H%04d", i), name))
	}
	return records
}

// names counts the cards the other library is handed, by name.
func (w *world) names(t *testing.T) string {
	t.Helper()
	count := map[string]int{}
	for _, xml := range w.handed(t) {
		_, behind, _ := strings.Cut(xml, "<nom>")
		name, _, _ := strings.Cut(behind, "</nom>")
		count[name]++
	}
	return fmt.Sprint(count)
}

func (w *world) wantNames(t *testing.T, when string, want map[string]int) {
	t.Helper()
	if got := w.names(t); got != fmt.Sprint(want) {
		t.Errorf("%s: the other library is handed %v, want %v", when, got, want)
	}
}

// waiting lists the suspended deposits.
func (w *world) waiting(t *testing.T) []cards.Deposit {
	t.Helper()
	list, err := w.store.Deposits(context.Background(), cards.DepositQuery{Status: cards.Suspended, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func (w *world) resume(t *testing.T) {
	t.Helper()
	h := oaiclient.New(w.store, w.hasty())
	defer h.Close()
	if err := h.Resume(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// letters are the mails whose subject holds the word.
func (w *world) letters(t *testing.T, word string) []cards.Message {
	t.Helper()
	return slices.DeleteFunc(w.mails(t), func(m cards.Message) bool { return !strings.Contains(m.Subject, word) })
}

func withAdmin(o *oaiclient.Options) {
	o.Letters = func(d *cards.Deposit) []cards.Message {
		return []cards.Message{{To: "admin@example.org", Subject: fmt.Sprintf("admin %d", d.Counts.Modified), Key: fmt.Sprintf("admin-%d", d.ID)}}
	}
}

// TestAHarvestIsHeldFromThePageThatCrosses harvests three pages of which the second crosses the bounds, then goes on with
// the harvests that follow until the held part is accepted.
func TestAHarvestIsHeldFromThePageThatCrosses(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ils := newScript(t, named("", 0, 900, "Un"))
		w := newWorldOn(t, s, ils.URL)
		w.complete(t)
		ils.then(named("p2", 0, 300, "Deux"), named("p3", 300, 600, "Deux"), xmlAnswer(listOf("", append(namedRecords(600, 900, "Deux"), card("NEW", "Neuf"))...)))
		run := w.complete(t, withAdmin)
		if run.Counts.Modified != 300 || run.Counts.Received != 300 {
			t.Errorf("run %+v", run)
		}
		w.wantNames(t, "held", map[string]int{"Deux": 300, "Un": 600})
		list := w.waiting(t)
		if want := (cards.Counts{Received: 601, Created: 1, Modified: 600}); len(list) != 1 || list[0].Counts != want || list[0].Door != cards.DoorHarvest {
			t.Fatalf("suspended: %+v", list)
		}
		held := list[0]
		if state := w.state(t); state.From != date || state.Held != 0 || !state.Started.IsZero() {
			t.Errorf("the harvest did not complete: %+v", state)
		}
		if len(w.letters(t, "admin 600")) != 1 || len(w.letters(t, "attendent un accord")) != 1 {
			t.Errorf("mails %+v", w.mails(t))
		}
		w.resume(t)
		w.wantNames(t, "nobody decided", map[string]int{"Deux": 300, "Un": 600})

		// Harvests overlap: what waits comes again, beside a change of another card and a later one of a card that waits.
		ils.then(xmlAnswer(listOf("", append(namedRecords(300, 890, "Deux"), card("H0001", "Trois"), card("H0899", "Trois"))...)))
		for range 2 {
			w.complete(t, withAdmin)
		}
		w.wantNames(t, "overlap", map[string]int{"Deux": 299, "Un": 599, "Trois": 2})
		if list := w.waiting(t); len(list) != 1 {
			t.Errorf("%d deposits wait", len(list))
		}

		if err := s.AcceptDeposit(context.Background(), held.ID, "cli:anne"); err != nil {
			t.Fatal(err)
		}
		w.complete(t) // before the hub comes to integrate it
		w.wantNames(t, "accepted", map[string]int{"Deux": 299, "Un": 599, "Trois": 2})
		w.resume(t)
		w.wantNames(t, "integrated", map[string]int{"Deux": 898, "Trois": 2, "Neuf": 1})
		d, err := s.Deposit(context.Background(), held.ID)
		if want := (cards.Counts{Received: 601, Created: 1, Modified: 599, Unchanged: 1}); err != nil || d.Status != cards.Integrated || d.Counts != want || d.Finished.IsZero() {
			t.Errorf("integrated: %+v, %v", d, err)
		}
		w.resume(t)
		if mails := w.mails(t); len(mails) != 2 {
			t.Errorf("%d mails", len(mails))
		}
	})
}

// TestARefusedPartOfAHarvestDoesNotComeBack refuses it, tells the library, and takes its records again only once they say
// something else.
func TestARefusedPartOfAHarvestDoesNotComeBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ils := newScript(t, named("", 0, 700, "Un"))
		w := newWorldOn(t, s, ils.URL)
		w.complete(t)
		ils.then(named("", 0, 700, "Faux"))
		w.complete(t)
		list := w.waiting(t)
		if len(list) != 1 {
			t.Fatalf("%d deposits wait", len(list))
		}
		if err := s.RefuseDeposit(context.Background(), list[0].ID, "anne", "Tous les noms sont les mêmes."); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			w.resume(t)
			w.complete(t)
		}
		w.wantNames(t, "refused", map[string]int{"Un": 700})
		refused := w.letters(t, "écartées")
		if len(refused) != 1 || !strings.Contains(refused[0].Body, "Tous les noms sont les mêmes.") || !strings.Contains(refused[0].Body, "/depots/") {
			t.Errorf("letters %+v", refused)
		}
		if d, err := s.Deposit(context.Background(), list[0].ID); err != nil || d.Finished.IsZero() || d.Status != cards.Refused {
			t.Errorf("deposit %+v, %v", d, err)
		}
		ils.then(named("", 0, 10, "Deux"))
		w.complete(t)
		w.wantNames(t, "changed again", map[string]int{"Un": 690, "Deux": 10})
		if list := w.waiting(t); len(list) != 0 {
			t.Errorf("%d deposits wait", len(list))
		}
	})
}

// TestTheBoundsAreThoseOfTheWholeHarvest counts over pages, runs and windows begun again.
func TestTheBoundsAreThoseOfTheWholeHarvest(t *testing.T) {
	t.Parallel()
	t.Run("500 pass", func(t *testing.T) {
		t.Parallel()
		ils := newScript(t, named("", 0, 900, "Un"))
		w := newWorld(t, ils.URL)
		w.complete(t)
		ils.then(named("p2", 0, 250, "Deux"), xmlAnswer(listOf("", append(namedRecords(250, 500, "Deux"), card("NEW", "Neuf"))...)))
		w.complete(t)
		w.wantNames(t, "500", map[string]int{"Deux": 500, "Un": 400, "Neuf": 1})
	})
	t.Run("a run that was interrupted", func(t *testing.T) {
		t.Parallel()
		ils := newScript(t, named("", 0, 900, "Un"))
		w := newWorld(t, ils.URL)
		w.complete(t)
		ils.then(named("p2", 0, 250, "Deux"), status(http.StatusForbidden))
		if _, err := w.harvest(t); err == nil {
			t.Fatal("no error")
		}
		ils.then(named("p3", 250, 501, "Deux"), status(http.StatusForbidden))
		if _, err := w.harvest(t); err == nil {
			t.Fatal("no error")
		}
		if list := w.waiting(t); len(list) != 0 {
			t.Errorf("suspended before its end: %+v", list)
		}
		ils.then(named("", 501, 600, "Deux"))
		w.complete(t)
		w.wantNames(t, "held", map[string]int{"Deux": 250, "Un": 650})
		if list := w.waiting(t); len(list) != 1 || list[0].Counts.Modified != 350 {
			t.Errorf("suspended %+v", list)
		}
	})
	t.Run("a window begun again", func(t *testing.T) {
		t.Parallel()
		ils := newScript(t, named("", 0, 900, "Un"))
		w := newWorld(t, ils.URL)
		w.complete(t)
		ils.then(named("p2", 0, 300, "Deux"), named("p3", 300, 600, "Deux"), xmlAnswer(oaiError("badResumptionToken")),
			named("p2", 0, 300, "Deux"), named("p3", 300, 600, "Deux"), named("", 600, 900, "Deux"))
		w.complete(t)
		list := w.waiting(t)
		if len(list) != 1 || list[0].Counts.Modified != 600 {
			t.Fatalf("suspended %+v", list)
		}
		if err := w.store.AcceptDeposit(context.Background(), list[0].ID, "cli:anne"); err != nil {
			t.Fatal(err)
		}
		w.resume(t)
		w.wantNames(t, "integrated", map[string]int{"Deux": 900})
	})
	t.Run("a harvest given up", func(t *testing.T) {
		t.Parallel()
		ils := newScript(t, named("", 0, 900, "Un"))
		w := newWorld(t, ils.URL)
		w.complete(t)
		ils.then(named("p2", 0, 600, "Deux"), named("p2", 600, 900, "Deux"))
		for range 3 { // the list goes round in circles each time
			if _, err := w.harvest(t); err == nil {
				t.Fatal("no error")
			}
			ils.then(named("p2", 0, 600, "Deux"), named("p2", 600, 900, "Deux"))
		}
		if list := w.waiting(t); len(list) != 1 || list[0].Counts.Modified != 900 {
			t.Errorf("suspended %+v", list)
		}
	})
}

// TestAHeldPageIsReadAsItWouldHaveBeen puts by pages that needed mending and salvage, with a refused card and a deleted
// record, and wants on acceptance what an ordinary harvest would have made of them.
func TestAHeldPageIsReadAsItWouldHaveBeen(t *testing.T) {
	t.Parallel()
	ils := newScript(t, named("", 0, 600, "Un"))
	w := newWorld(t, ils.URL)
	w.complete(t)
	bad := record("bad", `<carte xmlns="urn:carte-reseau:1"><numero>BAD</numero></carte>`)
	gone := `<record><header status="deleted"><identifier>oai:ils:gone</identifier><datestamp>2026-11-21T09:00:00Z</datestamp></header></record>`
	broken := card("BROKEN", "Dupré & fils")
	west := strings.ReplaceAll(listOf("p2", append(namedRecords(0, 600, "Dupr\xe9"), bad, gone)...), "Hélène", "H\xe9l\xe8ne")
	ils.then(xmlAnswer(west), xmlAnswer(listOf("", broken, card("NEW", "Neuf"))))
	before := time.Now()
	counted := &counting{Store: w.store}
	if _, err := w.harvestOn(t, counted, func(o *oaiclient.Options) { o.Attempts = 2 }); err != nil {
		t.Fatal(err)
	}
	if counted.deleted != 1 {
		t.Errorf("%d deletions noted", counted.deleted)
	}
	list := w.waiting(t)
	if want := (cards.Counts{Received: 603, Created: 1, Modified: 600, Rejected: 2}); len(list) != 1 || list[0].Counts != want {
		t.Fatalf("suspended %+v", list)
	}
	if n := len(w.letters(t, "refusée")); n != 0 {
		t.Errorf("%d letters about refused cards of a part nobody has decided on", n)
	}
	if err := w.store.AcceptDeposit(context.Background(), list[0].ID, "cli:anne"); err != nil {
		t.Fatal(err)
	}
	after := time.Now()
	w.resume(t)
	w.wantNames(t, "integrated", map[string]int{"Dupré": 600, "Neuf": 1})
	items, err := w.store.PushFeed(context.Background(), cards.FeedRange{LibraryID: w.other.ID, Day: "2026-01-01", Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range items {
		p := item.Provenance
		if p == nil || p.BaseURL != ils.URL || p.Harvested < before.Unix() || p.Harvested > after.Unix() {
			t.Fatalf("provenance of %s: %+v", item.Number, p)
		}
	}
	if n := len(w.letters(t, "2 cartes refusées")); n != 1 {
		t.Errorf("%d letters about refused cards: %+v", n, w.mails(t))
	}
}

func (c *crashing) HoldPage(ctx context.Context, deposit int64, p cards.HeldPage, h cards.Harvest) error {
	return c.write(func() error { return c.Store.HoldPage(ctx, deposit, p, h) })
}

func (c *crashing) HoldRecords(ctx context.Context, libraryID int64, records []cards.HeldRecord) error {
	return c.write(func() error { return c.Store.HoldRecords(ctx, libraryID, records) })
}

func (c *crashing) SuspendDeposit(ctx context.Context, deposit int64, letters ...cards.Message) error {
	return c.write(func() error { return c.Store.SuspendDeposit(ctx, deposit, letters...) })
}

// TestCrashAnywhereHoldsTheSame kills a harvest that is held at each of its writes in turn, lets the next run finish it,
// then kills the integration of what was accepted likewise.
func TestCrashAnywhereHoldsTheSame(t *testing.T) {
	storetest.WithoutRace(t)
	t.Parallel()
	first, second := named("p2", 0, 400, "Deux"), named("p3", 400, 800, "Deux")
	all := byToken(map[string]http.HandlerFunc{"": first, "p2": second, "p3": named("", 800, 810, "Deux")})
	ils := newScript(t, named("", 0, 810, "Un"))
	seed := filepath.Join(t.TempDir(), "hub.db")
	seeded := newWorldOn(t, storetest.Open(t, "sqlite:"+seed), ils.URL)
	seeded.complete(t)
	for at := 1; ; at++ {
		crashed := 0
		for _, after := range []bool{false, true} {
			w := seeded.copyOf(t, seed)
			ils.then(all)
			_, err := w.harvestOn(t, &crashing{Store: w.store, at: at, after: after}, withAdmin)
			if err != nil && !errors.Is(err, errCrash) {
				t.Fatal(err)
			}
			if err != nil {
				crashed++
				w.complete(t, withAdmin)
			}
			when := fmt.Sprintf("write %d, after %v", at, after)
			w.wantNames(t, when, map[string]int{"Deux": 400, "Un": 410})
			list := w.waiting(t)
			if len(list) != 1 || list[0].Counts != (cards.Counts{Received: 410, Modified: 410}) {
				t.Fatalf("%s: suspended %+v", when, list)
			}
			if len(w.letters(t, "admin 410")) != 1 || len(w.mails(t)) != 2 {
				t.Errorf("%s: mails %+v", when, w.mails(t))
			}
			if at > 3 || err == nil {
				continue
			}
			w.acceptThroughCrash(t, list[0].ID, at, after, when)
		}
		if crashed == 0 {
			if at < 14 {
				t.Fatalf("only %d writes were seen", at)
			}
			return
		}
	}
}

// dyingSuspended is a store that dies once a part of a harvest waits for a person.
type dyingSuspended struct {
	*store.Store
	dead bool
}

func (d *dyingSuspended) SuspendDeposit(ctx context.Context, deposit int64, letters ...cards.Message) error {
	d.dead = true
	return d.Store.SuspendDeposit(ctx, deposit, letters...)
}

func (d *dyingSuspended) SaveHarvest(ctx context.Context, h cards.Harvest) error {
	if d.dead {
		return errCrash
	}
	return d.Store.SaveHarvest(ctx, h)
}

// A person may decide before the harvest that died over it is taken up: the decision stands.
func TestADecisionBeforeTheHarvestIsTakenUpStands(t *testing.T) {
	t.Parallel()
	ils := newScript(t, named("", 0, 600, "Un"))
	w := newWorld(t, ils.URL)
	w.complete(t)
	ils.then(named("", 0, 600, "Deux"))
	if _, err := w.harvestOn(t, &dyingSuspended{Store: w.store}); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	list := w.waiting(t)
	if len(list) != 1 {
		t.Fatalf("%d deposits wait", len(list))
	}
	if err := w.store.AcceptDeposit(context.Background(), list[0].ID, "cli:anne"); err != nil {
		t.Fatal(err)
	}
	w.complete(t)
	w.resume(t)
	w.wantNames(t, "accepted", map[string]int{"Deux": 600})
	if d, err := w.store.Deposit(context.Background(), list[0].ID); err != nil || d.Status != cards.Integrated {
		t.Errorf("deposit %+v, %v", d, err)
	}
}

// copyOf is the same world on a copy of its database, which nobody is writing to.
func (w *world) copyOf(t *testing.T, path string) *world {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "hub.db")
	for _, part := range []string{"", "-wal"} {
		data, err := os.ReadFile(path + part)
		if err == nil {
			err = os.WriteFile(copied+part, data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return &world{store: storetest.Open(t, "sqlite:"+copied), lib: w.lib, other: w.other, log: w.log}
}

func (w *world) acceptThroughCrash(t *testing.T, id int64, at int, after bool, when string) {
	t.Helper()
	if err := w.store.AcceptDeposit(context.Background(), id, "cli:anne"); err != nil {
		t.Fatal(err)
	}
	small := func(o *oaiclient.Options) { o.BatchSize = 200 }
	h := oaiclient.New(&crashing{Store: w.store, at: at, after: after}, w.hasty(small))
	defer h.Close()
	if err := h.Resume(context.Background()); err != nil && !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	w.resume(t)
	w.wantNames(t, when, map[string]int{"Deux": 810})
	if d, err := w.store.Deposit(context.Background(), id); err != nil || d.Status != cards.Integrated || d.Counts != (cards.Counts{Received: 410, Modified: 410}) {
		t.Errorf("%s: %+v, %v", when, d, err)
	}
}
