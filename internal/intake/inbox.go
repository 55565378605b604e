package intake

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// Options steer an Inbox. The zero value of each field but MaxDocument has a sensible meaning.
type Options struct {
	// MaxDocument is the largest document taken, in bytes once unpacked.
	MaxDocument int64
	// Location is the network's time zone, for dates that name none.
	Location *time.Location
	// Owner names this process in the leases it takes, so that staff can tell who works on a deposit.
	Owner string
	// Lease is how long a crashed hub keeps a deposit from the others; 2 minutes by default.
	Lease time.Duration
	// Batch is how many cards are applied in one transaction; 500 by default, large enough to be quick, small enough that
	// other doors wait no longer than a fraction of a second.
	Batch int
	// Resumed is told of every deposit Resume brought to its end, or found suspended or refused by a person, so that the
	// door it came by can still say so to the library. Nil: nobody is told.
	Resumed func(ctx context.Context, d *cards.Deposit) error
	// Progress is told after each batch how many of the document's cards are done. Nil: nobody is told.
	Progress func(done, of int)
	// Letters are the mails about a deposit that is suspended: they are queued with it. Nil: none.
	Letters func(d *cards.Deposit) []cards.Message
	// Now is the clock; nil for the machine's.
	Now func() time.Time
}

// Inbox takes documents in. It keeps nothing in memory between calls, and its methods may be called from many
// goroutines, in many processes on one database.
type Inbox struct {
	store       Store
	maxDocument int64
	location    *time.Location
	owner       string
	lease       time.Duration
	batch       int
	resumed     func(ctx context.Context, d *cards.Deposit) error
	progress    func(done, of int)
	letters     func(d *cards.Deposit) []cards.Message
	now         func() time.Time
}

// New makes an inbox on a store.
func New(store Store, o Options) *Inbox {
	const lease, batch = 2 * time.Minute, 500
	in := &Inbox{
		store: store, maxDocument: o.MaxDocument, location: o.Location, owner: o.Owner,
		lease: o.Lease, batch: o.Batch, resumed: o.Resumed, progress: o.Progress, letters: o.Letters, now: o.Now,
	}
	if in.letters == nil {
		in.letters = func(*cards.Deposit) []cards.Message { return nil }
	}
	if in.progress == nil {
		in.progress = func(int, int) {}
	}
	if in.location == nil {
		in.location = time.UTC
	}
	if in.lease <= 0 {
		in.lease = lease
	}
	if in.batch <= 0 {
		in.batch = batch
	}
	if in.now == nil {
		in.now = time.Now
	}
	return in
}

// newOwner names one integration: two of one process must not take each other's lease for their own.
func (in *Inbox) newOwner() string { return in.owner + "/" + rand.Text()[:8] }
