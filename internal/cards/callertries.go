package cards

import (
	"sync"
	"time"
)

// The limits of callerLimit.
const (
	callerTries  = 30               // of one caller, who waits then
	callerWait   = time.Minute      // between two tries from then on
	callerForget = 30 * time.Minute // without a try
	callersKnown = 10_000           // remembered twice at most
)

// callerLimit bounds how often passwords are tried by one caller, whatever the names: each try is hashed, and few are at a
// time. A try counts before it is made, as many may come at once. Who signs in is forgiven their tries at that name, so that
// libraries behind one address do not add up; those at other names stay, or one account would do to guess at all others.
type callerLimit struct {
	now func() time.Time

	mu         sync.Mutex
	young, old map[string]*callerCount // old is dropped when young is full
}

type callerCount struct {
	total int
	names map[string]int // the first callerTries names
	last  time.Time
}

func newCallerLimit(now func() time.Time) *callerLimit {
	return &callerLimit{now: now, young: map[string]*callerCount{}}
}

// enter counts a try, or says how long to wait for it.
func (l *callerLimit) enter(caller, name string) (wait time.Duration, blocked bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a, now := l.of(caller), l.now()
	if now.Sub(a.last) > callerForget {
		*a = callerCount{names: map[string]int{}}
	}
	if wait := a.last.Add(callerWait).Sub(now); a.total >= callerTries && wait > 0 {
		return wait, true
	}
	a.total++
	a.last = now
	if _, known := a.names[name]; known || len(a.names) < callerTries {
		a.names[name]++
	}
	return 0, false
}

// succeeded forgives the tries at a name, the last of which was right.
func (l *callerLimit) succeeded(caller, name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.of(caller)
	a.total = max(0, a.total-max(1, a.names[name]))
	delete(a.names, name)
}

// unmade takes a try back that came to nothing: the hub could not judge it.
func (l *callerLimit) unmade(caller, name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.of(caller)
	a.total = max(0, a.total-1)
	if a.names[name] > 0 {
		a.names[name]--
	}
}

func (l *callerLimit) of(caller string) *callerCount {
	if a := l.young[caller]; a != nil {
		return a
	}
	a := l.old[caller]
	if a == nil {
		a = &callerCount{names: map[string]int{}}
	}
	if len(l.young) >= callersKnown {
		l.young, l.old = map[string]*callerCount{}, l.young
	}
	l.young[caller] = a
	return a
}
