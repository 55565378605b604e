package jobs

import (
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// wakeEvery is the shortest time between two wakes of the pushes: a document
// of 10,000 cards commits many times a second, and each commit signals.
const wakeEvery = 50 * time.Millisecond

// waker turns many signals into few wakes. Only the runner's loop uses it.
type waker struct {
	asked bool
	next  time.Time // the earliest moment of the next wake
}

// ask remembers that pushes are to be woken.
func (w *waker) ask() { w.asked = true }

// delay is how long the loop may sleep.
func (w *waker) delay(poll time.Duration) time.Duration {
	if !w.asked {
		return poll
	}
	return min(poll, max(0, time.Until(w.next)))
}

// kinds are the jobs to be woken now: every push, where cards changed. A push
// that failed last keeps to its backoff: a library that is down would otherwise
// be called at each change of any card.
func (w *waker) kinds() []cards.JobKind {
	if !w.asked || time.Now().Before(w.next) {
		return nil
	}
	return []cards.JobKind{cards.JobPush}
}

// tried notes whether they were woken; else they are to be, but not at once.
func (w *waker) tried(err error, poll time.Duration) {
	if err != nil {
		w.next = time.Now().Add(poll)
		return
	}
	w.asked, w.next = false, time.Now().Add(wakeEvery)
}
