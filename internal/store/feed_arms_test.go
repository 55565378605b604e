package store_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// A card stands in a list once, by its own seq or that of being handed again,
// whatever their order, whoever its origin is and wherever the bounds cut.
func TestCardStandsInAListOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		own, other := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, own, storetest.Card("A1"))
		const low, high = 10, 20
		for _, c := range []struct {
			origin     int64
			card, hand int64 // seqs; hand 0: not handed again
			want       int64 // the seq it is listed by; 0: not at all
		}{
			{other.ID, low, 0, low}, {cards.HubID, low, 0, low}, {own.ID, low, 0, 0},
			{other.ID, low, high, high}, {cards.HubID, low, high, high}, {own.ID, low, high, high},
			{other.ID, high, low, high}, {cards.HubID, high, low, high},
		} {
			place(t, s, own.ID, c.origin, c.card, c.hand)
			for after := int64(0); after <= 25; after += 5 {
				for upper := int64(5); upper <= 25; upper += 5 {
					r := cards.FeedRange{LibraryID: own.ID, After: after, Upper: upper, Day: "2026-01-01", Limit: 10}
					items, err := storetest.Feed(ctx, s, r)
					if err != nil {
						t.Fatal(err)
					}
					wanted := c.want > after && c.want <= upper
					if (len(items) == 1) != wanted || len(items) > 1 || wanted && (items[0].Seq != c.want || items[0].Stamp != c.want || items[0].Version != c.card) {
						t.Errorf("%+v after %d up to %d: %+v", c, after, upper, items)
					}
					if r.NoneAgain = true; c.hand == 0 {
						if quicker, err := storetest.Feed(ctx, s, r); err != nil || !reflect.DeepEqual(quicker, items) {
							t.Errorf("%+v after %d up to %d, nothing again: %+v, %v, want %+v", c, after, upper, quicker, err, items)
						}
					}
					// By stamp it is the same: each seq bears its own here.
					byStamp := cards.FeedRange{LibraryID: own.ID, From: after + 1, Until: upper, Day: "2026-01-01", Limit: 10}
					bound, size, err := s.ListBounds(ctx, byStamp)
					if err != nil || (size == 1) != wanted || bound > upper {
						t.Errorf("%+v from %d until %d: size %d, bound %d, %v", c, after+1, upper, size, bound, err)
					}
				}
			}
		}
	})
}

// place puts the one card, and its row of hand again, at given places.
func place(t *testing.T, s *store.Store, library, origin, card, hand int64) {
	t.Helper()
	for _, statement := range []string{
		fmt.Sprintf("UPDATE cards SET seq = %d, stamp = %d, origin = %d", card, card, origin),
		fmt.Sprintf("UPDATE versions SET seq = %d, stamp = %d, origin = %d", card, card, origin),
		"UPDATE clock SET seq = 30, stamp = 30, closed = 30",
		"DELETE FROM hand_again",
	} {
		if err := s.Exec(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
	if hand > 0 {
		if err := s.Exec(ctx, "INSERT INTO hand_again (library_id, card_id, seq, stamp, reason, attempts, due) SELECT ?, id, ?, ?, '', 0, 0 FROM cards", library, hand, hand); err != nil {
			t.Fatal(err)
		}
	}
}

// Pages of any size give the whole list, once, in order.
func TestPagesMakeTheList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		var all []cards.Incoming
		for n := range 12 {
			all = append(all, storetest.Card(fmt.Sprintf("A%02d", n)))
		}
		storetest.Send(t, s, mours, all...)
		var refused []cards.NumberRefusal
		for n := range 12 {
			if n%3 == 0 {
				refused = append(refused, cards.NumberRefusal{Number: fmt.Sprintf("A%02d", n)})
			}
		}
		if err := s.ConfirmPull(ctx, peyrins.ID, cards.Confirmation{Refused: refused}); err != nil {
			t.Fatal(err)
		}
		for limit := 1; limit <= 13; limit++ {
			r := cards.FeedRange{LibraryID: peyrins.ID, Day: "2026-01-01", Limit: limit}
			seen := map[string]bool{}
			for {
				page, err := storetest.Feed(ctx, s, r)
				if err != nil || len(page) > limit {
					t.Fatal(len(page), err)
				}
				for _, item := range page {
					if seen[item.Number] || item.Seq <= r.After {
						t.Fatalf("pages of %d: %s again, seq %d after %d", limit, item.Number, item.Seq, r.After)
					}
					seen[item.Number], r.After = true, item.Seq
				}
				if len(page) < limit {
					break
				}
			}
			if len(seen) != 12 {
				t.Errorf("pages of %d: %d cards", limit, len(seen))
			}
		}
	})
}

// A library that was removed and comes back under its code is another one: it
// is handed all there is, what it once sent included.
func TestLibraryThatComesBackIsNew(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		old, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, old, storetest.Card("A1"))
		settle(t, s)
		fetch(t, s, old, 0)
		refused := cards.Confirmation{Refused: []cards.NumberRefusal{{Number: "A1"}}}
		if err := s.ConfirmPull(ctx, old.ID, refused); err != nil {
			t.Fatal(err)
		}
		if err := s.RemoveLibrary(ctx, old.ID); err != nil {
			t.Fatal(err)
		}
		var left string
		err := s.Read(ctx, &left, "SELECT (SELECT count(*) FROM hand_again) || ' ' || (SELECT count(*) FROM marks WHERE library_id = ?)", old.ID)
		if err != nil || left != "0 0" {
			t.Errorf("left behind: %s, %v", left, err)
		}
		back := storetest.Library(t, s, "mours")
		if back.ID == old.ID {
			t.Fatal("the old library's number")
		}
		settle(t, s)
		for _, l := range []*cards.Library{back, peyrins} {
			if items, _ := fetch(t, s, l, 0); numbers(items) != "[A1]" {
				t.Errorf("%s: %s", l.Code, numbers(items))
			}
		}
		if codes, err := s.LibraryCodes(ctx); err != nil || codes[old.ID] != "mours" || codes[back.ID] != "mours" {
			t.Errorf("%v, %v", codes, err)
		}
		if out := storetest.Send(t, s, back, storetest.Card("A1")); out[0].Result != cards.Unchanged {
			t.Errorf("%+v", out[0])
		}
	})
}
