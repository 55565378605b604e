package intake

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// renewals is how many times a lease is renewed in its life: neither a renewal nor a batch that takes its time may let
// it run out.
const renewals = 3

// waitForOther is the pause between two looks at a deposit another integration holds.
const waitForOther = 200 * time.Millisecond

// claim is the right to work on one deposit. It is renewed by its holder between two pieces of work, so that it needs no
// goroutine: work that hangs loses it, as it should.
type claim struct {
	in      *Inbox
	deposit *cards.Deposit
	owner   string
	renewed time.Time
}

// take claims a deposit, or waits while another integration works on it. A deposit that came to its end meanwhile is
// returned without a claim.
func (in *Inbox) take(ctx context.Context, id int64) (*cards.Deposit, *claim, error) {
	c := &claim{in: in, owner: in.newOwner()}
	for {
		d, err := in.store.Deposit(ctx, id)
		if err != nil {
			return nil, nil, fmt.Errorf("look up deposit %d: %w", id, err)
		}
		if finished(d) {
			return d, nil, nil
		}
		if d.Status == cards.Receiving {
			return nil, nil, cards.Errorf(cards.Conflict, "Le dépôt n° %d n'est pas encore entièrement reçu.", id)
		}
		err = c.take(ctx, id)
		if err == nil && finished(c.deposit) { // by the one who held it until now
			return c.deposit, nil, nil
		}
		if err == nil {
			return c.deposit, c, nil
		}
		if cards.CodeOf(err) != cards.Conflict {
			return nil, nil, err
		}
		if err := pause(ctx, waitForOther); err != nil {
			return nil, nil, err
		}
	}
}

func (c *claim) take(ctx context.Context, id int64) error {
	asked := time.Now()
	d, err := c.in.store.ClaimDeposit(ctx, id, c.owner, c.in.lease)
	if err != nil {
		return fmt.Errorf("claim deposit %d: %w", id, err)
	}
	c.deposit, c.renewed = d, asked
	return nil
}

// keep renews the claim when a third of it has gone by. Time passes by the machine's monotonic clock here, whatever the
// inbox's clock says. Whoever lost the claim on the way, and with it the deposit, is told so by an error.
func (c *claim) keep(ctx context.Context) error {
	if time.Since(c.renewed) < c.in.lease/renewals {
		return nil
	}
	id, done := c.deposit.ID, c.deposit.Done
	if err := c.take(ctx, id); err != nil {
		return err
	}
	if finished(c.deposit) || c.deposit.Done != done {
		return cards.Errorf(cards.Conflict, "Le dépôt n° %d a été repris par un autre traitement.", id)
	}
	return nil
}

// within bounds one piece of work so that the claim outlives it.
func (c *claim) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, c.in.lease/renewals, errSlowStore)
}

var errSlowStore = errors.New("the database took longer than a third of the deposit's lease")

// release lets the next one take the deposit up at once instead of when the lease runs out. Nothing is lost where it
// fails, so nothing is said.
func (c *claim) release(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), discardPatience)
	defer cancel()
	const over = -time.Second // run out already, whatever the grain of the database's clock
	_, _ = c.in.store.ClaimDeposit(ctx, c.deposit.ID, c.owner, over)
}

func finished(d *cards.Deposit) bool {
	return d.Status != cards.Receiving && d.Status != cards.Received
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
