package store_test

import (
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

func prepared(l *cards.Library) { l.Preparing = true }

// A library is prepared from its beginning until it is opened, for good: no
// other setting ends the preparation, or begins it anew.
func TestOnlyOpeningEndsThePreparation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours", prepared, withPush)
		want := func(preparing, paused bool) *cards.Library {
			t.Helper()
			l, err := s.Library(ctx, "mours")
			if err != nil || l.Preparing != preparing || l.Paused != paused {
				t.Fatalf("preparing %v, paused %v, %v; want %v, %v", l.Preparing, l.Paused, err, preparing, paused)
			}
			return l
		}
		do := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		l := want(true, false)
		l.Preparing, l.Name = false, "Mours"
		storetest.Change(t, s, *l)
		want(true, false)
		do(s.PauseLibrary(ctx, mours.ID, cards.Quote("travaux")))
		want(true, true)
		do(s.ResumeLibrary(ctx, mours.ID))
		want(true, false)
		do(s.PauseLibrary(ctx, mours.ID, cards.Quote("travaux")))
		do(s.OpenLibrary(ctx, mours.ID))
		l = want(false, true)
		l.Preparing = true
		storetest.Change(t, s, *l)
		want(false, true)
	})
}

// While a library is prepared, its standing says so, its count stays true and
// it is neither late nor in trouble; opened, it is owed what it was.
func TestWhatALibraryInPreparationIsOwedIsKnown(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours", prepared)
		storetest.Library(t, s, "monnaie", prepared, withPush)
		peyrins := storetest.Library(t, s, "peyrins", prepared)
		storetest.Send(t, s, mours, storetest.Card("A1"))
		storetest.Send(t, s, peyrins, storetest.Card("B1"))
		check := func(why string, state cards.State) {
			t.Helper()
			for code, behind := range map[string]int64{"mours": 1, "peyrins": 1, "monnaie": 2} {
				status, err := s.LibraryStatus(ctx, code)
				if err != nil || status.Behind != behind || status.Again != 0 {
					t.Errorf("%s: %d behind, %d again, %v", code, status.Behind, status.Again, err)
				}
				if got := status.State().State; state != "" && got != state {
					t.Errorf("%s is %s, want %s", code, got, state)
				}
			}
			wantStanding(t, standingOf(t, s, "A1", "mours"), cards.StandsCurrent, "")
			for _, code := range []string{"monnaie", "peyrins"} {
				got := standingOf(t, s, "A1", code)
				if says := got.Why == "En préparation : rien ne lui est remis avant l’ouverture."; got.State != cards.StandsOwed || says != (why == "preparing") {
					t.Errorf("%s is %s: %s", code, got.State, got.Why)
				}
			}
		}
		check("preparing", cards.StatePreparing)
		list, err := s.Libraries(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range list {
			if err := s.OpenLibrary(ctx, l.ID); err != nil {
				t.Fatal(err)
			}
		}
		check("open", "")
		settle(t, s)
		if items, _ := fetch(t, s, mours, 0); numbers(items) != "[B1]" {
			t.Errorf("mours is handed %s", numbers(items))
		}
	})
}
