package intake

import (
	"context"
	"errors"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
)

// modifiesTooMany reports whether the document waits for a person before a card of it is applied. A simulated one harms
// nobody, and one that a person accepted has waited.
func (w *work) modifiesTooMany(ctx context.Context, seen inspection) (bool, error) {
	d := w.claim.deposit
	switch {
	case d.Simulate, d.Accepted:
		return false, nil
	case !d.Suspended.IsZero(): // found before a crash, in the middle of the dry run
		return true, nil
	case d.Done > 0: // found harmless before a crash
		return false, nil
	case !cards.Suspends(seen.sound, 0):
		return false, nil
	}
	sent, known, err := w.in.store.EverSent(ctx, w.library.ID, cards.SuspendAbove+1)
	if err != nil || !cards.Suspends(min(seen.sound, known), 0) || !cards.Suspends(seen.sound, sent) {
		return false, err
	}
	return w.rehearse(ctx, seen, sent)
}

// errDecided ends a rehearsal that has seen enough.
var errDecided = errors.New("decided")

// rehearse computes what the cards would do, as long as it takes to know whether they modify too many.
func (w *work) rehearse(ctx context.Context, seen inspection, sent int) (tooMany bool, err error) {
	batch := w.batch(seen)
	batch.Rehearse = true
	modified, left := 0, seen.sound
	err = w.eachBatch(ctx, 0, exchange.Options{NoRaw: true}, func(items []cards.Item) error {
		batch.Items = items
		outcomes, err := w.apply(ctx, batch)
		if err != nil {
			return err
		}
		for i := range outcomes {
			if len(items[i].Faults) == 0 {
				left--
			}
			if outcomes[i].Result == cards.Modified {
				modified++
			}
		}
		if tooMany = cards.Suspends(modified, sent); tooMany || !cards.Suspends(modified+left, sent) {
			return errDecided
		}
		return nil
	})
	if errors.Is(err, errDecided) {
		err = nil
	}
	return tooMany, err
}

// suspend leaves the document to a person, with the report it would have had. Each step may be taken again after a crash.
func (w *work) suspend(ctx context.Context, seen inspection) error {
	id := w.claim.deposit.ID
	if err := w.in.store.HoldDeposit(ctx, id); err != nil {
		return err
	}
	if err := w.applyAll(ctx, seen, true); err != nil {
		return err
	}
	d, err := w.in.store.Deposit(ctx, id)
	if err != nil {
		return err
	}
	return w.in.store.SuspendDeposit(ctx, id, w.in.letters(d)...)
}
