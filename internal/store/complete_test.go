package store_test

import (
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// A card that was handed again and fetched is missing all the same where the
// next complete document lacks it.
func TestFetchedAndStillMissing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("LOST"))
		settle(t, s)
		_, stamp := fetch(t, s, peyrins, 0)
		for round := range 2 {
			id := deposit(t, s, peyrins, cards.DoorPost)
			b := cards.Batch{
				Library: peyrins, Deposit: id, Complete: true, Moment: cards.Moment{Arrived: time.Now()},
				Items: []cards.Item{{Ordinal: 1, Incoming: storetest.Card("HELD")}},
			}
			if _, err := s.Apply(ctx, b); err != nil {
				t.Fatal(err)
			}
			if err := s.HandMissing(ctx, id); err != nil {
				t.Fatal(err)
			}
			settle(t, s)
			var items []cards.FeedItem
			if items, stamp = fetch(t, s, peyrins, stamp+1); numbers(items) != "[LOST]" {
				t.Errorf("round %d: %s", round, numbers(items))
			}
		}
	})
}
