package jobs

import (
	"context"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// dueLimit bounds one look at the due jobs. There is one row per job kind and
// library, so it is more than a large network has in all: a kind whose places
// are taken cannot hide the others behind its own due jobs.
const dueLimit = 2000

// startDue takes the leases of the due jobs there is room for, within turn,
// and starts them; they live as long as life.
func (r *Runner) startDue(turn, life context.Context) error {
	due, err := r.store.DueJobs(turn, dueLimit)
	if err != nil {
		return err
	}
	for _, job := range due {
		handler := r.opts.Handlers[job.Kind]
		if handler == nil || life.Err() != nil || !r.reserve(job) {
			continue
		}
		if err := r.take(turn, life, job, handler); err != nil {
			return err
		}
	}
	return nil
}

// take starts the job where its lease can be had. The caller has reserved it.
func (r *Runner) take(turn, life context.Context, job cards.Job, handler Handler) error {
	// Measured before the call: the lease cannot run out earlier than this
	// plus its length, however long the answer took.
	taken := time.Now()
	lease, ours, err := r.store.AcquireLease(turn, job.Kind, job.LibraryID, r.opts.Owner, r.opts.Lease)
	if err != nil || !ours {
		r.unreserve(job)
		return err
	}
	r.jobs.Go(func() {
		defer r.look() // a place is free, and the job may be due again
		defer r.unreserve(job)
		r.do(life, job, handler, lease, taken)
	})
	return nil
}

// reserve takes a place for the job; false where there is none or where an
// earlier run of the same job has not returned, its lease lost or not.
func (r *Runner) reserve(job cards.Job) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, runs := r.running[keyOf(job)]; runs || r.busy[job.Kind] >= r.opts.Concurrency {
		return false
	}
	r.running[keyOf(job)] = struct{}{}
	r.busy[job.Kind]++
	return true
}

func (r *Runner) unreserve(job cards.Job) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.running, keyOf(job))
	r.busy[job.Kind]--
}
