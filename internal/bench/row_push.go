package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// measurePush has libraries that are owed all cards wait, paused, until it is their turn. The first is not counted: a new
// process of PostgreSQL pays for each page of shared memory that it touches first, and the list beside has done so too.
func measurePush(ctx context.Context, s *site) (f finding, err error) {
	n, err := s.holding(ctx, s.sizes.Usual)
	if err != nil {
		return f, err
	}
	const pushed = 1 + longRounds
	if err := s.enterPermanent(ctx, n, pushed); err != nil {
		return f, err
	}
	exchange := func(ctx context.Context, verb string, i int) error {
		return s.program.run(ctx, n.address(), "library", verb, permanentCode(i))
	}
	for i := range pushed {
		if err := exchange(ctx, "pause", i); err != nil {
			return f, err
		}
	}
	next := 0
	err = s.with(ctx, "push", n, func(h *hub) (err error) {
		f.rounds, err = compare(ctx, longRounds, func(ctx context.Context) (float64, error) {
			i := next
			next++
			if err := exchange(ctx, "resume", i); err != nil {
				return 0, err
			}
			took, err := runsOf(ctx, n, permanentCode(i), n.cards)
			return float64(n.cards) / took.Seconds(), errors.Join(err, exchange(ctx, "pause", i))
		}, listing(newReader(h), n.cards))
		return err
	}, wholePage)
	return f, err
}

const changeRounds = 15

// measureNetwork changes one card in a network of 200 permanent libraries. The reference POSTs to the same receivers, one
// after the other, over connections kept like the hub's.
func measureNetwork(ctx context.Context, s *site) (finding, error) {
	return s.measureChange(ctx, "change-200", libraries, func(_ database, p *poster, body []byte) side {
		return func(ctx context.Context) (float64, error) {
			begun := time.Now()
			for _, url := range s.fleet.urls {
				if err := p.post(ctx, url, body); err != nil {
					return 0, err
				}
			}
			return time.Since(begun).Seconds(), nil
		}
	})
}

// measureOneCard does so where there is one. The reference is one POST to it, and one commit.
func measureOneCard(ctx context.Context, s *site) (finding, error) {
	return s.measureChange(ctx, "change-one", 1, func(d database, p *poster, body []byte) side {
		return func(ctx context.Context) (float64, error) {
			begun := time.Now()
			if err := p.post(ctx, s.fleet.urls[0], body); err != nil {
				return 0, err
			}
			err := d.commit(ctx)
			return time.Since(begun).Seconds(), err
		}
	})
}

func (s *site) measureChange(ctx context.Context, name string, n int, reference func(database, *poster, []byte) side) (f finding, err error) {
	d, err := s.fresh(ctx)
	if err != nil {
		return f, err
	}
	err = s.enterPermanent(ctx, d, n)
	if err == nil {
		err = d.exec(ctx, "CREATE TABLE bench_commits (id integer PRIMARY KEY "+map[string]string{"postgres": "GENERATED ALWAYS AS IDENTITY"}[s.engine.name()]+")")
	}
	if err != nil {
		return f, dropping(ctx, d, err)
	}
	body, err := io.ReadAll(newDocument("reseau", firstCard, 1, 0))
	if err != nil {
		return f, err
	}
	err = s.with(ctx, name, d, func(h *hub) (err error) {
		change := s.changing(h, d, n)
		for range changeRounds { // a hub that has worked for a while: what it asks has been prepared on its connections
			if err := warm(ctx, change); err != nil {
				return err
			}
		}
		f.rounds, err = compare(ctx, changeRounds, change, reference(d, newPoster(), body))
		return err
	})
	return f, dropping(ctx, d, err)
}

// changing changes a card and waits until every library has it. It begins when the hub has come to rest: the libraries
// are idle.
func (s *site) changing(h *hub, d database, n int) side {
	g, generation := newGiver(h, giverCode(0)), 0
	return func(ctx context.Context) (float64, error) {
		if err := atRest(ctx, d, n); err != nil {
			return 0, err
		}
		reached := s.fleet.expect(n)
		begun := time.Now()
		_, err := g.give(ctx, newDocument(g.code, firstCard, 1, generation), 1)
		generation++
		if err != nil {
			return 0, err
		}
		const patience = time.Minute
		select {
		case at := <-reached:
			return at.Sub(begun).Seconds(), nil
		case <-time.After(patience):
			return 0, fmt.Errorf("not all of %d libraries had the change within %s", n, patience)
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// idle is how long a hub has had nothing to do that is called so: longer than it lets pass between two changes that follow
// each other.
const idle = 200 * time.Millisecond

// atRest waits until no push is under way or due, and has not been for a while.
func atRest(ctx context.Context, d database, n int) error {
	const patience, pause = time.Minute, 20 * time.Millisecond
	for deadline := time.Now().Add(patience); ; time.Sleep(pause) {
		resting, err := d.number(ctx, fmt.Sprintf("SELECT count(*) FROM jobs WHERE kind = 'push' AND lease_until = 0 AND next_run > %d", time.Now().UnixMicro()))
		if err != nil {
			return err
		}
		if resting == int64(n) {
			time.Sleep(idle)
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d of %d libraries at rest after %s", resting, n, patience)
		}
	}
}
