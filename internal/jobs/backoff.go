package jobs

import (
	"math/rand/v2"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

const (
	firstBackoff = 30 * time.Second
	maxBackoff   = time.Hour
)

// backoff is how long to wait after the given number of failures in a row:
// 30 s doubling to an hour, spread by a fifth so that libraries that failed
// together do not come back together.
func backoff(failures int) time.Duration {
	d := firstBackoff
	for ; failures > 1 && d < maxBackoff; failures-- {
		d *= 2
	}
	d = min(d, maxBackoff)
	return d*4/5 + rand.N(d/5) //nolint:gosec // spreading work needs no secret
}

// nextRun decides when the job runs again. A failed job comes back after its
// backoff where that is sooner than its schedule.
func nextRun(now time.Time, job cards.Job, o outcome) time.Time {
	if o.again {
		return now
	}
	next := now.Add(maxBackoff)
	if schedule, err := ParseSchedule(job.Schedule); err == nil {
		next = schedule.Next(now)
	}
	if o.err != nil {
		if soon := now.Add(backoff(job.Failures + 1)); soon.Before(next) {
			next = soon
		}
	}
	if !o.at.IsZero() && o.at.Before(next) {
		next = o.at
	}
	if o.notBefore.After(next) {
		next = o.notBefore
	}
	return next
}
