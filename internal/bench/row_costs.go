package main

import (
	"context"
	"fmt"
	"time"
)

// measureCosts tells what larger networks are worked out from (docs/scale.md): what cards take in the database, and what it costs that
// they come, come again, change, and go out to many libraries. The ratio is of the room they take; the rest is told beside it, of the
// database that can tell.
func measureCosts(ctx context.Context, s *site) (f finding, err error) {
	if err := s.onFresh(ctx, func(h *hub, d database) error { return s.costsOfCards(ctx, h, d, &f) }); err != nil {
		return f, err
	}
	if s.engine.name() != targeted {
		return f, nil
	}
	if err := s.onFresh(ctx, func(h *hub, d database) error { return s.costsOfEight(ctx, h, d, &f) }); err != nil {
		return f, err
	}
	err = s.costsOfMany(ctx, &f)
	return f, err
}

// onFresh runs a hub on a network without cards.
func (s *site) onFresh(ctx context.Context, work func(h *hub, d database) error) error {
	d, err := s.fresh(ctx)
	if err != nil {
		return err
	}
	return dropping(ctx, d, s.with(ctx, "costs", d, func(h *hub) error { return work(h, d) }))
}

// costsOfCards gives new cards, the same again, and the same changed.
func (s *site) costsOfCards(ctx context.Context, h *hub, d database, f *finding) error {
	resting, err := h.resident()
	if err != nil {
		return err
	}
	f.notes = append(f.notes, fmt.Sprintf("a hub that has just started takes %.0f MiB", resting))
	empty, err := d.size(ctx)
	if err != nil {
		return err
	}
	g, n := newGiver(h, giverCode(0)), s.sizes.Usual
	if err := s.costsOfDocument(ctx, d, f, "new", g, newDocument(g.code, firstCard, n, 0), n); err != nil {
		return err
	}
	if err := s.room(ctx, d, empty, f); err != nil {
		return err
	}
	if err := s.costsOfDocument(ctx, d, f, "again", g, newDocument(g.code, firstCard, n, 0), n); err != nil {
		return err
	}
	const step = 6 // a document that would change a fifth waits for a person
	few := n / step
	return s.costsOfDocument(ctx, d, f, "changed", g, newSpread(g.code, firstCard, few, step, 1), few)
}

// costsOfDocument gives n cards, and waits until they are counted and compared.
func (s *site) costsOfDocument(ctx context.Context, d database, f *finding, what string, g *giver, document *document, n int) error {
	var r report
	c, told, err := costing(ctx, d, func() (err error) {
		r, err = g.give(ctx, document, n)
		return err
	})
	if err != nil {
		return err
	}
	if told {
		f.notes = append(f.notes, what+", "+c.ofCards(n, r.took))
	}
	var took time.Duration
	c, told, err = costing(ctx, d, func() (err error) {
		took, err = s.digested(ctx, d)
		return err
	})
	if told && r.created+r.modified > 0 {
		f.notes = append(f.notes, fmt.Sprintf("%s, counted and compared in %.1f s: %.0f cards/s; %s", what, took.Seconds(), float64(n)/took.Seconds(), c.each(n, "card")))
	}
	return err
}

// room is what the database has grown by, against the XML in it.
func (s *site) room(ctx context.Context, d database, empty int64, f *finding) error {
	if err := d.settle(ctx); err != nil {
		return err
	}
	full, err := d.size(ctx)
	if err != nil {
		return err
	}
	_, xml, err := d.stream(ctx)
	if err != nil {
		return err
	}
	const mib = 1 << 20
	f.add(float64(full-empty)/mib, float64(xml)/mib)
	if pg, tells := d.(*pgDatabase); tells {
		note, err := pg.room(ctx, s.sizes.Usual)
		f.notes = append(f.notes, note)
		return err
	}
	return nil
}

// costsOfEight has eight libraries give new cards at once: where they queue.
func (s *site) costsOfEight(ctx context.Context, h *hub, d database, f *finding) error {
	each := s.sizes.Usual / givers
	c, _, err := costing(ctx, d, func() error { return giveAtOnce(ctx, h, givers, each) })
	f.notes = append(f.notes, fmt.Sprintf("new, from %d at once, %s", givers, c.ofCards(givers*each, c.took)))
	return err
}

// costsOfMany changes a card several times in a network of 200 permanent libraries: what it costs to reach each.
func (s *site) costsOfMany(ctx context.Context, f *finding) error {
	d, err := s.fresh(ctx)
	if err != nil {
		return err
	}
	if err := s.enterPermanent(ctx, d, libraries); err != nil {
		return dropping(ctx, d, err)
	}
	return dropping(ctx, d, s.with(ctx, "costs", d, func(h *hub) error {
		change := s.changing(h, d, libraries)
		if err := warm(ctx, change); err != nil {
			return err
		}
		before, err := h.processor()
		if err != nil {
			return err
		}
		var took float64
		c, _, err := costing(ctx, d, func() error {
			for range changeRounds {
				seconds, err := change(ctx)
				if err != nil {
					return err
				}
				took += seconds
			}
			return atRest(ctx, d, libraries)
		})
		if err != nil {
			return err
		}
		now, err := h.processor()
		if err != nil {
			return err
		}
		const reached = changeRounds * libraries
		f.notes = append(f.notes, fmt.Sprintf("one change, out to %d libraries in %.2f s: %s; %.2f ms of the hub", libraries, took/changeRounds,
			c.each(reached, "library it reaches"), (now-before).Seconds()*1000/reached))
		left, err := d.number(ctx, "SELECT (pg_total_relation_size('runs') + pg_total_relation_size('mark_moves')) / greatest(count(*), 1) FROM runs")
		f.notes = append(f.notes, fmt.Sprintf("a library that was reached leaves %d bytes in runs and mark_moves", left))
		return err
	}))
}
