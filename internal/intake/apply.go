package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
)

// batchSize is how many cards are applied in one transaction: large enough to be quick, small enough that other doors
// wait no longer than a fraction of a second.
const batchSize = 500

// batchPatience bounds one batch: it may have to wait for many others, but not for a database that hangs.
const batchPatience = 5 * time.Minute

// applyAll applies the cards behind the last one applied.
func (w *work) applyAll(ctx context.Context, seen inspection) error {
	d := w.claim.deposit
	batch := cards.Batch{
		Library: w.library, Door: d.Door, Moment: cards.Moment{Made: seen.made, Arrived: d.Arrived}, Deposit: d.ID,
		Complete: seen.complete, Simulate: d.Simulate,
	}
	if seen.kept {
		batch.Items = remaining(seen.items, d.Done)
		return w.applyBatch(ctx, batch)
	}
	doc, err := w.openDocument(ctx, exchange.Options{})
	if err != nil {
		return err
	}
	return errors.Join(w.applyDocument(ctx, batch, doc), doc.close())
}

// applyDocument is the second reading. It reads from the beginning also where it goes on behind a crash, because what is
// a second card of one number depends on all the cards before it.
func (w *work) applyDocument(ctx context.Context, batch cards.Batch, doc *document) error {
	batch.Items = make([]cards.Item, 0, batchSize)
	for {
		item, err := doc.next()
		if errors.Is(err, io.EOF) {
			return w.applyBatch(ctx, batch)
		}
		if err != nil {
			return err
		}
		if item.Ordinal <= w.claim.deposit.Done {
			err = w.claim.keep(ctx)
		} else if batch.Items = append(batch.Items, item); len(batch.Items) == batchSize {
			err = w.applyBatch(ctx, batch)
			batch.Items = batch.Items[:0]
		}
		if err != nil {
			return err
		}
	}
}

func (w *work) applyBatch(ctx context.Context, batch cards.Batch) error {
	items := batch.Items
	if len(items) == 0 {
		return nil
	}
	err := w.claim.during(ctx, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, batchPatience)
		defer cancel()
		_, err := w.in.store.Apply(ctx, batch)
		return err
	})
	if err != nil {
		return fmt.Errorf("apply cards %d to %d: %w", items[0].Ordinal, items[len(items)-1].Ordinal, err)
	}
	w.claim.deposit.Done = items[len(items)-1].Ordinal
	return nil
}

func remaining(items []cards.Item, done int) []cards.Item {
	for i, item := range items {
		if item.Ordinal > done {
			return items[i:]
		}
	}
	return nil
}
