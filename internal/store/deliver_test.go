package store_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

var errDied = errors.New("the hub died here")

// mortal opens a store that dies at the commit dies says.
func mortal(t *testing.T, database string, dies func(done bool) error) *store.Store {
	t.Helper()
	s, err := store.Open(ctx, store.Options{Database: database, Secret: storetest.Secret, AtCommit: dies})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// eachURL runs the test on every database, by its address.
func eachURL(t *testing.T, test func(t *testing.T, database string)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, storetest.SQLiteDatabase(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, storetest.PostgresDatabase(t))
	})
}

// Wherever the hub dies while it queues everything again, the request stands
// and is visible, and is finished by whoever lives on; nobody asks twice.
func TestDeliveryOfEverythingSurvivesTheHub(t *testing.T) {
	storetest.WithoutRace(t)
	const cardCount = 1001 // more than one portion
	eachURL(t, func(t *testing.T, database string) {
		s := storetest.Open(t, database)
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		incoming := make([]cards.Incoming, cardCount)
		for i := range incoming {
			incoming[i] = storetest.Card(fmt.Sprintf("A%d", i))
		}
		storetest.Send(t, s, mours, incoming...)
		if err := s.SetAttention(ctx, peyrins.ID, cards.Quote("décidez s’il faut tout redistribuer")); err != nil {
			t.Fatal(err)
		}
		for deadAt := 1; ; deadAt++ {
			if err := s.Exec(ctx, "DELETE FROM hand_again"); err != nil {
				t.Fatal(err)
			}
			if err := s.Exec(ctx, "DELETE FROM deliveries"); err != nil {
				t.Fatal(err)
			}
			calls := 0
			dying := mortal(t, database, func(bool) error {
				if calls++; calls == deadAt {
					return errDied
				}
				return nil
			})
			_, err := dying.DeliverAgain(ctx, peyrins.ID, "Claire")
			if err != nil && !errors.Is(err, errDied) {
				t.Fatal(err)
			}
			if deadAt == 1 { // nothing was asked for yet, and the caller knows it
				if status, _ := s.LibraryStatus(ctx, "peyrins"); err == nil || status.Delivery != nil {
					t.Errorf("a request that was rolled back: %+v, %v", status.Delivery, err)
				}
				continue
			}
			if status, _ := s.LibraryStatus(ctx, "peyrins"); status.Delivery == nil || status.Delivery.By != "Claire" || !status.Attention.IsZero() {
				t.Errorf("dead at %d, the request is not seen: %+v", deadAt, status)
			}
			if err := s.TakeUp(ctx); err != nil {
				t.Fatal(err)
			}
			status, statusErr := s.LibraryStatus(ctx, "peyrins")
			if statusErr != nil || status.Again != cardCount || status.Delivery.Handed != cardCount || status.Delivery.Finished.IsZero() {
				t.Errorf("dead at %d: %d again, %+v, %v", deadAt, status.Again, status.Delivery, statusErr)
			}
			if err == nil {
				return
			}
		}
	})
}

// A library that restored an old backup asks for everything again: what it
// sends before it has it is not its edit.
func TestARestoredBackupPutsNothingBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		storetest.Send(t, s, mours, withPhone(storetest.Card("A1"), "06 11 11 11 11"))
		if _, err := s.DeliverAgain(ctx, mours.ID, "Claire"); err != nil {
			t.Fatal(err)
		}
		storetest.Send(t, s, mours, storetest.Card("A1"))
		wantState(t, s, "A1  06 11 11 11 11")
	})
}
