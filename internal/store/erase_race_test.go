package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// Writers who send a card, a push that is refused and a delivery of everything
// go on while the card is erased: none fails, none brings it back.
func TestCardErasedAmongWritersStaysErased(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		monnaie := storetest.Library(t, s, "monnaie", withPush)
		var busy sync.WaitGroup
		stop := make(chan struct{})
		work := func(do func(round int) error) {
			busy.Go(func() {
				for round := 0; ; round++ {
					select {
					case <-stop:
						return
					default:
					}
					if err := do(round); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		for i := range 10 {
			number := fmt.Sprintf("A%d", i)
			storetest.Send(t, s, mours, storetest.Card(number))
		}
		for w := range 3 {
			work(func(round int) error {
				b := cards.Batch{Library: mours, Door: cards.DoorPost, Moment: cards.Moment{Arrived: time.Now()}}
				for i := range 10 {
					in := storetest.Card(fmt.Sprintf("A%d", (i+w)%10), func(c *cards.Card) { c.Phone = fmt.Sprintf("04 75 %02d %04d", w, round) })
					b.Items = append(b.Items, cards.Item{Ordinal: i + 1, Incoming: in})
				}
				_, err := s.Apply(ctx, b)
				return err
			})
		}
		work(func(int) error {
			feed, err := s.PushFeed(ctx, cards.FeedRange{LibraryID: monnaie.ID, Day: "2026-01-01", Limit: 20})
			var refused []cards.Refusal
			for _, item := range feed {
				refused = append(refused, cards.Refusal{CardID: item.CardID, Reason: cards.Quote("non")})
			}
			if err == nil {
				err = s.SettlePush(ctx, monnaie.ID, 0, nil, refused)
			}
			return err
		})
		work(func(int) error {
			_, err := s.DeliverAgain(ctx, monnaie.ID, "Claire")
			return err
		})
		for i := range 5 {
			if _, err := s.Erase(ctx, fmt.Sprintf("A%d", i), "Claire"); err != nil {
				t.Error(err)
			}
		}
		close(stop)
		busy.Wait()
		var left []string
		if err := s.Read(ctx, &left, "SELECT number FROM cards ORDER BY number"); err != nil || fmt.Sprint(left) != "[A5 A6 A7 A8 A9]" {
			t.Errorf("left are %v, %v", left, err)
		}
	})
}
