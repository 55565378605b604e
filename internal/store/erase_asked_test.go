package store_test

import (
	"sync"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// A card that is asked for by itself while the libraries to be asked are counted is not handed over either.
func TestACardAskedForWhileItIsErasedIsNotHandedOver(t *testing.T) {
	t.Parallel()
	database := storetest.PostgresDatabase(t)
	s := storetest.Open(t, database)
	mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
	storetest.Send(t, s, mours, storetest.Card("A1"))
	item, _, err := s.CardByOAIID(ctx, oaiIDOf(t, s, "A1"))
	must(t, err)
	waits := func(want int, ended func() bool) {
		for waiting := 0; waiting < want && !ended(); {
			must(t, s.Read(ctx, &waiting, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"))
		}
	}
	var erasing sync.WaitGroup
	asked := make(chan error, 1)
	holding, err := store.Open(ctx, store.Options{Database: database, Secret: storetest.Secret, AtCommit: func(done bool) error {
		if done {
			return nil
		}
		// The clock is held, for which the erasure waits once it knows whom to ask.
		erasing.Go(func() { wantAskedToErase(t, s, "A1", "[mours]") })
		waits(1, func() bool { return false })
		go func() { asked <- s.NoteAsked(ctx, peyrins.ID, item) }()
		waits(2, func() bool { return len(asked) > 0 })
		return nil
	}})
	must(t, err)
	defer func() { must(t, holding.Close()) }()
	_, err = holding.CloseSecond(ctx)
	must(t, err)
	erasing.Wait()
	if err := <-asked; cards.CodeOf(err) != cards.NotFound {
		t.Errorf("the card was handed over: %v", err)
	}
}
