package jobs

import (
	"context"
	"slices"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// dueLimit bounds one look at the due jobs. There is one row per job kind and
// library, so it is more than a large network has in all: a kind whose places
// are taken cannot hide the others behind its own due jobs.
const dueLimit = 2000

// startDue takes the leases of the due jobs there is room for, all at once and
// within turn, and starts them; they live as long as life.
func (r *Runner) startDue(turn, life context.Context) error {
	woken := r.waker.kinds()
	due, err := r.store.DueJobs(turn, dueLimit, woken...)
	if len(woken) > 0 {
		r.waker.tried(err, r.opts.Poll)
	}
	if err != nil {
		return err
	}
	wanted := slices.DeleteFunc(due, func(job cards.Job) bool {
		return r.opts.Handlers[job.Kind] == nil || life.Err() != nil || !r.reserve(job)
	})
	if len(wanted) == 0 {
		return nil
	}
	// Measured before the call: no lease can run out earlier than this plus its
	// length, however long the answer took.
	taken := time.Now()
	leases, err := r.store.AcquireLeases(turn, wanted, r.opts.Owner, r.opts.Lease)
	ours := make(map[key]*cards.Lease, len(leases))
	for i := range leases {
		ours[key{leases[i].Kind, leases[i].LibraryID}] = &leases[i]
	}
	for _, job := range wanted {
		if lease := ours[keyOf(job)]; lease != nil {
			r.start(life, job, lease, taken)
		} else {
			r.unreserve(job)
		}
	}
	return err
}

// start runs a job that has its place and its lease.
func (r *Runner) start(life context.Context, job cards.Job, lease *cards.Lease, taken time.Time) {
	r.jobs.Go(func() {
		defer r.look() // a place is free, and the job may be due again
		defer r.unreserve(job)
		r.do(life, job, r.opts.Handlers[job.Kind], lease, taken)
	})
}

// reserve takes a place for the job; false where there is none or where an
// earlier run of the same job has not returned, its lease lost or not.
func (r *Runner) reserve(job cards.Job) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, runs := r.running[keyOf(job)]; runs || r.busy[job.Kind] >= r.opts.places(job.Kind) {
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
