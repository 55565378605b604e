package store_test

import (
	"sync"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// Libraries bring the same new cards at once, in documents that overlap, some
// under numbers that replace others: each card is there once, no batch fails,
// and no number leads astray.
func TestNewCardsThatManyBringAtOnceAreThereOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const rounds, numbers = 12, 8
		var libs []*cards.Library
		for _, code := range []string{"mours", "peyrins", "romans", "genissieux"} {
			libs = append(libs, storetest.Library(t, s, code))
		}
		for round := range rounds {
			var all sync.WaitGroup
			for i, l := range libs {
				all.Go(func() {
					b := cards.Batch{Library: l, Door: cards.DoorPost, Moment: cards.Moment{Arrived: time.Now()}}
					for n := range numbers {
						in := storetest.Card(numbered(round, (n+i)%numbers)) // each in another order
						if i == 3 && n == 0 {                                // says so of one that may not be there yet
							in.Former, in.Given = []string{numbered(round, 100)}, in.Given.With(cards.FormerNumbers)
						}
						if i == 2 && n == 1 {
							in = storetest.Card(numbered(round, 100))
						}
						b.Items = append(b.Items, cards.Item{Ordinal: n + 1, Incoming: in})
					}
					if _, err := s.Apply(ctx, b); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
		}
		count := func(query string) (n int64) {
			if err := s.Read(ctx, &n, query); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if n := count("SELECT count(*) FROM cards"); n != rounds*numbers {
			t.Errorf("%d cards, not %d", n, rounds*numbers)
		}
		if n := count("SELECT count(*) FROM former_numbers"); n != rounds {
			t.Errorf("%d numbers lead to others, not %d", n, rounds)
		}
		for what, query := range map[string]string{
			"a row that is no card's":             "SELECT count(*) FROM cards WHERE seq = 0",
			"a card without a name":               "SELECT count(*) FROM cards c WHERE NOT EXISTS (SELECT 1 FROM card_names n WHERE n.card_id = c.id)",
			"a card without its version":          "SELECT count(*) FROM cards c WHERE NOT EXISTS (SELECT 1 FROM versions v WHERE v.card_id = c.id AND v.seq = c.seq)",
			"a number of two cards":               "SELECT count(*) FROM former_numbers f WHERE EXISTS (SELECT 1 FROM cards c WHERE c.number_key = f.number_key)",
			"a card nobody is noted to have sent": "SELECT count(*) FROM cards c WHERE NOT EXISTS (SELECT 1 FROM sent t WHERE t.card_id = c.id)",
		} {
			if n := count(query); n != 0 {
				t.Errorf("%s: %d", what, n)
			}
		}
	})
}

func numbered(round, n int) string {
	return "26" + string(rune('A'+round)) + string(rune('a'+n%26)) + string(rune('0'+n/26))
}
