package store_test

import (
	"context"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// simulated makes a simulation that came to its end.
func simulated(t *testing.T, s *store.Store, l *cards.Library, door cards.Door, status cards.DepositStatus) int64 {
	t.Helper()
	id, err := s.CreateDeposit(ctx, cards.Deposit{LibraryID: l.ID, Door: door, Name: "adherents.xml", Simulate: true, Arrived: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.AppendPiece(ctx, id, 0, []byte("<cartes/>")); err != nil {
		t.Fatal(err)
	}
	if err := s.SealDeposit(ctx, id, 9); err != nil {
		t.Fatal(err)
	}
	if err := s.FinishDeposit(ctx, id, status, nil); err != nil {
		t.Fatal(err)
	}
	return id
}

func TestASimulatedFileIsIntegratedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := storetest.Library(t, s, "mours")
		id := simulated(t, s, l, cards.DoorImport, cards.Simulated)
		first, err := s.Deposit(ctx, id)
		if err != nil || !first.Kept {
			t.Fatalf("%+v, %v", first, err)
		}
		made, err := s.IntegrateSimulated(ctx, id)
		if err != nil || made.Simulate || made.Status != cards.Received || made.RetryOf != id || !made.Arrived.Equal(first.Arrived) || made.Name != first.Name {
			t.Fatalf("%+v, %v", made, err)
		}
		bytes, err := s.DocumentOf(ctx, made.ID)
		if err != nil {
			t.Fatal(err)
		}
		if document, err := io.ReadAll(bytes); err != nil || string(document) != "<cartes/>" {
			t.Errorf("%q, %v", document, err)
		}
		if ids, err := s.UnfinishedDeposits(ctx, made.LibraryID, 0, 9); err != nil || len(ids) != 1 || ids[0] != made.ID {
			t.Errorf("%v, %v", ids, err)
		}
		if _, err := s.IntegrateSimulated(ctx, id); cards.CodeOf(err) != cards.Conflict || !strings.Contains(err.Error(), "déjà") {
			t.Errorf("twice: %v", err)
		}
	})
}

func TestWhatCannotBeIntegratedForReal(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, gone := storetest.Library(t, s, "mours"), storetest.Library(t, s, "gone")
		left := simulated(t, s, gone, cards.DoorImport, cards.Simulated)
		if err := s.RemoveLibrary(ctx, gone.ID); err != nil {
			t.Fatal(err)
		}
		purged := simulated(t, s, mours, cards.DoorImport, cards.Simulated)
		if err := s.Exec(ctx, "UPDATE deposits SET finished = 1 WHERE id = ?", purged); err != nil {
			t.Fatal(err)
		}
		if err := s.Purge(ctx, time.Hour); err != nil {
			t.Fatal(err)
		}
		for what, id := range map[string]int64{
			"of a library that left": left, "past its keeping time": purged, "not simulated": deposit(t, s, mours, cards.DoorImport),
			"of a library's own": simulated(t, s, mours, cards.DoorPost, cards.Simulated), "refused as a whole": simulated(t, s, mours, cards.DoorImport, cards.Refused),
		} {
			if _, err := s.IntegrateSimulated(ctx, id); cards.CodeOf(err) != cards.Conflict {
				t.Errorf("%s: %v", what, err)
			}
			if n, err := s.PieceCount(ctx, id); err != nil || n != 0 && id != left {
				t.Errorf("%s: %d pieces kept, %v", what, n, err)
			}
		}
		if _, err := s.IntegrateSimulated(ctx, 999); cards.CodeOf(err) != cards.NotFound {
			t.Error(err)
		}
	})
}

func TestErasuresWaitForTheirConfirmations(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		for _, number := range []string{"A1", "A2", "A3"} {
			storetest.Send(t, s, mours, storetest.Card(number))
			storetest.Send(t, s, peyrins, storetest.Card(number))
			if _, err := s.Erase(ctx, number, "Claire"); err != nil {
				t.Fatal(err)
			}
		}
		confirm := func(id int64, libraries ...string) {
			for _, code := range libraries {
				if err := s.ConfirmErasure(ctx, id, code, "Claire"); err != nil {
					t.Fatal(err)
				}
			}
		}
		confirm(1, "mours")
		confirm(2, "mours", "peyrins")
		list, err := s.UnconfirmedErasures(ctx, 0, 9)
		if err != nil || len(list) != 2 || list[0].ID != 3 || list[1].ID != 1 || list[1].Confirmed() != 1 {
			t.Errorf("%+v, %v", list, err)
		}
		if list, err := s.UnconfirmedErasures(ctx, 3, 9); err != nil || len(list) != 1 {
			t.Errorf("%+v, %v", list, err)
		}
		if w, err := s.Waiting(ctx); err != nil || w.Erasures != 2 {
			t.Errorf("%+v, %v", w, err)
		}
	})
}

// Of several persons who try a document again, or integrate a simulated one, at
// the same moment, one does so.
func TestADocumentIsTriedAgainByOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		for name, way := range map[string]struct {
			simulate bool
			status   cards.DepositStatus
			try      func(context.Context, int64) (*cards.Deposit, error)
		}{
			"again":    {false, cards.Refused, s.RetryDeposit},
			"for real": {true, cards.Simulated, s.IntegrateSimulated},
		} {
			for range 5 {
				d, err := s.StoreDeposit(ctx, cards.Deposit{LibraryID: mours.ID, Door: cards.DoorImport, Simulate: way.simulate, Arrived: time.Now()}, []byte("<cartes/>"), "", 0)
				if err != nil {
					t.Fatal(err)
				}
				if err := s.FinishDeposit(ctx, d.ID, way.status, nil); err != nil {
					t.Fatal(err)
				}
				var made atomic.Int64
				var all sync.WaitGroup
				for range 8 {
					all.Go(func() {
						_, err := way.try(ctx, d.ID)
						switch {
						case err == nil:
							made.Add(1)
						case cards.CodeOf(err) != cards.Conflict:
							t.Error(err)
						}
					})
				}
				all.Wait()
				if made.Load() != 1 {
					t.Errorf("%s: %d times at once", name, made.Load())
				}
			}
		}
	})
}
