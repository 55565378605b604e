package jobs

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// writeAgain is how often the jobs are written though none is wanted otherwise:
// a hub that was given less may have taken out what this one does, and what
// nobody does any more is to go.
const writeAgain = 10 * time.Minute

// plan remembers which jobs were last written to the store, so that the same
// set is not written again every few seconds.
type plan struct {
	known   []cards.Job // as wanted, sorted; nil before the first writing
	written time.Time
	looked  time.Time
	expired atomic.Bool // Kick comes from other goroutines
}

// expire makes the next turn ask for the wanted jobs whatever the time.
func (p *plan) expire() { p.expired.Store(true) }

func (p *plan) fresh(every time.Duration) bool {
	return !p.expired.Swap(false) && !p.looked.IsZero() && time.Since(p.looked) < every
}

// syncWanted writes the wanted jobs where they differ from the last ones.
func (r *Runner) syncWanted(ctx context.Context) error {
	if r.plan.fresh(r.opts.Sync) {
		return nil
	}
	err := r.syncNow(ctx)
	if err != nil {
		r.plan.expire() // try again at the next turn
	}
	return err
}

func (r *Runner) syncNow(ctx context.Context) error {
	wanted, err := r.opts.Wanted(ctx)
	if err != nil {
		return err
	}
	r.plan.looked = time.Now()
	wanted = slices.SortedFunc(slices.Values(wanted), func(a, b cards.Job) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.LibraryID, b.LibraryID))
	})
	if r.plan.known != nil && time.Since(r.plan.written) < writeAgain && slices.EqualFunc(wanted, r.plan.known, sameWish) {
		return nil
	}
	if err := r.writeWanted(ctx, wanted); err != nil {
		return err
	}
	r.plan.known, r.plan.written = append([]cards.Job{}, wanted...), time.Now()
	return nil
}

func sameWish(a, b cards.Job) bool {
	return keyOf(a) == keyOf(b) && a.Schedule == b.Schedule && a.Paused == b.Paused
}

// writeWanted gives each job its first run and writes the set. A schedule that
// cannot be read pauses its own job only.
func (r *Runner) writeWanted(ctx context.Context, wanted []cards.Job) error {
	now, err := r.store.Now(ctx)
	if err != nil {
		return err
	}
	jobs := slices.Clone(wanted)
	for i := range jobs {
		schedule, err := ParseSchedule(jobs[i].Schedule)
		if err != nil {
			r.log.Error("job paused: its schedule cannot be read",
				"job", jobs[i].Kind, "library", jobs[i].Library, "error", err)
			jobs[i].Paused = true
			jobs[i].NextRun = now.Add(maxBackoff)
			continue
		}
		jobs[i].NextRun = schedule.Next(now)
		if jobs[i].AtOnce {
			jobs[i].NextRun = now
		}
	}
	return r.store.SyncJobs(ctx, jobs)
}
