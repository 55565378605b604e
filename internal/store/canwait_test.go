package store_test

import (
	"testing"

	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// While cards come in by the thousand, figures and likenesses wait, for a time.
func TestFiguresWaitWhileCardsComeInByTheThousand(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		want := func(when string, waits bool) {
			t.Helper()
			statistics, err := s.StatisticsCanWait(ctx)
			likenesses, failed := s.LikenessesCanWait(ctx)
			if err != nil || failed != nil || statistics != waits || likenesses != waits {
				t.Errorf("%s: figures can wait: %v, %v; likenesses: %v, %v", when, statistics, err, likenesses, failed)
			}
		}
		ages := func(seconds int) {
			t.Helper()
			if err := s.Exec(ctx, "UPDATE cards SET stamp = stamp - ?", seconds); err != nil {
				t.Fatal(err)
			}
		}
		want("no card", false)
		storetest.Send(t, s, mours, storetest.Card("A1"))
		want("one card", false)
		if err := s.Exec(ctx, "UPDATE cards SET seq = seq + 3000"); err != nil {
			t.Fatal(err)
		}
		if err := s.Exec(ctx, "UPDATE clock SET seq = seq + 3000"); err != nil {
			t.Fatal(err)
		}
		want("thousands of changes", true)
		ages(15)
		want("a while later", false)
		storetest.Send(t, s, mours, storetest.Card("A1", phone("04 75 00 00 01")))
		want("a change after many", true) // the one before it is out of sight: the card moved on
		ages(400)
		want("when they have waited long", false)
	})
}
