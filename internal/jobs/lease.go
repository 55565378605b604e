package jobs

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// releaseTimeout bounds the writing of a job's end, which happens also while
// the hub stops.
const releaseTimeout = 5 * time.Second

// errLeaseLost is told to staff: neither the library nor the program is at fault.
var errLeaseLost = cards.Errorf(cards.Unavailable, "Le travail a été interrompu : ce concentrateur n’a pas pu le garder (base de données injoignable, ou machine suspendue). Il reprendra de lui-même.")

// do runs a job whose lease is held and writes how it ended.
func (r *Runner) do(ctx context.Context, job cards.Job, handler Handler, lease *cards.Lease, taken time.Time) {
	jobCtx, cancel := context.WithCancelCause(ctx)
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		r.keep(jobCtx, cancel, lease, taken)
	}()
	err := r.call(jobCtx, job, handler)
	lost := errors.Is(context.Cause(jobCtx), errLeaseLost)
	cancel(nil)
	<-kept
	if lost && err != nil {
		err = fmt.Errorf("%w: %w", errLeaseLost, err)
	}
	r.end(ctx, job, lease, err)
}

// call runs the handler; a panic becomes the job's error, so that the job is
// released and tried again like any other failure.
func (r *Runner) call(ctx context.Context, job cards.Job, handler Handler) (err error) {
	defer func() {
		if p := recover(); p != nil {
			// A panic's text may quote what was being worked on, and no
			// personal data goes into the log: only the runtime's own is told.
			what := fmt.Sprintf("%T", p)
			if e, ok := p.(runtime.Error); ok {
				what = e.Error()
			}
			r.log.Error("job panicked", "job", job.Kind, "library", job.Library,
				"panic", what, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %s", what)
		}
	}()
	return handler(ctx, job)
}

// keep renews the lease every third of its length until ctx ends. It cancels
// the job where the lease is lost, or while a sixth of it is left where the
// store cannot be reached.
func (r *Runner) keep(ctx context.Context, cancel context.CancelCauseFunc, lease *cards.Lease, taken time.Time) {
	length := r.opts.Lease
	cutoff := taken.Add(length - length/6)
	pause := length / 3
	for {
		if !sleep(ctx, min(pause, time.Until(cutoff))) {
			return
		}
		start := time.Now()
		ours, err := r.renew(ctx, lease, cutoff)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && ours:
			cutoff, pause = start.Add(length-length/6), length/3
		case err == nil, !time.Now().Before(cutoff):
			r.log.Warn("lease lost, job cancelled", "job", lease.Kind, "library_id", lease.LibraryID, "error", err)
			cancel(errLeaseLost)
			return
		default:
			pause = length / 12 // the store is in trouble: try oftener
		}
	}
}

func (r *Runner) renew(ctx context.Context, lease *cards.Lease, cutoff time.Time) (bool, error) {
	ctx, cancel := context.WithDeadline(ctx, cutoff)
	defer cancel()
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	return r.store.RenewLease(ctx, lease, r.opts.Lease)
}

// sleep waits; false where ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// end releases the job with its next run. It works also when ctx has ended:
// what is not released stays reserved until the lease runs out.
func (r *Runner) end(ctx context.Context, job cards.Job, lease *cards.Lease, err error) {
	o := outcomeOf(err)
	switch {
	case o.err == nil:
	case ctx.Err() != nil && o.notBefore.IsZero():
		// Broken off by the end of the hub, whatever it says of that: taken up first
		// thing by the next.
		o = outcome{err: context.Canceled, again: true}
	default:
		r.log.Warn("job failed", "job", job.Kind, "library", job.Library, "failures", job.Failures+1, "error", o.err)
		o.err = withoutCancel(o.err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTimeout)
	defer cancel()
	now, err := r.store.Now(ctx)
	if err != nil {
		now = time.Now()
	}
	if err := r.store.ReleaseLease(ctx, lease, nextRun(now, job, o), o.err); err != nil {
		r.log.Warn("job not released; it is free when its lease runs out",
			"job", job.Kind, "library", job.Library, "error", err)
	}
}

// withoutCancel hides that a failure came from a cancelled context: the hub goes
// on, and the store would take it for an orderly stop.
func withoutCancel(err error) error {
	if !errors.Is(err, context.Canceled) {
		return err
	}
	return &cards.Error{Code: cards.CodeOf(err), Said: cards.SentenceOf(err), Err: errors.New(err.Error())}
}
