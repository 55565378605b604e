package store_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// However many documents come in or lists begin at once, who only reads finds a connection: what waits for the clock does not
// take them all.
func TestManyThatWaitForTheClockLeaveRoomToRead(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(s *store.Store, l *cards.Library) error{
		"documents": func(s *store.Store, l *cards.Library) error {
			_, err := s.Apply(ctx, cards.Batch{Library: l, Door: cards.DoorPost, Items: []cards.Item{{Incoming: storetest.Card("C" + l.Code)}}})
			return err
		},
		"lists": func(s *store.Store, _ *cards.Library) error {
			_, err := s.CloseSecond(ctx)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); whileTheClockIsHeld(t, do) })
	}
}

// whileTheClockIsHeld has many libraries do something that needs the clock, and reads beside them.
func whileTheClockIsHeld(t *testing.T, do func(s *store.Store, l *cards.Library) error) {
	const many, reads = 40, 100
	database := storetest.PostgresDatabase(t)
	s := storetest.Open(t, database)
	var libraries []*cards.Library
	for i := range many {
		libraries = append(libraries, storetest.Library(t, s, fmt.Sprintf("bib-%d", i)))
	}
	var began atomic.Int64
	did := make(chan error, many)
	crowd := func() {
		for _, l := range libraries {
			go func() {
				began.Add(1)
				did <- do(s, l)
			}()
		}
		within, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		for n := 0; n < reads || began.Load() < many; n++ {
			if _, err := s.Libraries(within); err != nil {
				t.Errorf("after %d looks at the libraries beside %d others: %v", n, many, err)
				return
			}
		}
	}
	held := false
	holder, err := store.Open(ctx, store.Options{Database: database, Secret: storetest.Secret, AtCommit: func(done bool) error {
		if !done && held {
			held = false
			crowd()
		}
		return nil
	}})
	must(t, err)
	defer func() { must(t, holder.Close()) }()
	held = true
	storetest.Send(t, holder, libraries[0], storetest.Card("A1"))
	for range many {
		must(t, <-did)
	}
}
