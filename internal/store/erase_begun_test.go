package store_test

import (
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// Who is not asked to erase a card because nothing is on the way to them is handed nothing until it is gone: a push or a
// list that begins just then would still find it.
func TestWhatBeginsWhileACardIsErasedWaitsUntilItIsGone(t *testing.T) {
	t.Parallel()
	database := storetest.PostgresDatabase(t)
	s := storetest.Open(t, database)
	mours := storetest.Library(t, s, "mours")
	monnaie, peyrins := storetest.Library(t, s, "monnaie", withPush), storetest.Library(t, s, "peyrins")
	var begin func() error
	begun := make(chan error, 1)
	erasing, err := store.Open(ctx, store.Options{Database: database, Secret: storetest.Secret, AtCommit: func(done bool) error {
		if done || begin == nil {
			return nil
		}
		go func(begin func() error) { begun <- begin() }(begin)
		begin = nil
		for waiting := 0; waiting == 0; {
			must(t, s.Read(ctx, &waiting, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"))
			if len(begun) > 0 {
				t.Error("what began did not wait")
				return nil
			}
		}
		return nil
	}})
	must(t, err)
	defer func() { must(t, erasing.Close()) }()
	var seen int64
	for _, c := range []struct {
		number string
		begin  func() error
	}{
		{"A1", func() error { return s.BeginList(ctx, cards.List{LibraryID: peyrins.ID, UpperSeq: 1}) }},
		{"A2", func() (err error) {
			_, seen, err = s.BeginPush(ctx, cards.Run{LibraryID: monnaie.ID, Job: cards.JobPush, Started: time.Now()})
			return err
		}},
	} {
		storetest.Send(t, s, mours, storetest.Card(c.number))
		begin = c.begin
		wantAskedToErase(t, erasing, c.number, "[mours]")
		must(t, <-begun)
	}
	if seen == 0 {
		t.Error("a push that waited for the erasure is not told of it")
	}
}
