package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// posts are the rounds of two rows: a document of new cards against the reference, and the same document once more
// against the first time.
type posts struct {
	first, again rounds
	missed       []string // of the second
}

func measurePost(ctx context.Context, s *site) (f finding, err error) {
	p, err := s.postRounds(ctx)
	if err != nil {
		return f, err
	}
	return finding{rounds: p.first}, nil
}

func measurePostAgain(ctx context.Context, s *site) (f finding, err error) {
	p, err := s.postRounds(ctx)
	if err != nil {
		return f, err
	}
	return finding{rounds: p.again, missed: p.missed}, nil
}

func (s *site) postRounds(ctx context.Context) (*posts, error) {
	if s.posts != nil {
		return s.posts, nil
	}
	p := new(posts)
	for range longRounds {
		if err := s.postRound(ctx, p); err != nil {
			return nil, err
		}
	}
	s.posts = p
	return p, nil
}

func (s *site) postRound(ctx context.Context, p *posts) error {
	d, err := s.fresh(ctx)
	if err != nil {
		return err
	}
	cards := s.sizes.Usual
	var first report
	err = s.with(ctx, "post", d, func(h *hub) (err error) {
		if first, err = s.postTwice(ctx, h, d, p); err != nil {
			return err
		}
		if first.created != cards {
			return fmt.Errorf("%d of %d cards were created", first.created, cards)
		}
		return nil
	})
	if err != nil {
		return dropping(ctx, d, err)
	}
	rate, err := s.loadRate(ctx, d)
	p.first.add(float64(cards)/first.took.Seconds(), rate)
	return dropping(ctx, d, err)
}

// postTwice gives the same document twice, and looks what the second time left in the database.
func (s *site) postTwice(ctx context.Context, h *hub, d database, p *posts) (first report, err error) {
	cards := s.sizes.Usual
	g := newGiver(h, giverCode(0))
	give := func() (report, error) { return g.give(ctx, newDocument(g.code, firstCard, cards, 0), cards) }
	if err := d.settle(ctx); err != nil {
		return first, err
	}
	if first, err = give(); err != nil {
		return first, err
	}
	before, err := s.changes(ctx, d)
	if err != nil {
		return first, err
	}
	again, err := give()
	if err != nil {
		return first, err
	}
	p.again.add(again.took.Seconds(), first.took.Seconds())
	now, err := s.changes(ctx, d)
	if now != before || again.unchanged != cards {
		p.missed = append(p.missed, fmt.Sprintf("the second time was not free: versions, clock and stamps %v, then %v; %d unchanged", before, now, again.unchanged))
	}
	return first, err
}

// changes are what moves when a card does: versions, the clock's count, the newest datestamp.
func (s *site) changes(ctx context.Context, d database) (now [3]int64, err error) {
	for i, query := range []string{"SELECT count(*) FROM versions", "SELECT seq FROM clock", "SELECT max(stamp) FROM cards"} {
		if now[i], err = d.number(ctx, query); err != nil {
			return now, err
		}
	}
	return now, nil
}

// loadRate is the reference: the rows the hub wrote of the first document, written by the database alone. What the second one left
// beside them, its bytes and its report, goes before.
func (s *site) loadRate(ctx context.Context, from database) (float64, error) {
	if err := from.exec(ctx, "DELETE FROM deposits WHERE id > (SELECT min(id) FROM deposits)"); err != nil {
		return 0, err
	}
	rows, err := from.takeOut(ctx)
	if err != nil {
		return 0, err
	}
	d, err := s.fresh(ctx)
	if err != nil {
		return 0, err
	}
	if err := d.settle(ctx); err != nil {
		return 0, dropping(ctx, d, err)
	}
	begun := time.Now()
	err = d.load(ctx, rows)
	took := time.Since(begun)
	return float64(s.sizes.Usual) / took.Seconds(), dropping(ctx, d, err)
}

// measureMemory is one measurement of each: a peak is no time, and filling the huge network is the large one.
func measureMemory(ctx context.Context, s *site) (f finding, err error) {
	huge, err := s.holding(ctx, s.sizes.Huge)
	if err != nil {
		return f, err
	}
	small, err := s.holding(ctx, s.sizes.Small)
	if err != nil {
		return f, err
	}
	f.add(huge.peak, small.peak)
	f.notes = append(f.notes, fmt.Sprintf("%d cards against %d", huge.cards, small.cards))
	const limit = 256
	if huge.peak >= limit {
		f.missed = append(f.missed, fmt.Sprintf("not under %d MiB", limit))
	}
	return f, nil
}

// measureEight lets eight libraries give an eighth each of what one gives alone, to a network without cards.
func measureEight(ctx context.Context, s *site) (f finding, err error) {
	f.rounds, err = alternate(ctx, longRounds, s.postingAtOnce(givers), s.postingAtOnce(1))
	return f, err
}

func (s *site) postingAtOnce(n int) side {
	return func(ctx context.Context) (float64, error) {
		d, err := s.fresh(ctx)
		if err != nil {
			return 0, err
		}
		each := s.sizes.Usual / n
		var took time.Duration
		err = s.with(ctx, "post-eight", d, func(h *hub) error {
			if err := d.settle(ctx); err != nil {
				return err
			}
			begun := time.Now()
			err := giveAtOnce(ctx, h, n, each)
			took = time.Since(begun)
			return err
		})
		return float64(n*each) / took.Seconds(), dropping(ctx, d, err)
	}
}

func giveAtOnce(ctx context.Context, h *hub, n, each int) error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			g := newGiver(h, giverCode(i))
			_, errs[i] = g.give(ctx, newDocument(g.code, firstCard+i*eachGiver, each, 0), each)
		})
	}
	all.Wait()
	return errors.Join(errs...)
}
