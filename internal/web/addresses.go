package web

import (
	"sync"
	"time"
)

// The limits of addressLimit.
const (
	addressTries   = 30               // of one address, before it waits
	addressWait    = time.Minute      // between two tries from then on
	addressForget  = 30 * time.Minute // without a try
	addressesKnown = 10_000           // remembered twice at most
)

// addressLimit bounds how often passwords are tried from one address, whatever the names: each try is hashed, and few are at a
// time. A try counts before it is made, as many may come at once. Who signs in is forgiven their tries at that name, so that
// libraries behind one address do not add up; those at other names stay, or one account would do to guess at all others.
type addressLimit struct {
	now func() time.Time

	mu         sync.Mutex
	young, old map[string]*addressCount // old is dropped when young is full
}

type addressCount struct {
	total int
	names map[string]int // the first addressTries names
	last  time.Time
}

func newAddressLimit(now func() time.Time) *addressLimit {
	return &addressLimit{now: now, young: map[string]*addressCount{}}
}

// enter counts a try, or says how long to wait for it.
func (l *addressLimit) enter(address, name string) (wait time.Duration, blocked bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a, now := l.of(address), l.now()
	if now.Sub(a.last) > addressForget {
		*a = addressCount{names: map[string]int{}}
	}
	if wait := a.last.Add(addressWait).Sub(now); a.total >= addressTries && wait > 0 {
		return wait, true
	}
	a.total++
	a.last = now
	if _, known := a.names[name]; known || len(a.names) < addressTries {
		a.names[name]++
	}
	return 0, false
}

// succeeded forgives the tries at a name, the last of which was right.
func (l *addressLimit) succeeded(address, name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.of(address)
	a.total = max(0, a.total-max(1, a.names[name]))
	delete(a.names, name)
}

// unmade takes a try back that came to nothing: the hub could not judge it.
func (l *addressLimit) unmade(address, name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.of(address)
	a.total = max(0, a.total-1)
	if a.names[name] > 0 {
		a.names[name]--
	}
}

func (l *addressLimit) of(address string) *addressCount {
	if a := l.young[address]; a != nil {
		return a
	}
	a := l.old[address]
	if a == nil {
		a = &addressCount{names: map[string]int{}}
	}
	if len(l.young) >= addressesKnown {
		l.young, l.old = map[string]*addressCount{}, l.young
	}
	l.young[address] = a
	return a
}
