package push_test

import (
	"context"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/push"
	"github.com/carte-reseau/hub/internal/sigb"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// beginning is a store in which something happens just before a run is entered.
type beginning struct {
	*store.Store
	before func()
}

// BeginPush enters it.
func (b *beginning) BeginPush(ctx context.Context, run cards.Run) (id, erased int64, err error) {
	b.before()
	return b.Store.BeginPush(ctx, run)
}

// A card may be erased after a push has read its page, and before it has entered its run: nobody asks the library to erase
// it, so it is not sent.
func TestACardErasedBeforeTheRunIsEnteredIsNotPushed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		sys, srv := system(t)
		b := &bench{T: t, store: s, log: new(lockedBuffer)}
		b.giver = storetest.Library(t, s, "mours")
		b.lib = storetest.Library(t, s, "monnaie", func(l *cards.Library) {
			l.PushURL, l.ILSUser, l.ILSPassword = srv.URL(sigb.REST), "reseau", password
		})
		b.give(1, 3)
		erase := func() {
			erasure, err := s.Erase(t.Context(), number(2), "Claire")
			if err != nil || len(erasure.Letters) != 1 || erasure.Letters[0].Library != "mours" {
				t.Errorf("%v; asked to erase it: %+v", err, erasure.Letters)
			}
		}
		pusher, err := push.New(&beginning{s, erase}, push.Options{HubCode: "reseau"})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(pusher.Close)
		if run, err := pusher.Push(t.Context(), b.lib); err != nil || run.Counts.Created != 2 || !run.OK {
			t.Errorf("run %+v, %v", run, err)
		}
		if _, sent := sys.Patron(number(2)); sent || sys.Len() != 2 {
			t.Errorf("its system holds %d cards, the erased one: %t", sys.Len(), sent)
		}
		b.settled(0, 0)
	})
}
