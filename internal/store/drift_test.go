package store_test

import (
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// complete applies cards as a complete document that was made and arrives now.
func complete(t *testing.T, s *store.Store, l *cards.Library, incoming ...cards.Incoming) {
	t.Helper()
	completeItems(t, s, l, time.Now(), itemsOf(incoming...)...)
}

func itemsOf(incoming ...cards.Incoming) []cards.Item {
	items := make([]cards.Item, len(incoming))
	for i, in := range incoming {
		items[i] = cards.Item{Ordinal: i + 1, Incoming: in}
	}
	return items
}

func completeItems(t *testing.T, s *store.Store, l *cards.Library, made time.Time, items ...cards.Item) {
	t.Helper()
	id, err := s.CreateDeposit(ctx, cards.Deposit{LibraryID: l.ID, Door: cards.DoorPost, Arrived: time.Now()})
	if err == nil {
		err = s.BeginDeposit(ctx, id, made)
	}
	if err != nil {
		t.Fatal(err)
	}
	b := cards.Batch{Library: l, Door: cards.DoorPost, Deposit: id, Complete: true, Moment: cards.Moment{Made: made, Arrived: time.Now()}, Items: items}
	if _, err := s.Apply(ctx, b); err != nil {
		t.Fatal(err)
	}
	for range 2 { // a crash behind it has it done again
		if err := s.HandMissing(ctx, id); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.FinishDeposit(ctx, id, cards.Integrated, nil); err != nil {
		t.Fatal(err)
	}
}

func wantDrift(t *testing.T, s *store.Store, code string, held, expected, differing int64) {
	t.Helper()
	status, err := s.LibraryStatus(ctx, code)
	if err != nil || status.Drift == nil {
		t.Fatal("no drift", err)
	}
	if d := status.Drift; d.Held != held || d.Expected != expected || d.Differing != differing || d.Taken.IsZero() {
		t.Errorf("%s holds %d of %d, %d differ; want %d of %d, %d", code, d.Held, d.Expected, d.Differing, held, expected, differing)
	}
}

// What a complete document lacks or has wrongly is counted, and queued again;
// a poorer form is not wrong, an expired card is not expected, nothing goes.
func TestDriftOfACompleteDocument(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		ended := func(c *cards.Card) { c.Enrolment.Renewed, c.Enrolment.End = "", "2024-10-01" }
		loud := func(c *cards.Card) { c.LastName, c.FirstName = "DUPRE", "HELENE" }
		old := func(c *cards.Card) { c.Phone = "04 75 00 00 01" }
		storetest.Send(t, s, mours, storetest.Card("LOST"), storetest.Card("HELD"), storetest.Card("LOUD"), storetest.Card("STALE", old),
			storetest.Card("BAD"), storetest.Card("ENDED", ended))
		storetest.Send(t, s, mours, storetest.Card("STALE"))
		settle(t, s)
		_, stamp := fetch(t, s, peyrins, 0)
		if status, err := s.LibraryStatus(ctx, "peyrins"); err != nil || status.Drift != nil {
			t.Fatalf("a drift before any complete document: %+v, %v", status.Drift, err)
		}
		storetest.Send(t, s, mours, storetest.Card("NEW"))
		items := itemsOf(storetest.Card("HELD"), storetest.Card("LOUD", loud), storetest.Card("STALE", old), storetest.Card("BAD"))
		items[3].Faults = []cards.Fault{{Code: "dates", Message: "…"}}
		completeItems(t, s, peyrins, time.Now(), items...)
		wantDrift(t, s, "peyrins", 4, 5, 2)
		settle(t, s)
		if items, _ := fetch(t, s, peyrins, stamp+1); numbers(items) != "[NEW STALE LOST]" {
			t.Errorf("queued: %s", numbers(items))
		}
		complete(t, s, peyrins, storetest.Card("HELD"), storetest.Card("LOUD", loud), storetest.Card("STALE"), storetest.Card("BAD"),
			storetest.Card("LOST"), storetest.Card("NEW"))
		wantDrift(t, s, "peyrins", 6, 6, 0)
	})
}

// What the library was handed since it made the document is not missing there.
func TestDriftIsThatOfTheDocumentsMaking(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		settle(t, s)
		_, stamp := fetch(t, s, peyrins, 0)
		made := time.Now()
		storetest.Send(t, s, mours, storetest.Card("A2"))
		settle(t, s)
		_, stamp = fetch(t, s, peyrins, stamp+1)
		completeItems(t, s, peyrins, made, itemsOf(storetest.Card("A1"))...)
		wantDrift(t, s, "peyrins", 1, 1, 0)
		settle(t, s)
		if items, _ := fetch(t, s, peyrins, stamp+1); len(items) != 0 {
			t.Errorf("handed again: %s", numbers(items))
		}
	})
}

// A card under a number that was replaced is held, and wrongly: it is handed
// again under the number it has.
func TestDriftOfARetiredNumber(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("OLD"))
		settle(t, s)
		_, stamp := fetch(t, s, peyrins, 0)
		replaced := storetest.Card("NEW", func(c *cards.Card) { c.Former = []string{"OLD"} })
		replaced.Given = replaced.Given.With(cards.FormerNumbers)
		storetest.Send(t, s, mours, replaced)
		settle(t, s)
		_, stamp = fetch(t, s, peyrins, stamp+1)
		complete(t, s, peyrins, storetest.Card("OLD"))
		wantDrift(t, s, "peyrins", 1, 1, 1)
		settle(t, s)
		items, stamp := fetch(t, s, peyrins, stamp+1)
		if numbers(items) != "[NEW]" {
			t.Errorf("queued: %s", numbers(items))
		}
		// A system that keeps the old number is not handed the card for ever.
		complete(t, s, peyrins, storetest.Card("OLD"))
		wantDrift(t, s, "peyrins", 1, 1, 1)
		settle(t, s)
		if items, _ := fetch(t, s, peyrins, stamp+1); len(items) > 0 {
			t.Errorf("queued again: %s", numbers(items))
		}
	})
}
