package store_test

import (
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// A document of a library that arrives while its very first push ends waits for it, as it does for every later one: it has to
// know what the library was handed.
func TestADocumentWaitsForTheFirstPush(t *testing.T) {
	t.Parallel()
	database := storetest.PostgresDatabase(t)
	s := storetest.Open(t, database)
	mours, peyrins := storetest.Library(t, s, "mours", withPush), storetest.Library(t, s, "peyrins")
	storetest.Send(t, s, peyrins, storetest.Card("A1"))
	applied, ending := make(chan error, 1), false
	meanwhile := func(done bool) error {
		if done || !ending {
			return nil
		}
		ending = false
		go func() {
			_, err := s.Apply(ctx, cards.Batch{Library: mours, Door: cards.DoorImport, Moment: cards.Moment{Arrived: time.Now()}, Items: itemsOf(storetest.Card("A1"))})
			applied <- err
		}()
		for waiting := 0; waiting == 0; {
			must(t, s.Read(ctx, &waiting, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"))
			if len(applied) > 0 {
				t.Error("the document did not wait")
				return nil
			}
		}
		return nil
	}
	pushing, err := store.Open(ctx, store.Options{Database: database, Secret: storetest.Secret, AtCommit: meanwhile})
	must(t, err)
	defer func() { must(t, pushing.Close()) }()
	items, err := pushing.PushFeed(ctx, cards.FeedRange{LibraryID: mours.ID, Day: "2024-01-01", Limit: 9})
	if err != nil || len(items) != 1 {
		t.Fatal(items, err)
	}
	ending = true
	must(t, pushing.SettlePush(ctx, mours.ID, items[0].Seq, items, nil))
	must(t, <-applied)
}
