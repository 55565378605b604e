package intake

import (
	"context"
	"fmt"

	"github.com/carte-reseau/hub/internal/cards"
)

// Integrate brings a stored deposit to its end and returns it; one that came to its end before is returned as it is, and
// so is one that waits for a person's decision (cards.Suspended).
//
// Where the document as a whole is refused it returns the deposit, which holds the fault, and an error for the door:
// cards.Forbidden where it speaks for an establishment that is not the library's, else cards.Invalid. Any other error
// leaves the deposit stored, to be taken up again by Resume.
func (in *Inbox) Integrate(ctx context.Context, id int64, lib *cards.Library) (*cards.Deposit, error) {
	d, held, err := in.await(ctx, id)
	if err != nil {
		return nil, err
	}
	if held == nil {
		return d, refusal(d)
	}
	return held.integrate(ctx, lib)
}

// integrate brings a claimed deposit to its end.
func (c *claim) integrate(ctx context.Context, lib *cards.Library) (*cards.Deposit, error) {
	id := c.deposit.ID
	if c.deposit.LibraryID != lib.ID {
		c.release(ctx)
		return nil, cards.Errorf(cards.NotFound, "Aucun dépôt n° %d pour cette bibliothèque.", id)
	}
	w := &work{in: c.in, claim: c, library: lib}
	if err := w.run(ctx); err != nil {
		c.release(ctx)
		return nil, fmt.Errorf("integrate deposit %d: %w", id, err)
	}
	d, err := c.in.store.Deposit(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("look up deposit %d: %w", id, err)
	}
	return d, refusal(d)
}

// work is the integration of one deposit.
type work struct {
	in      *Inbox
	claim   *claim
	library *cards.Library
}

func (w *work) run(ctx context.Context) error {
	d := w.claim.deposit
	seen, fault, err := w.inspect(ctx)
	if err != nil {
		return err
	}
	if fault != nil {
		return w.end(ctx, cards.Refused, fault)
	}
	if seen.cards == 0 { // no batch will keep when it was made
		if err := w.in.store.BeginDeposit(ctx, d.ID, seen.made); err != nil {
			return err
		}
	}
	if seen.tooMany {
		return w.suspend(ctx, seen)
	}
	if err := w.applyAll(ctx, seen, d.Simulate); err != nil {
		return err
	}
	if seen.complete && !d.Simulate {
		missing := func(ctx context.Context) error { return w.in.store.HandMissing(ctx, d.ID) }
		if err := w.claim.during(ctx, missing); err != nil {
			return err
		}
	}
	return w.finish(ctx)
}

// finish states how it went, by the counts the store kept with the batches: a resumed deposit's first cards count too.
func (w *work) finish(ctx context.Context) error {
	d, err := w.in.store.Deposit(ctx, w.claim.deposit.ID)
	if err != nil {
		return err
	}
	status := d.Counts.Ended()
	if d.Simulate {
		status = cards.Simulated
	}
	return w.end(ctx, status, nil)
}

// end keeps what became of the deposit. No door waits for one that a person let through: it ends when its library is told.
func (w *work) end(ctx context.Context, status cards.DepositStatus, fault *cards.Fault) error {
	d := w.claim.deposit
	if d.Accepted && w.in.resumed != nil {
		return w.in.store.SettleDeposit(ctx, d.ID, status, fault)
	}
	return w.in.store.FinishDeposit(ctx, d.ID, status, fault)
}
