package store_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// pushed are libraries that were handed a first card, and then owe a report on
// its next version.
type pushed struct {
	t     *testing.T
	s     *store.Store
	giver *cards.Library
	libs  map[string]*cards.Library
}

const anyDay = "2026-01-01"

func newPushed(t *testing.T, s *store.Store, codes ...string) *pushed {
	t.Helper()
	p := &pushed{t: t, s: s, giver: storetest.Library(t, s, "mours"), libs: make(map[string]*cards.Library)}
	p.change("04 75 00 00 01")
	for _, code := range codes {
		p.libs[code] = storetest.Library(t, s, code)
		feed := p.feed(code)
		p.must(s.SettlePush(ctx, p.libs[code].ID, feed[len(feed)-1].Seq, feed, nil))
	}
	return p
}

func (p *pushed) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *pushed) change(phone string) {
	p.t.Helper()
	storetest.Send(p.t, p.s, p.giver, storetest.Card("A1", func(c *cards.Card) { c.Phone = phone }))
}

func (p *pushed) mark(code string) cards.Mark {
	p.t.Helper()
	mark, err := p.s.Mark(ctx, p.libs[code].ID, cards.DoorPush)
	p.must(err)
	return mark
}

func (p *pushed) feed(code string) []cards.FeedItem {
	p.t.Helper()
	feed, err := p.s.PushFeed(ctx, cards.FeedRange{LibraryID: p.libs[code].ID, After: p.mark(code).Seq, Day: anyDay, Limit: 10})
	p.must(err)
	return feed
}

// report is what a library's system took when it took all.
func (p *pushed) report(code string) store.Report {
	p.t.Helper()
	feed := p.feed(code)
	return store.Report{Library: p.libs[code].ID, Upper: feed[len(feed)-1].Seq, Delivered: feed}
}

// Reports that are settled together leave what each would have left alone.
func TestReportsAreSettledTogetherAsEachAlone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		p := newPushed(t, s, "alone", "beauvoir", "monnaie")
		p.change("04 75 00 00 02")
		var together []store.Report
		before := p.mark("monnaie")
		for _, code := range []string{"beauvoir", "monnaie"} {
			together = append(together, p.report(code))
		}
		one := p.report("alone")
		p.must(s.SettlePush(ctx, one.Library, one.Upper, one.Delivered, nil))
		done, err := s.SettleTogether(ctx, together...)
		if err != nil || !slices.Equal(done, []bool{true, true}) {
			t.Fatal(done, err)
		}
		want := p.mark("alone")
		if want.Seq == before.Seq || want.Seq != one.Upper {
			t.Fatalf("alone: %+v", want)
		}
		type moved struct{ FromSeq, Moves, Taken int64 }
		left := func(code string) (m moved) {
			p.must(s.Read(ctx, &m, `SELECT (SELECT max(from_seq) FROM mark_moves WHERE library_id = l.id) AS from_seq,
				(SELECT count(*) FROM mark_moves WHERE library_id = l.id) AS moves, (SELECT sum(taken) FROM activity WHERE library_id = l.id) AS taken
				FROM libraries l WHERE l.code = ?`, code))
			return m
		}
		for _, code := range []string{"beauvoir", "monnaie"} {
			got := p.mark(code)
			if got.Seq != want.Seq || got.Stamp != want.Stamp || got.FinishedSeq != want.FinishedSeq || !got.Moved.After(before.Moved) {
				t.Errorf("mark of %s %+v, want as %+v", code, got, want)
			}
			if left(code) != left("alone") {
				t.Errorf("%s left %+v, want %+v", code, left(code), left("alone"))
			}
		}
		if again, err := s.SettleTogether(ctx, together...); err != nil || slices.Contains(again, true) || left("monnaie") != left("alone") {
			t.Errorf("settled once more: %v, %v, %+v", again, err, left("monnaie"))
		}
	})
}

// What needs more than a mark's move is left to be settled alone, and nothing
// of it is done yet.
func TestOnlyPlainReportsAreSettledTogether(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		p := newPushed(t, s, "beauvoir", "changed-it", "waits")
		waits := p.feedOfAll("waits")
		p.must(s.SettlePush(ctx, p.libs["waits"].ID, 0, nil, []cards.Refusal{{CardID: waits[0].CardID, Reason: cards.Quote("non")}}))
		p.change("04 75 00 00 02")
		p.libs["new"] = storetest.Library(t, s, "new")
		want := map[string]bool{"beauvoir": true, "changed-it": false, "new": true, "waits": false}
		codes := slices.Sorted(maps.Keys(want))
		var reports []store.Report
		marks := make(map[string]int64)
		for _, code := range codes {
			reports, marks[code] = append(reports, p.report(code)), p.mark(code).Seq
		}
		storetest.Send(t, s, p.libs["changed-it"], storetest.Card("A1", func(c *cards.Card) { c.Phone = "04 75 00 00 03" }))
		done, err := s.SettleTogether(ctx, reports...)
		p.must(err)
		for i, code := range codes {
			if moved := p.mark(code).Seq != marks[code]; done[i] != want[code] || moved != want[code] {
				t.Errorf("%s: settled %t, mark moved %t, want %t", code, done[i], moved, want[code])
			}
		}
		// Through the door each is settled all the same, and is handed what it must have.
		for i, code := range codes {
			p.must(s.SettlePush(ctx, p.libs[code].ID, reports[i].Upper, reports[i].Delivered, nil))
			if p.mark(code).Seq != reports[i].Upper {
				t.Errorf("%s: mark %+v", code, p.mark(code))
			}
		}
		if due, err := s.HandAgainDue(ctx, p.libs["changed-it"].ID, anyDay, 9); err != nil || len(due) != 1 {
			t.Errorf("handed again %+v, %v: it was handed an older version than its own", due, err)
		}
		if due, err := s.NextHandAgain(ctx, p.libs["waits"].ID); err != nil || !due.IsZero() {
			t.Errorf("it has the card and still waits until %s, %v", due, err)
		}
	})
}

func (p *pushed) feedOfAll(code string) []cards.FeedItem {
	p.t.Helper()
	feed, err := p.s.PushFeed(ctx, cards.FeedRange{LibraryID: p.libs[code].ID, Day: anyDay, Limit: 10})
	p.must(err)
	return feed
}

// A library whose document is just being integrated holds its mark. The others
// do not wait for it.
func TestAMarkThatIsHeldHoldsUpNoOther(t *testing.T) {
	held, goOn := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { close(goOn) })
	databases(t, func(t *testing.T, database string) {
		var hold bool
		s, err := store.Open(context.Background(), store.Options{Database: database, Secret: storetest.Secret, AtCommit: func(done bool) error {
			if hold && !done {
				hold = false
				held <- struct{}{}
				<-goOn
			}
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		if !s.OnPostgres() {
			t.Skip("one writer at a time")
		}
		p := newPushed(t, s, "beauvoir", "monnaie")
		p.change("04 75 00 00 02")
		reports := []store.Report{p.report("beauvoir"), p.report("monnaie")}
		hold = true
		applied := make(chan error, 1)
		go func() { // as the library's own POST
			_, err := s.Apply(context.Background(), cards.Batch{
				Library: p.libs["beauvoir"], Door: cards.DoorPost, Moment: cards.Moment{Arrived: time.Now()},
				Items: []cards.Item{{Ordinal: 1, Incoming: storetest.Card("A1", func(c *cards.Card) { c.Phone = "04 75 00 00 03" })}},
			})
			applied <- err
		}()
		<-held
		done, err := s.SettleTogether(ctx, reports...)
		if err != nil || !slices.Equal(done, []bool{false, true}) {
			t.Errorf("settled %v, %v", done, err)
		}
		goOn <- struct{}{}
		if err := <-applied; err != nil {
			t.Error(err)
		}
	})
}
