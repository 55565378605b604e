package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// turnTimeout bounds one turn of the loop, so that a database that does not
// answer is told as trouble instead of stopping the plan in silence.
const turnTimeout = time.Minute

// Store keeps the jobs, their next runs and their leases, by its own clock.
type Store interface {
	// SyncJobs makes jobs the set: those that stay keep their state, new ones and
	// those whose schedule changed take the NextRun given, and are woken where they
	// run. Others go, but for what another hub does.
	SyncJobs(ctx context.Context, jobs []cards.Job) error
	// DueJobs lists jobs whose next run has come, that are neither paused nor
	// leased, longest due first. Before that it makes all due of the kinds given,
	// except those that failed last and are waiting for their next attempt.
	DueJobs(ctx context.Context, limit int, woken ...cards.JobKind) ([]cards.Job, error)
	// AcquireLeases leaves out the jobs that another owner holds. Leases that it
	// may have taken where it returns an error run out by themselves.
	AcquireLeases(ctx context.Context, jobs []cards.Job, owner string, d time.Duration) ([]cards.Lease, error)
	// RenewLease reports false where the lease is no longer ours.
	RenewLease(ctx context.Context, lease *cards.Lease, d time.Duration) (bool, error)
	// ReleaseLease ends the lease and writes the next run: at once where the
	// job was woken meanwhile and did not fail, else next. A runErr that is
	// context.Canceled counts neither as a success nor as a failure.
	ReleaseLease(ctx context.Context, lease *cards.Lease, next time.Time, runErr error) error
	// Now is the store's clock.
	Now(ctx context.Context) (time.Time, error)
}

// Handler does a job. Its context ends when the hub stops or the lease cannot
// be kept; it must then return within a sixth of the lease. The job is what
// the store knew when it was found due.
type Handler func(ctx context.Context, job cards.Job) error

// Options are the settings of a Runner. Zero values take the defaults.
type Options struct {
	// Owner names this process in leases; required and unique among the hubs.
	Owner string
	// Lease is how long a job is reserved at a time, 30 s by default. A hub
	// that dies frees its jobs after that long.
	Lease time.Duration
	// Poll is how often due jobs are looked for when nothing wakes the
	// runner, 1 s by default.
	Poll time.Duration
	// Sync is how often Wanted is asked, 5 s by default.
	Sync time.Duration
	// Concurrency is how many jobs of one kind run at a time, 16 by default.
	// It is counted per kind, so that slow harvests never hold up pushes.
	Concurrency int
	// Places are for kinds of which more, or fewer, run at a time.
	Places map[cards.JobKind]int
	// StopTimeout bounds the wait for running jobs at the end, 20 s by default.
	StopTimeout time.Duration
	// Handlers do the work; a job without one is left to other hubs.
	Handlers map[cards.JobKind]Handler
	// Wanted tells which jobs there should be.
	Wanted func(ctx context.Context) ([]cards.Job, error)
	// Changed signals that cards changed: pushes are woken. Nil: never.
	Changed <-chan struct{}
	// Logger may be nil.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	setDefault(&o.Lease, 30*time.Second)
	setDefault(&o.Poll, time.Second)
	setDefault(&o.Sync, 5*time.Second)
	setDefault(&o.StopTimeout, 20*time.Second)
	if o.Concurrency <= 0 {
		o.Concurrency = 16
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

func (o *Options) places(kind cards.JobKind) int {
	if n, given := o.Places[kind]; given {
		return n
	}
	return o.Concurrency
}

func setDefault(d *time.Duration, value time.Duration) {
	if *d <= 0 {
		*d = value
	}
}

// Runner finds due jobs and runs them under leases.
type Runner struct {
	store Store
	opts  Options
	log   *slog.Logger

	started atomic.Bool
	kick    chan struct{} // holds at most one request to look at once
	waker   waker
	plan    plan
	trouble trouble

	jobs sync.WaitGroup
	mu   sync.Mutex
	// running are the jobs whose handler has not returned in this process.
	running map[key]struct{}
	busy    map[cards.JobKind]int
}

// key identifies a job.
type key struct {
	kind    cards.JobKind
	library int64
}

func keyOf(job cards.Job) key { return key{job.Kind, job.LibraryID} }

// New makes a Runner; Run starts it.
func New(store Store, opts Options) (*Runner, error) {
	if opts.Owner == "" {
		return nil, errors.New("jobs: Options.Owner is required")
	}
	if opts.Wanted == nil {
		return nil, errors.New("jobs: Options.Wanted is required")
	}
	opts = opts.withDefaults()
	r := &Runner{
		store: store, opts: opts, log: opts.Logger,
		kick:    make(chan struct{}, 1),
		running: make(map[key]struct{}),
		busy:    make(map[cards.JobKind]int),
	}
	r.trouble.log = r.log
	return r, nil
}

// Kick makes the runner look at the wanted and the due jobs at once.
func (r *Runner) Kick() {
	r.plan.expire()
	r.look()
}

// look asks for another turn of the loop.
func (r *Runner) look() {
	select {
	case r.kick <- struct{}{}:
	default: // one request is waiting already, and will see this too
	}
}

// Run works until ctx ends, then waits for the running jobs, whose contexts
// end with it. It returns an error where jobs did not stop in time, or where
// it is already running.
func (r *Runner) Run(ctx context.Context) error {
	if !r.started.CompareAndSwap(false, true) {
		return errors.New("jobs: the runner was already started")
	}
	if r.opts.Changed != nil {
		// What changed while no hub was looking has not been pushed either.
		r.waker.ask()
	}
	for ctx.Err() == nil {
		r.runOnce(ctx)
		r.wait(ctx)
	}
	return r.stop()
}

// runOnce is one turn of the loop. The jobs it starts live as long as ctx, its
// own questions to the store only as long as a turn may take.
func (r *Runner) runOnce(ctx context.Context) {
	turn, cancel := context.WithTimeout(ctx, turnTimeout)
	defer cancel()
	r.trouble.note(ctx, "wanted jobs could not be written", r.syncWanted(turn))
	r.trouble.note(ctx, "due jobs could not be started", r.startDue(turn, ctx))
}

// wait ends at the next poll, at a kick, or when pushes are to be woken.
func (r *Runner) wait(ctx context.Context) {
	timer := time.NewTimer(r.waker.delay(r.opts.Poll))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		case <-r.kick:
			return
		case _, open := <-r.opts.Changed:
			if !open {
				r.opts.Changed = nil // a closed channel would spin
				continue
			}
			r.waker.ask()
			timer.Reset(r.waker.delay(r.opts.Poll))
		}
	}
}

// stop waits for the running jobs.
func (r *Runner) stop() error {
	done := make(chan struct{})
	go func() {
		r.jobs.Wait()
		close(done)
	}()
	timer := time.NewTimer(r.opts.StopTimeout)
	defer timer.Stop()
	select {
	case <-done:
		return nil
	case <-timer.C:
		return fmt.Errorf("jobs: still running %s after the stop: %s", r.opts.StopTimeout, r.runningNames())
	}
}

func (r *Runner) runningNames() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	names := make([]string, 0, len(r.running))
	for k := range r.running {
		names = append(names, fmt.Sprintf("%s/%d", k.kind, k.library))
	}
	sort.Strings(names)
	return strings.Join(names, ", ")
}
