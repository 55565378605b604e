package store_test

import (
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// Only what came to its end goes, and only when its time has run out.
func TestPurgeKeepsWhatIsNotFinished(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		deposit := func(arrived time.Time) int64 {
			t.Helper()
			id, err := s.CreateDeposit(ctx, cards.Deposit{LibraryID: mours.ID, Door: cards.DoorPost, Arrived: arrived})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.AppendPiece(ctx, id, 0, []byte("<cartes/>")); err != nil {
				t.Fatal(err)
			}
			return id
		}
		pieces := func(id int64) int {
			t.Helper()
			n, err := s.PieceCount(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		waiting, finished := deposit(time.Now()), deposit(time.Now())
		brokenOff := deposit(time.Now().Add(-25 * time.Hour))
		for _, id := range []int64{waiting, finished} {
			if err := s.SealDeposit(ctx, id, 9); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.FinishDeposit(ctx, finished, cards.Integrated, nil); err != nil {
			t.Fatal(err)
		}
		if err := s.Purge(ctx, time.Hour); err != nil {
			t.Fatal(err)
		}
		if pieces(waiting) != 1 || pieces(finished) != 1 || pieces(brokenOff) != 0 {
			t.Errorf("after an hour: %d, %d, %d", pieces(waiting), pieces(finished), pieces(brokenOff))
		}
		if err := s.Purge(ctx, -time.Minute); err != nil {
			t.Fatal(err)
		}
		if pieces(waiting) != 1 || pieces(finished) != 0 {
			t.Errorf("when their time has run out: %d, %d", pieces(waiting), pieces(finished))
		}
		if d, err := s.Deposit(ctx, finished); err != nil || d.Status != cards.Integrated {
			t.Errorf("the record of a deposit goes with its bytes: %+v, %v", d, err)
		}
	})
}

// One thing that cannot be deleted keeps nothing else from it.
func TestPurgeGoesOn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		id, err := s.CreateDeposit(ctx, cards.Deposit{LibraryID: mours.ID, Door: cards.DoorPost, Arrived: time.Now()})
		must(t, err)
		must(t, s.AppendPiece(ctx, id, 0, []byte("<cartes/>")))
		must(t, s.SealDeposit(ctx, id, 9))
		must(t, s.FinishDeposit(ctx, id, cards.Integrated, nil))
		must(t, s.Exec(ctx, "UPDATE activity SET day = '2001-01-01'"))
		must(t, s.Exec(ctx, "ALTER TABLE held_pages RENAME TO held_pages_gone"))
		if err := s.Purge(ctx, -time.Minute); err == nil {
			t.Error("what could not be deleted is not told")
		}
		if n, err := s.PieceCount(ctx, id); err != nil || n != 0 {
			t.Errorf("%d pieces, %v", n, err)
		}
		must(t, s.Exec(ctx, "ALTER TABLE held_pages_gone RENAME TO held_pages"))
		if days, err := s.Activity(ctx, "", "9999"); err != nil || len(days) != 0 {
			t.Errorf("what comes behind is still there: %+v, %v", days, err)
		}
	})
}
