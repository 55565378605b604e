package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// A library that leaves has documents that wait and documents that staff were
// asked about: they end, are asked about no more, and an erased card in one is
// not kept.
func TestWhatALibraryThatLeftHadGivenEnds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, goneCard(goneNumber), storetest.Card("A1"))
		waits, held, worked := deposit(t, s, peyrins, cards.DoorPost), suspended(t, s, peyrins, cards.DoorPost), deposit(t, s, peyrins, cards.DoorPost)
		for _, id := range []int64{waits, worked} {
			must(t, s.AppendPiece(ctx, id, 0, []byte("<cartes>"+goneXML(goneNumber)+"</cartes>")))
			must(t, s.SealDeposit(ctx, id, 9))
		}
		_, err := s.ClaimDeposit(ctx, worked, "somebody", time.Minute)
		must(t, err)
		must(t, s.RemoveLibrary(ctx, peyrins.ID))
		e, err := s.Erase(ctx, goneNumber, "anne")
		must(t, err)
		must(t, s.TakeUp(ctx))
		if e, err = s.Erasure(ctx, e.ID); err != nil || e.Finished.IsZero() {
			t.Fatalf("the erasure is not finished: %v", err)
		}
		for id, want := range map[int64]cards.DepositStatus{waits: cards.Refused, held: cards.Refused, worked: cards.Received} {
			d := depositOf(t, s, id)
			if d.Status != want || d.Finished.IsZero() != (want == cards.Received) || d.Counts != (cards.Counts{}) {
				t.Errorf("deposit %d: %+v", id, d)
			}
		}
		if d := depositOf(t, s, waits); d.Kept {
			t.Error("the erased card's document is still kept")
		}
		view, err := s.View(ctx)
		must(t, err)
		if queued, err := s.Queued(ctx); err != nil || queued != 1 || len(view.Suspended) != 0 {
			t.Errorf("%d wait, %d are asked about, %v", queued, len(view.Suspended), err)
		}
		must(t, s.Purge(ctx, -time.Hour))
		if d := depositOf(t, s, held); d.Kept {
			t.Error("what was not decided is kept for ever")
		}

		_, err = s.ClaimDeposit(ctx, worked, "somebody", -time.Minute) // given back
		must(t, err)
		must(t, s.TakeUp(ctx))
		if d := depositOf(t, s, worked); d.Status != cards.Refused || d.Kept {
			t.Errorf("what was worked at when it left: %+v", d)
		}
	})
}

// Whoever takes a library out is told that it could not be done only where it was not: by the API its export is cut off then,
// and nobody has another.
func TestALibraryIsOutOrItIsToldThatItIsNot(t *testing.T) {
	for name, failing := range map[string]int{"at its commit": 1, "behind it": 2} {
		t.Run(name, func(t *testing.T) {
			databases(t, func(t *testing.T, database string) {
				left := -1
				s, err := store.Open(ctx, store.Options{Database: database, Secret: storetest.Secret, AtCommit: func(done bool) error {
					if done || left < 0 {
						return nil
					}
					if left--; left == 0 {
						return errors.New("the database is away")
					}
					return nil
				}})
				must(t, err)
				defer func() { must(t, s.Close()) }()
				peyrins := storetest.Library(t, s, "peyrins")
				must(t, s.SyncJobs(ctx, []cards.Job{{Kind: cards.JobDeposits, Schedule: "@every 1m", NextRun: time.Now().Add(time.Hour)}}))
				left = failing
				removed := s.RemoveLibrary(ctx, peyrins.ID)
				left = -1
				_, err = s.Library(ctx, "peyrins")
				if gone := cards.CodeOf(err) == cards.NotFound; gone != (removed == nil) {
					t.Errorf("it is out: %t, and its removal says %v", gone, removed)
				}
				job, err := s.Job(ctx, cards.JobDeposits, cards.HubID)
				must(t, err)
				if woken := job.Wakes > 0; woken != (removed == nil) {
					t.Errorf("what ends its documents is woken: %t, and its removal says %v", woken, removed)
				}
			})
		})
	}
}
