package store_test

import (
	"fmt"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// As many former numbers as the format allows, in every card of a batch: more
// than a database takes in one question.
func TestABatchFullOfFormerNumbers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		items := make([]cards.Incoming, 350)
		for i := range items {
			former := make([]string, 100)
			for n := range former {
				former[n] = fmt.Sprintf("F%d-%d", i, n)
			}
			items[i] = replacing(fmt.Sprintf("N%d", i), former...)
		}
		for range 2 {
			storetest.Send(t, s, mours, items...)
		}
	})
}
