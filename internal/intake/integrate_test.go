package intake_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
	"github.com/carte-reseau/hub/internal/intake"
	"github.com/carte-reseau/hub/internal/store"
)

func TestADocumentIsIntegratedAndReported(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *store.Store) {
		mours, peyrins := addLibrary(t, db, "mours", "mours-annexe"), addLibrary(t, db, "peyrins")
		in := newInbox(db)
		id := receive(t, in, mours, documentOf("mours-annexe", cardXML("A1"), "<carte><numero>A2</numero></carte>", cardXML("A3"), cardXML("a1")))

		d, err := in.Integrate(t.Context(), id, mours)
		if err != nil {
			t.Fatal(err)
		}
		want := cards.Counts{Received: 4, Created: 2, Rejected: 2}
		if d.Status != cards.Partial || d.Counts != want || d.Done != 4 || d.Finished.IsZero() {
			t.Errorf("deposit %+v", d)
		}
		if got := inSetOf(t, db, peyrins); got != 2 {
			t.Errorf("%d cards in the other's set, want 2", got)
		}
		full := report(t, db, in, id, false)
		for _, line := range []string{`statut="partiel"`, `recues="4"`, `etablissement="mours"`, `numero="A1" ligne-source="3" resultat="creee"`, `code="obligatoire"`, `code="numero-double"`} {
			if !strings.Contains(full, line) {
				t.Errorf("report lacks %s:\n%s", line, full)
			}
		}
		if short := report(t, db, in, id, true); strings.Contains(short, "creee\"") || strings.Count(short, "<carte ") != 2 {
			t.Errorf("report of the rejected:\n%s", short)
		}
	})
}

func TestIntegrationIsIdempotent(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *store.Store) {
		mours := addLibrary(t, db, "mours")
		in := newInbox(db)
		id := receive(t, in, mours, documentOf("mours", cardXML("A1")))
		for range 2 {
			d, err := in.Integrate(t.Context(), id, mours)
			if err != nil || d.Counts.Created != 1 || d.Counts.Received != 1 {
				t.Fatalf("deposit %+v, error %v", d, err)
			}
		}
		again := receive(t, in, mours, documentOf("mours", cardXML("A1")))
		d, err := in.Integrate(t.Context(), again, mours)
		if err != nil || d.Counts.Unchanged != 1 {
			t.Errorf("the same document again: %+v, error %v", d, err)
		}
	})
}

func TestALongDocumentIsAppliedInBatches(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *store.Store) {
		mours, peyrins := addLibrary(t, db, "mours"), addLibrary(t, db, "peyrins")
		list := manyCards("B", 1200)
		list = append(list, cardXML("B000003"), cardXML("B001199")) // of a batch long gone, and of the last one
		in := newInbox(db)
		id := receive(t, in, mours, documentOf("mours", list...))
		d, err := in.Integrate(t.Context(), id, mours)
		if err != nil {
			t.Fatal(err)
		}
		if want := (cards.Counts{Received: 1202, Created: 1200, Rejected: 2}); d.Counts != want || d.Done != 1202 {
			t.Errorf("deposit %+v", d)
		}
		if got := inSetOf(t, db, peyrins); got != 1200 {
			t.Errorf("%d cards in the other's set, want 1200", got)
		}
		full := report(t, db, in, id, false)
		if first, last := strings.Index(full, "B000000"), strings.LastIndex(full, "B001199"); first < 0 || last < first {
			t.Error("the report is not in the order of the document")
		}
		if got := strings.Count(full, "<carte "); got != 1202 {
			t.Errorf("%d lines in the report, want 1202", got)
		}
	})
}

// What is wrong with the last byte of a long document, whose cards are not looked at that far, refuses it whole.
func TestALongDocumentThatBreaksOffChangesNothing(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *store.Store) {
		mours, peyrins := addLibrary(t, db, "mours"), addLibrary(t, db, "peyrins")
		whole := documentOf("mours", manyCards("B", 1800)...)
		in := newInbox(db)
		for _, end := range []int{len(whole) - 2, strings.LastIndex(whole, "<numero>")} {
			id := receive(t, in, mours, whole[:end])
			d, err := in.Integrate(t.Context(), id, mours)
			if cards.CodeOf(err) != cards.Invalid || d.Status != cards.Refused || d.Done != 0 || inSetOf(t, db, peyrins) != 0 {
				t.Errorf("cut at byte %d: %v, %+v", end, err, d)
			}
		}
	})
}

func TestASimulationChangesNothing(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *store.Store) {
		mours, peyrins := addLibrary(t, db, "mours"), addLibrary(t, db, "peyrins")
		in := newInbox(db)
		id, err := in.Receive(t.Context(), cards.Deposit{LibraryID: mours.ID, Door: cards.DoorPost, Simulate: true},
			strings.NewReader(documentOf("mours", append(manyCards("S", 700), "<carte/>")...)))
		if err != nil {
			t.Fatal(err)
		}
		d, err := in.Integrate(t.Context(), id, mours)
		if err != nil {
			t.Fatal(err)
		}
		if want := (cards.Counts{Received: 701, Created: 700, Rejected: 1}); d.Status != cards.Simulated || d.Counts != want {
			t.Errorf("deposit %+v", d)
		}
		if got := inSetOf(t, db, peyrins); got != 0 {
			t.Errorf("%d cards came into being", got)
		}
		if full := report(t, db, in, id, false); strings.Count(full, "<carte ") != 701 || !strings.Contains(full, `statut="simulation"`) {
			t.Errorf("report: %.300s", full)
		}
		bytes, err := db.OpenDeposit(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		defer bytes.Close()
		if n, _ := bytes.Read(make([]byte, 1)); n != 0 {
			t.Error("the bytes of a simulation are still stored")
		}
	})
}

func TestADocumentOfAnotherLibraryIsForbidden(t *testing.T) {
	db := openSQLite(t)
	mours, peyrins := addLibrary(t, db, "mours"), addLibrary(t, db, "peyrins")
	in := newInbox(db)
	id := receive(t, in, mours, documentOf("peyrins", cardXML("A1")))
	for range 2 { // the second time from what is stored
		d, err := in.Integrate(t.Context(), id, mours)
		if cards.CodeOf(err) != cards.Forbidden || d == nil || d.Status != cards.Refused || d.Fault.Code != exchange.CodeEstablishment {
			t.Fatalf("deposit %+v, error %v", d, err)
		}
	}
	if got := inSetOf(t, db, peyrins) + inSetOf(t, db, mours); got != 0 {
		t.Errorf("%d cards came into being", got)
	}
	if _, err := in.Integrate(t.Context(), id, peyrins); err == nil {
		t.Error("another library's integration of the deposit was answered")
	}
}

func TestADepositNamingNoEstablishmentIsABadEnvelope(t *testing.T) {
	db := openSQLite(t)
	mours := addLibrary(t, db, "mours")
	in := newInbox(db)
	id := receive(t, in, mours, `<cartes xmlns="urn:carte-reseau:1"/>`)
	d, err := in.Integrate(t.Context(), id, mours)
	if cards.CodeOf(err) != cards.Invalid || d == nil || d.Fault.Code != exchange.CodeEstablishment {
		t.Errorf("deposit %+v, error %v", d, err)
	}
}

func TestTwoIntegrationsOfOneDepositAgree(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *store.Store) {
		mours := addLibrary(t, db, "mours")
		one, two := newInbox(db), newInbox(db)
		id := receive(t, one, mours, documentOf("mours", manyCards("C", 1100)...))
		var both sync.WaitGroup
		for _, in := range []*intake.Inbox{one, two} {
			both.Go(func() {
				d, err := in.Integrate(t.Context(), id, mours)
				if err != nil || d.Counts.Created != 1100 || d.Counts.Received != 1100 {
					t.Errorf("deposit %+v, error %v", d, err)
				}
			})
		}
		both.Wait()
	})
}

func TestIntegrationWaitsForAHolderThatDied(t *testing.T) {
	db := openSQLite(t)
	mours := addLibrary(t, db, "mours")
	in := newInbox(db)
	id := receive(t, in, mours, documentOf("mours", cardXML("A1")))
	if _, err := db.ClaimDeposit(t.Context(), id, "a hub that is no more", 300*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	d, err := in.Integrate(t.Context(), id, mours)
	if err != nil || d.Status != cards.Integrated {
		t.Errorf("deposit %+v, error %v", d, err)
	}
}

func TestADepositAtWorkHasNoReportYet(t *testing.T) {
	db := openSQLite(t)
	mours := addLibrary(t, db, "mours")
	in := newInbox(db)
	id := receive(t, in, mours, documentOf("mours", cardXML("A1")))
	err := in.WriteReport(t.Context(), deposit(t, db, id), false, new(strings.Builder))
	var known *cards.Error
	if !errors.As(err, &known) || known.Code != cards.Unavailable {
		t.Errorf("error %v, want cards.Unavailable", err)
	}
}

// A library whose clock once stood in another year is not out of date for ever.
func TestADocumentFromTheFutureDoesNotOutdateTheNext(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *store.Store) {
		mours := addLibrary(t, db, "mours")
		in := newInbox(db)
		made := func(when, document string) string {
			return strings.Replace(document, `etablissement="mours"`, `etablissement="mours" genere-le="`+when+`"`, 1)
		}
		renamed := strings.Replace(cardXML("A1"), "Hélène", "Lucie", 1)
		for _, document := range []string{
			made("2099-01-01T00:00:00Z", documentOf("mours", cardXML("A1"))),
			made(time.Now().UTC().Format(time.RFC3339), documentOf("mours", renamed)),
		} {
			d, err := in.Integrate(t.Context(), receive(t, in, mours, document), mours)
			if err != nil || d.Counts.Created+d.Counts.Modified != 1 {
				t.Errorf("deposit %+v, error %v", d, err)
			}
		}
	})
}

// A simulated document changes nothing, also where it is complete and shows what its library lacks; the same one in earnest
// has that handed again.
func TestASimulatedCompleteDocumentHandsNothingAgain(t *testing.T) {
	db := openSQLite(t)
	mours, peyrins := addLibrary(t, db, "mours"), addLibrary(t, db, "peyrins")
	in := newInbox(db)
	send := func(lib *cards.Library, simulate bool, document string) {
		t.Helper()
		id, err := in.Receive(t.Context(), cards.Deposit{LibraryID: lib.ID, Door: cards.DoorPost, Simulate: simulate}, strings.NewReader(document))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := in.Integrate(t.Context(), id, lib); err != nil {
			t.Fatal(err)
		}
	}
	send(mours, false, documentOf("mours", cardXML("M1"), cardXML("M2")))
	send(peyrins, false, documentOf("peyrins", cardXML("P1")))
	complete := strings.Replace(documentOf("mours", cardXML("M1")), ` etablissement=`, ` mode="complet" etablissement=`, 1)
	for _, c := range []struct {
		simulate bool
		again    int64
	}{{true, 0}, {false, 1}} {
		send(mours, c.simulate, complete)
		if status, err := db.LibraryStatus(t.Context(), "mours"); err != nil || status.Again != c.again {
			t.Errorf("simulated %v: %d cards are handed again, want %d, %v", c.simulate, status.Again, c.again, err)
		}
	}
}
