package intake

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// renewals is how many times a lease is renewed in its life, so that one renewal that comes late does not lose it.
const renewals = 3

// waitForOther is the pause between two looks at a deposit another integration holds.
const waitForOther = 200 * time.Millisecond

// claim is the right to work on one deposit. Its holder renews it between two pieces of work by keep, and while one lasts
// by during.
type claim struct {
	in      *Inbox
	deposit *cards.Deposit
	owner   string
	renewed time.Time
	body    []byte // of a document that is at hand
}

// take claims a deposit; cards.Conflict while another integration works on it. A deposit that came to its end is returned
// without a claim.
func (in *Inbox) take(ctx context.Context, id int64) (*cards.Deposit, *claim, error) {
	c := &claim{in: in, owner: in.newOwner()}
	if err := c.take(ctx, id); err != nil {
		return nil, nil, err
	}
	if finished(c.deposit) {
		return c.deposit, nil, nil
	}
	if c.deposit.Status == cards.Receiving {
		return nil, nil, cards.Errorf(cards.Invalid, "Le dépôt n° %d n’est pas encore entièrement reçu.", id)
	}
	return c.deposit, c, nil
}

// await takes a deposit as take does, or waits for what another integration makes of it.
func (in *Inbox) await(ctx context.Context, id int64) (*cards.Deposit, *claim, error) {
	for {
		d, held, err := in.take(ctx, id)
		if cards.CodeOf(err) != cards.Conflict {
			return d, held, err
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

// during does one piece of work that may last longer than the lease, such as a batch that waits its turn at the database,
// and renews the claim meanwhile. Where the claim is lost all the same, the work is stopped.
func (c *claim) during(ctx context.Context, work func(context.Context) error) error {
	if err := c.keep(ctx); err != nil {
		return err
	}
	working, lose := context.WithCancelCause(ctx)
	defer lose(nil)
	renewing, stop := context.WithCancel(working)
	id := c.deposit.ID
	var renewals sync.WaitGroup
	renewals.Go(func() {
		if err := c.renewUntil(renewing, id); err != nil {
			lose(err)
		}
	})
	err := work(working)
	stop()
	renewals.Wait()
	if cause := context.Cause(working); err != nil && cause != nil && cards.CodeOf(cause) == cards.Conflict {
		return cause
	}
	return err
}

// renewUntil renews the claim until ctx ends. Only a claim that went to another is an error: a database that does not
// answer now may do so before the lease is over.
func (c *claim) renewUntil(ctx context.Context, id int64) error {
	for pause(ctx, c.in.lease/renewals) == nil {
		_, err := c.in.store.ClaimDeposit(ctx, id, c.owner, c.in.lease)
		if cards.CodeOf(err) == cards.Conflict {
			return err
		}
	}
	return nil
}

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
