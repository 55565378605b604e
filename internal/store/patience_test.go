package store_test

import (
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/pgtest"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// A hub that is gone in the middle of a transaction does not keep its locks
// from the others: the server ends what says nothing more.
func TestATransactionThatFallsSilentIsEnded(t *testing.T) {
	t.Parallel()
	const silence = 300 * time.Millisecond
	asleep := false
	s, err := store.Open(ctx, store.Options{Database: pgtest.URL(t), Secret: storetest.Secret, Silence: silence, AtCommit: func(done bool) error {
		if asleep && !done {
			time.Sleep(4 * silence)
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	mours := storetest.Library(t, s, "mours")
	asleep = true
	if err := s.PauseLibrary(ctx, mours.ID, cards.Quote("essai")); cards.CodeOf(err) != cards.Unavailable {
		t.Errorf("a transaction that fell silent came to its end: %v", err)
	}
	asleep = false
	if l, err := s.LibraryByID(ctx, mours.ID); err != nil || l.Paused {
		t.Errorf("after it: %+v, %v", l, err)
	}
}
