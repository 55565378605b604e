package intake

import (
	"context"
	"slices"

	"github.com/carte-reseau/hub/internal/cards"
)

// rehearsal computes what the cards of a document would do, while it is read for the first time, as long as it takes to know
// that they modify too many. It changes nothing, and so may go before the document is known to be well-formed.
type rehearsal struct {
	w        *work
	batch    cards.Batch
	needed   bool         // the document may have to wait for a person
	held     []cards.Item // the first cards, until there are enough to modify too many
	begun    bool
	sent     int // how many cards the library ever sent
	modified int
	tooMany  bool
}

// newRehearsal begins one where it is needed: a simulated document harms nobody, one that a person accepted has waited,
// and one of which cards were applied before a crash was found harmless then. One that was found to modify too many
// before a crash still does.
func (w *work) newRehearsal(seen inspection) *rehearsal {
	d := w.claim.deposit
	r := &rehearsal{w: w, batch: w.batch(seen)}
	r.batch.Rehearse = true
	r.tooMany = !d.Simulate && !d.Accepted && !d.Suspended.IsZero()
	r.needed = !d.Simulate && !d.Accepted && !r.tooMany && d.Done == 0
	return r
}

// try takes the next cards. Of all so far, sound have nothing wrong with them.
func (r *rehearsal) try(ctx context.Context, items []cards.Item, sound int) error {
	if !r.needed {
		return nil
	}
	if !r.begun {
		r.held = append(r.held, items...)
		if !cards.Suspends(sound, 0) {
			return nil
		}
		if err := r.begin(ctx); err != nil || !r.needed {
			return err
		}
		items, r.held = r.held, nil
	}
	for portion := range slices.Chunk(items, r.w.in.batch) {
		if err := r.rehearse(ctx, portion); err != nil || !r.needed {
			return err
		}
	}
	return nil
}

// leastCard is the size in bytes of the shortest card nothing is wrong with, or less.
const leastCard = 100

// begin looks whether the document can modify too many at all: not where the network has few cards, nor where the library has
// sent so many before that a document of this size cannot hold enough of them.
func (r *rehearsal) begin(ctx context.Context) error {
	sent, known, err := r.w.in.store.EverSent(ctx, r.w.library.ID, cards.SuspendAbove+1)
	r.begun, r.sent = true, sent
	r.needed = cards.Suspends(known, 0) && cards.Suspends(int(r.w.claim.deposit.Size/leastCard), sent)
	return err
}

func (r *rehearsal) rehearse(ctx context.Context, items []cards.Item) error {
	batch := r.batch
	batch.Items = items
	outcomes, err := r.w.apply(ctx, batch)
	for i := range outcomes {
		if outcomes[i].Result == cards.Modified {
			r.modified++
		}
	}
	r.tooMany = cards.Suspends(r.modified, r.sent)
	r.needed = !r.tooMany
	return err
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
