package store

import (
	"context"
	"fmt"

	"github.com/carte-reseau/hub/internal/cards"
)

// taking is a deposit that is stored, applied and ended in one transaction: its
// sender, who waits for the report, is answered once that is committed. A
// document so small costs little more than its commits, and the ways to the
// database and back.
type taking struct {
	row    depositRow
	packed []byte
	// done says that all was done but the commit.
	done bool
}

// TakeDeposit does with a document that is one batch what StoreDeposit, Apply
// and FinishDeposit do. cards.ErrUndone is that nothing has changed; with any
// other error it is not known.
func (s *Store) TakeDeposit(ctx context.Context, d cards.Deposit, body []byte, b cards.Batch) (*cards.Deposit, error) {
	t := &taking{row: newDeposit(d, cards.Received), packed: deflate(body)}
	t.row.Size = int64(len(body))
	b.Moment.Arrived = fromMicros(t.row.Arrived) // as whoever tries the deposit again will read it
	a, err := s.integrate(ctx, &b, t)
	switch {
	case err != nil && !t.done:
		return nil, fmt.Errorf("%w: %w", cards.ErrUndone, err)
	case err != nil:
		return nil, err
	}
	taken, err := t.row.deposit(d.Library)
	if err == nil {
		taken.Kept = len(body) > 0 && len(a.tainted) == 0
	}
	return taken, err
}

// storing enters the deposit that comes with the batch, if it does.
func (a *applying) storing() []question {
	if a.taking == nil {
		return nil
	}
	return a.store.storing(a.tx, &a.taking.row, a.taking.packed)
}

// ending ends the deposit that came with the batch.
func (a *applying) ending(moved *bool, done int64, sum cards.Counts) question {
	row := &a.taking.row
	row.Status, row.Done, row.Made = string(sum.Ended()), done, micros(a.batch.Moment.Made)
	row.Received, row.Created, row.Modified = int64(sum.Received), int64(sum.Created), int64(sum.Modified)
	row.Unchanged, row.Rejected = int64(sum.Unchanged), int64(sum.Rejected)
	return ask(a.tx, func(ended answerRow) error {
		*moved = true
		return ended.Scan(&row.Finished)
	}, "UPDATE deposits SET status = ?, done = ?, made = ?, received = ?, created = ?, modified = ?, unchanged = ?, rejected = ?, finished = "+
		a.store.nowMicros()+" WHERE id = ? RETURNING finished",
		row.Status, row.Done, row.Made, row.Received, row.Created, row.Modified, row.Unchanged, row.Rejected, row.ID)
}

// counting counts the deposit that ended with the batch.
func (a *applying) counting() []statement {
	if a.taking == nil {
		return nil
	}
	row := a.taking.row.activity()
	row.Day = a.store.today(fromMicros(a.taking.row.Finished).Unix())
	return activities.writing(a.tx, []activityRow{row})
}
