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

// What the library took between its complete document's making and its arrival
// does not lack in it.
func TestWhatWasHandedAgainSinceIsNotMissing(t *testing.T) {
	later(t, func(t *testing.T, s *store.Store, wait func(time.Duration)) {
		mours := storetest.Library(t, s, "mours")
		monnaie := storetest.Library(t, s, "monnaie", withPush)
		storetest.Send(t, s, mours, storetest.Card("A1"), storetest.Card("A2"))
		feed, err := s.PushFeed(ctx, cards.FeedRange{LibraryID: monnaie.ID, Day: today, Limit: 10})
		if err != nil || len(feed) != 2 {
			t.Fatal(len(feed), err)
		}
		refused := []cards.Refusal{{CardID: feed[1].CardID, Reason: cards.Quote("nom trop long")}}
		must(t, s.SettlePush(ctx, monnaie.ID, feed[1].Seq, feed[:1], refused))
		wait(time.Minute)
		made, err := s.Now(ctx)
		must(t, err)
		wait(time.Minute)
		due, err := s.HandAgainDue(ctx, monnaie.ID, today, 10)
		if err != nil || len(due) != 1 {
			t.Fatal(due, err)
		}
		must(t, s.SettlePush(ctx, monnaie.ID, 0, []cards.FeedItem{due[0].FeedItem}, nil))
		completeItems(t, s, monnaie, made, itemsOf(storetest.Card("A1"))...)
		if status, err := s.LibraryStatus(ctx, "monnaie"); err != nil || status.Again != 0 {
			t.Errorf("what it took since is handed again: %d, %v", status.Again, err)
		}
	})
}

// A hub that lost a complete document to another one while it was at its end
// hands over nothing: the cards the document held are known no more.
func TestNothingIsMissingFromADocumentThatEnded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"), storetest.Card("A2"))
		settle(t, s)
		fetch(t, s, peyrins, 0)
		complete := func() int64 {
			id := deposit(t, s, peyrins, cards.DoorPost)
			items := itemsOf(storetest.Card("A1"), storetest.Card("A2"))
			_, err := s.Apply(ctx, cards.Batch{Library: peyrins, Deposit: id, Complete: true, Moment: cards.Moment{Arrived: time.Now()}, Items: items})
			must(t, err)
			must(t, s.HandMissing(ctx, id))
			must(t, s.FinishDeposit(ctx, id, cards.Integrated, nil))
			return id
		}
		lost, last := complete(), complete()
		must(t, s.HandMissing(ctx, lost))
		status, err := s.LibraryStatus(ctx, "peyrins")
		if err != nil || status.Again != 0 || status.Drift == nil || status.Drift.Deposit != last || status.Drift.Held != 2 {
			t.Errorf("%d are handed again, drift %+v, %v", status.Again, status.Drift, err)
		}
	})
}

// A library does not hold what its complete document lacks, though somebody has
// changed the card since it was handed: what its desk enters anew, without having
// seen it, replaces nothing in silence.
func TestWhatIsMissingIsNotHeldThoughItWasChangedSince(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("LOST"))
		settle(t, s)
		fetch(t, s, peyrins, 0)
		storetest.Send(t, s, mours, storetest.Card("LOST", func(c *cards.Card) { c.FirstName = "Zoé" }), storetest.Card("NEW"))
		completeItems(t, s, peyrins, time.Now(), itemsOf(storetest.Card("HELD"))...)
		if status, err := s.LibraryStatus(ctx, "peyrins"); err != nil || status.Again != 1 || status.Behind != 2 {
			t.Errorf("%d are handed again, %d are behind, %v", status.Again, status.Behind, err)
		}
		storetest.Send(t, s, peyrins, withPhone(storetest.Card("LOST"), "06 11 11 11 11"))
		if rows := notesOf(t, s, "telephone"); len(rows) != 1 || rows[0].Kind != string(cards.NoteConflict) {
			t.Errorf("%+v", rows)
		}
	})
}
