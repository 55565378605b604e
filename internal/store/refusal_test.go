package store_test

import (
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// A report names one card twice, in two writings: it counts once.
func TestCardRefusedTwiceInOneReport(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		refused := []cards.NumberRefusal{{Number: "A1", Reason: cards.Quote("une")}, {Number: "a1", Reason: cards.Quote("deux")}}
		if err := s.ConfirmPull(ctx, peyrins.ID, cards.Confirmation{Refused: refused}); err != nil {
			t.Fatal(err)
		}
		var rows []struct {
			Reason   string
			Attempts int
		}
		if err := s.Read(ctx, &rows, "SELECT reason, attempts FROM hand_again"); err != nil || len(rows) != 1 || rows[0].Reason != "deux" || rows[0].Attempts != 1 {
			t.Errorf("%+v, %v", rows, err)
		}
	})
}

// A card a library that fetches refuses, again and again, is handed to it each
// time it comes back, until it takes it.
func TestRefusedCardComesBackToOneWhoFetches(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		settle(t, s)
		_, stamp := fetch(t, s, peyrins, 0)
		for round := range 3 {
			err := s.ConfirmPull(ctx, peyrins.ID, cards.Confirmation{Refused: []cards.NumberRefusal{{Number: "A1", Reason: cards.Quote("commune inconnue")}}})
			if err != nil {
				t.Fatal(err)
			}
			if status, err := s.LibraryStatus(ctx, "peyrins"); err != nil || status.Behind != 1 || status.Again != 1 {
				t.Errorf("round %d: behind %d, again %d, %v", round, status.Behind, status.Again, err)
			}
			settle(t, s)
			var items []cards.FeedItem
			if items, stamp = fetch(t, s, peyrins, stamp+1); numbers(items) != "[A1]" {
				t.Fatalf("round %d: %s", round, numbers(items))
			}
		}
		settle(t, s)
		if items, _ := fetch(t, s, peyrins, stamp+1); len(items) != 0 {
			t.Errorf("taken, and handed once more: %s", numbers(items))
		}
		if status, err := s.LibraryStatus(ctx, "peyrins"); err != nil || status.Behind != 0 || status.Again != 0 {
			t.Errorf("behind %d, again %d, %v", status.Behind, status.Again, err)
		}
	})
}

// The wait doubles with each refusal, up to six hours.
func TestRefusedCardWaitsLongerEachTime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, monnaie := storetest.Library(t, s, "mours"), storetest.Library(t, s, "monnaie", withPush)
		storetest.Send(t, s, mours, storetest.Card("A1"))
		feed, err := s.PushFeed(ctx, cards.FeedRange{LibraryID: monnaie.ID, Day: "2026-01-01", Limit: 1})
		if err != nil || len(feed) != 1 {
			t.Fatal(feed, err)
		}
		for _, want := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute,
			32 * time.Minute, 64 * time.Minute, 128 * time.Minute, 256 * time.Minute, 6 * time.Hour, 6 * time.Hour} {
			if err := s.SettlePush(ctx, monnaie.ID, 0, nil, []cards.Refusal{{CardID: feed[0].CardID, Reason: cards.Quote("non")}}); err != nil {
				t.Fatal(err)
			}
			next, err := s.NextHandAgain(ctx, monnaie.ID)
			if wait := time.Until(next); err != nil || wait > want || wait < want-20*time.Second {
				t.Fatalf("waits %v, want %v, %v", wait, want, err)
			}
		}
	})
}

// A card that waits and then expires is sent no more: it must not wake the
// push for ever either.
func TestExpiredCardWakesNoPush(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, monnaie := storetest.Library(t, s, "mours"), storetest.Library(t, s, "monnaie", withPush)
		storetest.Send(t, s, mours, storetest.Card("A1"))
		if err := s.SettlePush(ctx, monnaie.ID, 1, nil, []cards.Refusal{{CardID: 1, Reason: cards.Quote("non")}}); err != nil {
			t.Fatal(err)
		}
		if err := s.Exec(ctx, "UPDATE cards SET ends = '2026-01-01', listed_until = '2026-01-01'"); err != nil { // as time does
			t.Fatal(err)
		}
		if next, err := s.NextHandAgain(ctx, monnaie.ID); err != nil || !next.IsZero() {
			t.Errorf("awaited at %v, %v", next, err)
		}
	})
}

// What a library's system refused it does not hold: an empty field it sends
// does not clear what it was never able to take.
func TestRefusedVersionIsNotHeld(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, monnaie := storetest.Library(t, s, "mours"), storetest.Library(t, s, "monnaie", withPush)
		bare := storetest.Card("A1", func(c *cards.Card) { c.Phone = "" })
		storetest.Send(t, s, mours, bare)
		feed, _ := s.PushFeed(ctx, cards.FeedRange{LibraryID: monnaie.ID, Day: "2026-01-01", Limit: 9})
		if err := s.SettlePush(ctx, monnaie.ID, feed[0].Seq, feed, nil); err != nil {
			t.Fatal(err)
		}
		storetest.Send(t, s, mours, storetest.Card("A1"))
		feed, _ = s.PushFeed(ctx, cards.FeedRange{LibraryID: monnaie.ID, After: feed[0].Seq, Day: "2026-01-01", Limit: 9})
		if err := s.SettlePush(ctx, monnaie.ID, feed[0].Seq, nil, []cards.Refusal{{CardID: feed[0].CardID, Reason: cards.Quote("non")}}); err != nil {
			t.Fatal(err)
		}
		if out := storetest.Send(t, s, monnaie, bare); out[0].Result != cards.Unchanged {
			t.Errorf("%s: a phone its system refused was cleared by it", out[0].Result)
		}
	})
}

// Nor is it known there once it was fetched again, until that is over: its system may refuse it again. What its desk types
// over it is typed without knowing what stands. Another card is known all the same.
func TestARefusedCardIsNotKnownWhereItWasFetchedAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"), storetest.Card("B1"))
		settle(t, s)
		_, stamp := fetch(t, s, peyrins, 0)
		must(t, s.ConfirmPull(ctx, peyrins.ID, cards.Confirmation{Refused: []cards.NumberRefusal{{Number: "A1", Reason: cards.Quote("commune inconnue")}}}))
		settle(t, s)
		if items, _ := fetch(t, s, peyrins, stamp+1); numbers(items) != "[A1]" {
			t.Fatal(numbers(items))
		}
		storetest.Send(t, s, peyrins, withPhone(storetest.Card("B1"), "04 75 00 00 02"))
		wantWaiting(t, s, cards.Waiting{})
		storetest.Send(t, s, peyrins, withPhone(storetest.Card("A1"), "04 75 00 00 02"))
		wantWaiting(t, s, cards.Waiting{Disputes: 1})
	})
}

// dueAgain are the cards a library is to be handed again now.
func dueAgain(t *testing.T, s *store.Store, l *cards.Library) (items []cards.FeedItem) {
	t.Helper()
	again, err := s.HandAgainDue(ctx, l.ID, today, 10)
	must(t, err)
	for _, a := range again {
		items = append(items, a.FeedItem)
	}
	return items
}

// A card that was entered anew while it was under way waits on, whatever else was delivered with it.
func TestWhatIsEnteredAnewWhileItIsUnderWayWaitsOn(t *testing.T) {
	later(t, func(t *testing.T, s *store.Store, wait func(time.Duration)) {
		mours, monnaie := storetest.Library(t, s, "mours"), storetest.Library(t, s, "monnaie", withPush)
		storetest.Send(t, s, mours, storetest.Card("A1"), storetest.Card("A2"))
		feed, err := s.PushFeed(ctx, cards.FeedRange{LibraryID: monnaie.ID, Day: today, Limit: 10})
		must(t, err)
		refuse := func(upper int64, items ...cards.FeedItem) {
			var refused []cards.Refusal
			for _, item := range items {
				refused = append(refused, cards.Refusal{CardID: item.CardID, Reason: cards.Quote("nom trop long")})
			}
			must(t, s.SettlePush(ctx, monnaie.ID, upper, nil, refused))
			wait(time.Hour)
		}
		due := func() []cards.FeedItem { return dueAgain(t, s, monnaie) }
		refuse(feed[1].Seq, feed...)
		underWay := due()
		if len(underWay) != 2 {
			t.Fatal(underWay)
		}
		refuse(0, underWay[0])
		refuse(0, underWay[1])
		both := due()
		must(t, s.SettlePush(ctx, monnaie.ID, 0, []cards.FeedItem{underWay[0], both[1]}, nil))
		if left := due(); len(left) != 1 || left[0].CardID != underWay[0].CardID {
			t.Errorf("of %+v waits %+v", both, left)
		}
	})
}
