package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// Eight writers bring overlapping cards in different orders while libraries
// fetch, are pushed to and refuse: nobody is told of a deadlock, and the feed's
// numbering holds.
func TestWritersAndReadersTogether(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		pulled := []*cards.Library{storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")}
		pushed := []*cards.Library{
			storetest.Library(t, s, "monnaie", withPush), storetest.Library(t, s, "beauvoir", withPush),
		}
		all := append(append([]*cards.Library(nil), pulled...), pushed...)
		var writers, readers sync.WaitGroup
		reading, stop := context.WithCancel(ctx)
		for w := range 8 {
			writers.Go(func() { writeMuch(t, s, all[w%len(all)], w) })
		}
		for _, l := range pulled {
			readers.Go(func() { fetchMuch(reading, t, s, l) })
		}
		for _, l := range pushed {
			readers.Go(func() { pushMuch(reading, t, s, l) })
			readers.Go(func() { confirmMuch(reading, t, s, l) })
		}
		writers.Wait()
		stop()
		readers.Wait()
		checkNumbering(t, s)
		if s.OnPostgres() {
			checkNoDeadlocks(t, s)
		}
	})
}

func withPush(l *cards.Library) { l.PushURL = "http://ils.example.org/cartes" }

const overlapping = 30

func writeMuch(t *testing.T, s *store.Store, l *cards.Library, seed int) {
	chance := rand.New(rand.NewPCG(uint64(seed), 7))
	for range 25 {
		b := cards.Batch{Library: l, Door: cards.DoorPost, Moment: cards.Moment{Arrived: time.Now()}}
		for i, n := range chance.Perm(overlapping)[:8] {
			in := storetest.Card(fmt.Sprintf("A%d", n), func(c *cards.Card) { c.Phone = fmt.Sprintf("04 75 00 00 %02d", chance.IntN(4)) })
			b.Items = append(b.Items, cards.Item{Ordinal: i + 1, Incoming: in})
		}
		if _, err := s.Apply(ctx, b); err != nil {
			t.Errorf("writer %d: %v", seed, err)
			return
		}
	}
}

func fetchMuch(reading context.Context, t *testing.T, s *store.Store, l *cards.Library) {
	from := int64(0)
	for reading.Err() == nil {
		items, size, closed := harvest(t, s, l, from)
		if int64(len(items)) > size {
			t.Errorf("a list of %d cards said to have %d", len(items), size)
		}
		from = closed
	}
}

func pushMuch(reading context.Context, t *testing.T, s *store.Store, l *cards.Library) {
	for n := 0; reading.Err() == nil; n++ {
		mark, err := s.Mark(ctx, l.ID, cards.DoorPush)
		if err != nil {
			t.Error(err)
			return
		}
		items, err := s.PushFeed(ctx, cards.FeedRange{LibraryID: l.ID, After: mark.Seq, Day: "2026-01-01", Limit: 7})
		if err != nil || len(items) == 0 {
			continue
		}
		refused := []cards.Refusal{{CardID: items[n%len(items)].CardID, Reason: cards.Quote("refusée")}}
		if err := s.SettlePush(ctx, l.ID, items[len(items)-1].Seq, items[:n%len(items)], refused); err != nil {
			t.Error(err)
			return
		}
	}
}

func confirmMuch(reading context.Context, t *testing.T, s *store.Store, l *cards.Library) {
	for n := 0; reading.Err() == nil; n++ {
		refused := []cards.NumberRefusal{{Number: fmt.Sprintf("A%d", n%overlapping)}, {Number: fmt.Sprintf("A%d", (n*7)%overlapping)}}
		err := s.ConfirmPull(ctx, l.ID, cards.Confirmation{Refused: refused})
		if err != nil && !errors.Is(err, cards.ErrNobodysCard) { // nobody has written that one yet
			t.Error(err)
			return
		}
	}
}

// checkNumbering looks at what every reader of the feed builds on.
func checkNumbering(t *testing.T, s *store.Store) {
	t.Helper()
	var rows []struct{ Seq, Stamp int64 }
	if err := s.Read(ctx, &rows, "SELECT seq, stamp FROM versions UNION ALL SELECT seq, stamp FROM hand_again ORDER BY seq"); err != nil {
		t.Fatal(err)
	}
	for i := 1; i < len(rows); i++ {
		if rows[i].Seq == rows[i-1].Seq || rows[i].Stamp < rows[i-1].Stamp {
			t.Fatalf("seq %d stamped %d comes after seq %d stamped %d", rows[i].Seq, rows[i].Stamp, rows[i-1].Seq, rows[i-1].Stamp)
		}
	}
	var wrong []string
	err := s.Read(ctx, &wrong, `SELECT number_key FROM cards c WHERE seq = 0
		OR NOT EXISTS (SELECT 1 FROM versions v WHERE v.card_id = c.id AND v.seq = c.seq AND v.stamp = c.stamp AND v.content = c.content AND v.origin = c.origin)
		OR EXISTS (SELECT 1 FROM versions v WHERE v.card_id = c.id AND v.seq > c.seq)`)
	if err != nil || len(wrong) > 0 {
		t.Errorf("cards unlike their last version: %v, %v", wrong, err)
	}
	var count int64
	if err := s.Read(ctx, &count, "SELECT count(*) FROM cards"); err != nil || count != overlapping {
		t.Errorf("%d cards, %v", count, err)
	}
	if seq, err := s.Seq(ctx); err != nil || len(rows) > 0 && seq < rows[len(rows)-1].Seq {
		t.Errorf("the clock is at %d, %v", seq, err)
	}
}

func checkNoDeadlocks(t *testing.T, s *store.Store) {
	t.Helper()
	time.Sleep(1100 * time.Millisecond) // the server publishes its counters at most once a second
	if err := s.Exec(ctx, "SELECT pg_stat_force_next_flush()"); err != nil {
		t.Log(err)
	}
	var deadlocks int64
	if err := s.Read(ctx, &deadlocks, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"); err != nil {
		t.Fatal(err)
	}
	if deadlocks > 0 {
		t.Errorf("PostgreSQL had to break %d deadlocks", deadlocks)
	}
}

// Writers that only create number their cards without a gap.
func TestNumberingHasNoGaps(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := storetest.Library(t, s, "mours")
		var writers sync.WaitGroup
		for w := range 8 {
			writers.Go(func() {
				for n := range 10 {
					storetest.Send(t, s, l, storetest.Card(fmt.Sprintf("A%d", (n+w)%15)), storetest.Card(fmt.Sprintf("A%d", (n*w)%15)))
				}
			})
		}
		writers.Wait()
		var seqs []int64
		if err := s.Read(ctx, &seqs, "SELECT seq FROM versions ORDER BY seq"); err != nil {
			t.Fatal(err)
		}
		for i, seq := range seqs {
			if seq != int64(i+1) {
				t.Fatalf("versions %v", seqs)
			}
		}
		if seq, _ := s.Seq(ctx); seq != int64(len(seqs)) || len(seqs) != 15 {
			t.Errorf("%d versions, clock at %d", len(seqs), seq)
		}
	})
}
