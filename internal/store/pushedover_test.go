package store_test

import (
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// What a library changed itself after the cards it is sent were read is handed back to it, and
// nothing else: neither what others changed, which comes by its feed, nor what it was not sent.
func TestWhatALibraryChangesWhileItIsSentCardsIsHandedBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, monnaie := storetest.Library(t, s, "mours"), storetest.Library(t, s, "monnaie", withPush)
		give := func(l *cards.Library, phone string, list ...string) {
			t.Helper()
			for _, number := range list {
				if o := storetest.Send(t, s, l, storetest.Card(number, func(c *cards.Card) { c.Phone = phone })); o[0].Result != cards.Created && o[0].Result != cards.Modified {
					t.Fatalf("%s: %+v", l.Code, o)
				}
			}
		}
		owed := func() []cards.FeedItem {
			work, err := s.PushWork(ctx, cards.PushQuery{LibraryID: monnaie.ID, Place: time.UTC, Limit: 99})
			if err != nil {
				t.Fatal(err)
			}
			return work.Feed
		}
		again := func() (items []cards.FeedItem) {
			list, err := s.HandAgainDue(ctx, monnaie.ID, time.Now().Format(time.DateOnly), 99)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range list {
				items = append(items, row.FeedItem)
			}
			return items
		}
		settle := func(upper int64, delivered []cards.FeedItem) {
			t.Helper()
			if err := s.SettlePush(ctx, monnaie.ID, upper, delivered, nil); err != nil {
				t.Fatal(err)
			}
		}
		give(mours, "04 75 00 00 01", "A1", "A2", "A3", "A4", "A5")
		first := owed()
		settle(first[4].Seq, first)
		give(mours, "04 75 00 00 02", "A1", "A2", "A3")

		sent := owed()
		if numbers(sent) != "[A1 A2 A3]" {
			t.Fatal(numbers(sent))
		}
		give(monnaie, "04 75 00 00 03", "A2", "A4")
		give(mours, "04 75 00 00 04", "A3", "A5")
		settle(sent[2].Seq, sent)
		back := again()
		if numbers(back) != "[A2]" || back[0].Origin != monnaie.ID {
			t.Fatalf("handed back: %+v", back)
		}

		settle(0, append(back, sent[0])) // which was read before that change
		if last := again(); len(last) > 0 {
			t.Errorf("handed back without end: %+v", last)
		}
		if left := owed(); numbers(left) != "[A3 A5]" {
			t.Errorf("by the feed: %v", numbers(left))
		}
	})
}
