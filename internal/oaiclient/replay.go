package oaiclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/carte-reseau/hub/internal/cards"
)

// replay reads a held deposit's pages, in their order, as if they had just come, and gives the cards behind the last one
// done to do.
func (r *run) replay(ctx context.Context, d *cards.Deposit, do func(ctx context.Context, d *cards.Deposit, p *page, items []cards.Item) error) error {
	ordinal := 0
	for from := 0; ; {
		held, err := r.h.store.NextHeldPage(ctx, d.ID, from)
		if err != nil || held == nil {
			return err
		}
		err = r.replayPage(ctx, d.ID, *held, ordinal, func(p *page, items []cards.Item) error {
			ordinal += len(items)
			for len(items) > 0 && items[0].Ordinal <= d.Done {
				items = items[1:]
			}
			if len(items) == 0 {
				return ctx.Err()
			}
			return do(ctx, d, p, items)
		})
		if err != nil {
			return fmt.Errorf("reading page %d of deposit %d again: %w", held.First, d.ID, err)
		}
		from = held.First + held.Pieces
	}
}

func (r *run) replayPage(ctx context.Context, deposit int64, held cards.HeldPage, before int, do func(p *page, items []cards.Item) error) error {
	p, err := r.restore(ctx, deposit, held)
	if err != nil {
		return err
	}
	defer p.Close()
	return r.eachBatch(p, before, nil, func(items []cards.Item, _ bool) error { return do(p, items) })
}

// restore makes the page again that was held; what had to be salvaged of it is salvaged once more, with the same result.
func (r *run) restore(ctx context.Context, deposit int64, held cards.HeldPage) (*page, error) {
	bytes, err := r.h.store.OpenPage(ctx, deposit, held)
	if err != nil {
		return nil, err
	}
	p := &page{status: http.StatusOK, asked: held.Asked, charset: held.Charset, baseURL: held.BaseURL, wait: -1}
	if p.body, err = newSpool(r.h.opts.TempDir); err != nil {
		return nil, errors.Join(err, bytes.Close())
	}
	_, err = io.Copy(p.body, bytes)
	if err = errors.Join(err, bytes.Close()); err != nil {
		p.Close()
		return nil, err
	}
	_, err = p.readThrough(r.h.opts, 0)
	var f *failure
	if errors.As(err, &f) && f.malformed {
		err = r.h.salvage(ctx, p)
	}
	if err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// dryRun files what the cards would do.
func (r *run) dryRun(ctx context.Context, d *cards.Deposit, p *page, items []cards.Item) error {
	own, err := r.ofDeposit(ctx, d.ID, items, true)
	if err != nil || len(own) == 0 {
		return err
	}
	batch := r.batch(p, own)
	batch.Deposit, batch.Simulate = d.ID, true
	_, err = r.h.store.Apply(ctx, batch)
	return err
}

// integrate applies cards that were accepted, with the moment of their page.
func (r *run) integrate(ctx context.Context, d *cards.Deposit, p *page, items []cards.Item) error {
	own, err := r.ofDeposit(ctx, d.ID, items, false)
	if err != nil || len(own) == 0 {
		return err
	}
	batch := r.batch(p, own)
	batch.Deposit = d.ID
	_, err = r.h.store.Apply(ctx, batch)
	return err
}
