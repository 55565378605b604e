package oaiclient

import (
	"context"
	"errors"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/oai"
)

// modifiesTooMany reports whether the page is held: the harvest would, with it, modify too many cards, or did before.
func (r *run) modifiesTooMany(ctx context.Context, p *page, c *contents) (bool, error) {
	if r.state.Held != 0 {
		return true, nil
	}
	left := c.records - c.deleted
	if !cards.Suspends(r.modified+left, 0) {
		return false, nil
	}
	sent, known, err := r.h.store.EverSent(ctx, r.lib.ID, cards.SuspendAbove+1)
	if err != nil || !cards.Suspends(r.modified+min(left, known), 0) || !cards.Suspends(r.modified+left, sent) {
		return false, err
	}
	return r.rehearse(ctx, p, left, sent)
}

// errDecided ends a rehearsal that has seen enough.
var errDecided = errors.New("decided")

// rehearse computes what the page's cards would do, as long as it takes to know whether they are too many.
func (r *run) rehearse(ctx context.Context, p *page, left, sent int) (tooMany bool, err error) {
	count := r.modified
	err = r.eachBatch(p, 0, nil, func(items []cards.Item, _ bool) error {
		left -= len(items)
		fresh, _, err := r.untouched(ctx, items)
		if err != nil {
			return err
		}
		if len(fresh) > 0 {
			batch := r.batch(p, fresh)
			batch.Rehearse = true
			outcomes, err := r.h.store.Apply(ctx, batch)
			if err != nil {
				return err
			}
			count += modified(outcomes)
		}
		if tooMany = cards.Suspends(count, sent); tooMany || !cards.Suspends(count+left, sent) {
			return errDecided
		}
		return nil
	})
	if errors.Is(err, errDecided) {
		err = nil
	}
	return tooMany, err
}

// hold stores a page whole and applies nothing of it. That a record is deleted is noted all the same: it changes no card.
func (r *run) hold(ctx context.Context, p *page, next *cards.Harvest) error {
	if err := r.ensureHeld(ctx, p); err != nil {
		return err
	}
	next.Held = r.state.Held
	held := cards.HeldPage{First: r.heldTail.pieces, Asked: p.asked, Charset: p.charset, BaseURL: p.baseURL}
	if err := r.storeBytes(ctx, p, r.state.Held, &r.heldTail); err != nil {
		return err
	}
	held.Pieces = r.heldTail.pieces - held.First
	deleted := func(rec *oai.Received) error {
		return r.h.store.RecordDeleted(ctx, r.lib.ID, rec.Identifier, rec.Datestamp, r.state.Run)
	}
	if err := r.eachBatch(p, 0, deleted, func([]cards.Item, bool) error { return nil }); err != nil {
		return err
	}
	return r.h.store.HoldPage(ctx, r.state.Held, held, *next)
}

// ensureHeld makes the deposit of the pages that are held, with the first of them.
func (r *run) ensureHeld(ctx context.Context, p *page) error {
	if r.state.Held != 0 {
		return nil
	}
	id, err := r.h.store.CreateDeposit(ctx, cards.Deposit{
		LibraryID: r.lib.ID, Library: r.lib.Code, Door: cards.DoorHarvest, Charset: p.charset, Arrived: p.asked,
	})
	if err != nil {
		return err
	}
	r.state.Held = id
	if r.record.Deposit == 0 {
		r.record.Deposit = id
	}
	r.log.WarnContext(ctx, "harvest modifies too many cards: its pages are held from here on", "page", r.state.Pages+1, "deposit", id)
	return r.h.store.SaveHarvest(ctx, r.state)
}

// suspend leaves what was held to a person, with the report it would have. Each step may be taken again after a crash, and
// by then a person may have decided.
func (r *run) suspend(ctx context.Context) error {
	d, err := r.h.store.Deposit(ctx, r.state.Held)
	if err != nil {
		return err
	}
	switch d.Status {
	case cards.Receiving: // its first page never came in again
		return r.h.store.DiscardDeposit(ctx, d.ID)
	case cards.Received:
		if !d.Judged.IsZero() {
			return nil
		}
	default:
		return nil
	}
	if err := r.replay(ctx, d, r.dryRun); err != nil {
		return err
	}
	if d, err = r.h.store.Deposit(ctx, d.ID); err != nil {
		return err
	}
	return r.h.store.SuspendDeposit(ctx, d.ID, append(r.h.opts.Letters(d), r.waitingLetter(d))...)
}
