package store_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// A second that was told to a harvester stays closed: beside writers, one that
// comes back at its last responseDate and one that comes back a second later
// both miss no version that still stands when they look last.
func TestClosedSecondStaysClosed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		writer := storetest.Library(t, s, "mours")
		end := time.Now().Add(4 * time.Second)
		var writing atomic.Bool
		writing.Store(true)
		var writers, readers sync.WaitGroup
		for w := range 8 {
			writers.Go(func() {
				for n := 0; time.Now().Before(end); n++ {
					in := storetest.Card(fmt.Sprintf("A%d-%d", w, n%20), func(c *cards.Card) { c.Phone = fmt.Sprintf("04 75 %06d", n) })
					storetest.Send(t, s, writer, in)
				}
			})
		}
		for step, code := range []string{"peyrins", "monnaie"} {
			l := storetest.Library(t, s, code)
			readers.Go(func() {
				got := map[string]int64{}
				from, more := int64(0), true
				for more {
					more = writing.Load() // one more round after the last write
					if !more {
						settle(t, s)
					}
					items, _, closed := harvest(t, s, l, from)
					for _, item := range items {
						got[item.Number] = item.Version
					}
					from = closed + int64(step)
				}
				checkGot(t, s, code, got)
			})
		}
		writers.Wait()
		writing.Store(false)
		readers.Wait()
		checkStamps(t, s)
	})
}

func checkGot(t *testing.T, s *store.Store, code string, got map[string]int64) {
	var rows []struct {
		Number string
		Seq    int64
	}
	if err := s.Read(ctx, &rows, "SELECT number, seq FROM cards"); err != nil {
		t.Error(err)
		return
	}
	missed := 0
	for _, row := range rows {
		if got[row.Number] != row.Seq {
			missed++
		}
	}
	if missed > 0 || len(rows) == 0 {
		t.Errorf("%s missed %d of %d cards", code, missed, len(rows))
	}
}

func checkStamps(t *testing.T, s *store.Store) {
	t.Helper()
	var back int64
	err := s.Read(ctx, &back, "SELECT count(*) FROM versions a JOIN versions b ON b.seq = a.seq + 1 WHERE b.stamp < a.stamp")
	if err != nil || back != 0 {
		t.Errorf("stamps run backwards %d times, %v", back, err)
	}
}

// The database's clock steps back: stamps go on from where they were, and it
// is told.
func TestClockThatStepsBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := storetest.Library(t, s, "mours")
		ahead := time.Now().Add(time.Hour).Unix()
		if err := s.Exec(ctx, "UPDATE clock SET stamp = ?, closed = ?", ahead, ahead); err != nil {
			t.Fatal(err)
		}
		if closed, err := s.CloseSecond(ctx); err != nil || closed != ahead {
			t.Errorf("closed %d, not %d, %v", closed, ahead, err)
		}
		storetest.Send(t, s, l, storetest.Card("A1"))
		var stamp int64
		if err := s.Read(ctx, &stamp, "SELECT stamp FROM cards"); err != nil || stamp != ahead+1 {
			t.Errorf("stamped %d, not %d, %v", stamp, ahead+1, err)
		}
		if behind, err := s.ClockBehind(ctx); err != nil || behind < 3500 {
			t.Errorf("the clock is %d s behind, %v", behind, err)
		}
		must(t, s.Exec(ctx, "UPDATE clock SET stamp = stamp - 3600")) // it has caught up, and no card changed since
		if behind, err := s.ClockBehind(ctx); err != nil || behind != 0 {
			t.Errorf("the clock is still %d s behind, %v", behind, err)
		}
	})
}
