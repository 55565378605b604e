package push

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/carte-reseau/hub/internal/cards"
)

// ErrMore is returned with a run that went well but ended before the feed did,
// so that one library does not hold its place for hours.
var ErrMore = errors.New("push: more to send at once")

// Store keeps feeds, marks and runs.
type Store interface {
	// PushWork tells what the library is owed now: cards above its mark in seq
	// order, and whether any wait to be handed again.
	PushWork(ctx context.Context, q cards.PushQuery) (cards.PushWork, error)
	// HandAgainDue lists the cards to be sent once more now, oldest first, in
	// their current version. Attempts counts refusals.
	HandAgainDue(ctx context.Context, libraryID int64, day string, limit int) ([]cards.HandAgain, error)
	// SettlePush records a report in one transaction: the mark moves to upper
	// (0, or below the mark: it stays), what was delivered waits no longer,
	// what was refused waits for its next attempt.
	SettlePush(ctx context.Context, libraryID, upper int64, delivered []cards.FeedItem, refused []cards.Refusal) error
	// DoubtPush records that what was sent may have been taken, though no report
	// says so.
	DoubtPush(ctx context.Context, libraryID int64, sent []cards.FeedItem) error
	// StopLibrary stops all exchange with the library until staff, who are told, resume it.
	StopLibrary(ctx context.Context, libraryID int64, reason cards.Sentence) error
	// BeginPush and FinishRun record what was done. A run that never finished is
	// one of which nobody knows what was taken. What was looked up before the last
	// erasure, which BeginPush tells, may hold the card that was erased.
	BeginPush(ctx context.Context, run cards.Run) (id, erased int64, err error)
	FinishRun(ctx context.Context, run cards.Run) error
	// Now is the store's clock, the same for all hubs of one network.
	Now(ctx context.Context) (time.Time, error)
}

// Options are the settings of a Pusher. Zero values take the defaults.
type Options struct {
	// HubCode is the hub's own code, the sender of what is pushed; required.
	HubCode string
	// Location is where the network's calendar days are; UTC by default.
	Location *time.Location
	// BatchCards and BatchBytes bound one document: 200 cards, 1 MiB of them.
	// For a system that answers soon documents grow, up to MaxBatchCards: 1,000,
	// or BatchCards where that is set and this is not.
	BatchCards    int
	MaxBatchCards int
	BatchBytes    int
	// Timeout bounds one request from the first byte to the end of the
	// report, 1 minute by default.
	Timeout time.Duration
	// PingAfter is how long nothing may come over a connection of HTTP/2 before it
	// is asked whether it is alive, and then until it says so; 15 seconds by
	// default. The next request would go the same way otherwise.
	PingAfter time.Duration
	// MaxReply bounds a report, 4 MiB by default.
	MaxReply int64
	// MaxRun is about how long one Push goes on, 1 minute by default.
	MaxRun time.Duration
	// Long is how many pushes of more than BatchCards go on at a time, 16 by
	// default; another one waits LongWait for its place, 5 seconds by default.
	Long     int
	LongWait time.Duration
	// HarvestFirst fetches the library's own changes, for libraries that are
	// also harvested: it returns once a harvest begun after the call is
	// complete. It is called when there is something to send.
	HarvestFirst func(ctx context.Context, lib *cards.Library) error
	// Transport replaces the door's own, in tests.
	Transport http.RoundTripper
	// Metrics may be nil: none.
	Metrics prometheus.Registerer
	// Logger may be nil.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.BatchCards > 0 {
		setDefault(&o.MaxBatchCards, o.BatchCards)
	}
	setDefault(&o.BatchCards, 200)
	setDefault(&o.MaxBatchCards, 1000)
	setDefault(&o.BatchBytes, 1<<20)
	setDefault(&o.Timeout, time.Minute)
	setDefault(&o.PingAfter, 15*time.Second)
	setDefault(&o.MaxReply, 4<<20)
	setDefault(&o.MaxRun, time.Minute)
	setDefault(&o.Long, 16)
	setDefault(&o.LongWait, 5*time.Second)
	if o.Location == nil {
		o.Location = time.UTC
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

func setDefault[T int | int64 | time.Duration](v *T, value T) {
	if *v <= 0 {
		*v = value
	}
}

// Pusher sends libraries their cards.
type Pusher struct {
	store    Store
	opts     Options
	log      *slog.Logger
	client   *client
	metrics  *metrics
	patience patience
	lengths  lengths
	refused  inARow
	long     chan struct{} // holds one for each long push under way
}

// New makes a Pusher.
func New(store Store, opts Options) (*Pusher, error) {
	if opts.HubCode == "" {
		return nil, errors.New("push: Options.HubCode is required")
	}
	opts = opts.withDefaults()
	m, err := newMetrics(opts.Metrics)
	if err != nil {
		return nil, err
	}
	return &Pusher{store: store, opts: opts, log: opts.Logger, client: newClient(opts), metrics: m, long: make(chan struct{}, opts.Long)}, nil
}

// Close closes the idle connections.
func (p *Pusher) Close() { p.client.http.CloseIdleConnections() }

// Push sends the library what it has not got yet. The run tells what was done;
// its ID is 0 where there was nothing to do, and nothing was recorded then.
// Errors but ErrMore and ErrBusy are in words staff understand; one with a method NotBefore tells when
// the library's system wants to be called again.
func (p *Pusher) Push(ctx context.Context, lib *cards.Library) (cards.Run, error) {
	if lib.Paused || lib.Preparing || !lib.Pushed() {
		return cards.Run{}, nil
	}
	d := &delivery{Pusher: p, lib: lib, began: time.Now(), leave: func() {}}
	d.run = cards.Run{LibraryID: lib.ID, Library: lib.Code, Job: cards.JobPush}
	defer func() { d.leave() }() // also where a panic passes through
	err := d.finish(ctx, d.work(ctx))
	return d.run, err
}
