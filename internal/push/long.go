package push

import (
	"context"
	"errors"
	"time"
)

// ErrBusy is returned by a push of many cards that found no place among those
// under way: nothing was done, and the next attempt may be in a moment, by
// whichever hub.
var ErrBusy = errors.New("push: many long pushes are under way")

// A change goes to all libraries at a time, for it is small. What a new library
// is owed, or all after a day without a hub, is not: of such pushes only some
// go on at a time, so that their documents find room in memory.

// isLong reports whether the last look found more than a document begins with.
func (d *delivery) isLong() bool { return len(d.owed.Feed) >= d.opts.BatchCards }

// placeForLong waits for a place, in the order of asking. What the library is
// owed is looked up again: nothing is kept in memory meanwhile.
func (d *delivery) placeForLong(ctx context.Context) error {
	d.owed.Feed = nil
	patience := time.NewTimer(d.opts.LongWait)
	defer patience.Stop()
	select {
	case d.long <- struct{}{}:
		d.leave = func() { <-d.long }
	case <-patience.C:
		return ErrBusy
	case <-ctx.Done():
		return ctx.Err()
	}
	return d.look(ctx)
}
