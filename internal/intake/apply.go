package intake

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
)

// batchPatience bounds one batch: it may have to wait for many others, but not for a database that hangs.
const batchPatience = 5 * time.Minute

// applyAll applies the cards behind the last one applied. In a dry run it files the lines and counts they would have, and
// changes nothing else.
func (w *work) applyAll(ctx context.Context, seen inspection, dry bool) error {
	batch := w.batch(seen)
	batch.Complete, batch.Simulate = seen.complete, dry
	if seen.kept {
		batch.Items = remaining(seen.items, w.claim.deposit.Done)
		return w.applyBatch(ctx, batch, seen.cards)
	}
	return w.eachBatch(ctx, w.claim.deposit.Done, exchange.Options{}, func(items []cards.Item) error {
		batch.Items = items
		return w.applyBatch(ctx, batch, seen.cards)
	})
}

// batch is what all batches of the document have in common.
func (w *work) batch(seen inspection) cards.Batch {
	d := w.claim.deposit
	return cards.Batch{
		Library: w.library, Door: d.Door, Moment: cards.Moment{Made: seen.made, Arrived: d.Arrived}, Deposit: d.ID,
	}
}

// eachBatch is a later reading: it gives the cards behind the one numbered done, batch by batch. It reads from the
// beginning also where it goes on behind a crash, because what is a second card of one number depends on all the cards
// before it. The items are do's until it returns.
func (w *work) eachBatch(ctx context.Context, done int, o exchange.Options, do func(items []cards.Item) error) error {
	doc, err := w.openDocument(ctx, o)
	if err != nil {
		return err
	}
	return errors.Join(w.readBatches(ctx, doc, done, do), doc.close())
}

func (w *work) readBatches(ctx context.Context, doc *document, done int, do func(items []cards.Item) error) error {
	batches := readAhead(doc, done, w.in.batch)
	defer batches.stop()
	return batches.each(func(items []cards.Item) error {
		if len(items) == 0 {
			return w.claim.keep(ctx)
		}
		return do(items)
	})
}

// applyBatch applies one batch of a document of so many cards.
func (w *work) applyBatch(ctx context.Context, batch cards.Batch, of int) error {
	items := batch.Items
	if len(items) == 0 {
		return nil
	}
	if _, err := w.apply(ctx, batch); err != nil {
		return err
	}
	w.claim.deposit.Done = items[len(items)-1].Ordinal
	w.in.progress(w.claim.deposit.Done, of)
	return nil
}

func (w *work) apply(ctx context.Context, batch cards.Batch) (outcomes []cards.Outcome, err error) {
	err = w.claim.during(ctx, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, batchPatience)
		defer cancel()
		outcomes, err = w.in.store.Apply(ctx, batch)
		return err
	})
	if err != nil {
		items := batch.Items
		return nil, fmt.Errorf("apply cards %d to %d: %w", items[0].Ordinal, items[len(items)-1].Ordinal, err)
	}
	return outcomes, nil
}

func remaining(items []cards.Item, done int) []cards.Item {
	for i, item := range items {
		if item.Ordinal > done {
			return items[i:]
		}
	}
	return nil
}
