package rest

import (
	"sync"
	"time"
)

// The limits of SignInLimiter. Keys are 32 random bytes, so nobody guesses one: the limiter only keeps a wrongly
// configured or hostile client from keeping the database busy, and forgives a technician's typing errors.
const (
	freeFailures  = 5                // in a row, before the first wait
	firstWait     = 5 * time.Second  // doubles with each further failure
	longestWait   = 5 * time.Minute  // a library whose key was just corrected waits no longer than this
	forgetAfter   = 30 * time.Minute // without a failure
	limiterMemory = 10_000           // keys remembered at most
)

// SignInLimiter counts failed sign-ins in memory, one count for each key. The roof gives the same one to every door, so
// that a client cannot try five keys at each. It satisfies Limiter and may be used by several goroutines.
type SignInLimiter struct {
	now func() time.Time

	mu    sync.Mutex
	tries map[string]attempt
}

type attempt struct {
	failures int
	last     time.Time
	until    time.Time
}

// NewSignInLimiter makes a limiter; now is nil but in tests.
func NewSignInLimiter(now func() time.Time) *SignInLimiter {
	if now == nil {
		now = time.Now
	}
	return &SignInLimiter{now: now, tries: make(map[string]attempt)}
}

// Blocked reports whether key must wait before its next try, and for how long.
func (l *SignInLimiter) Blocked(key string) (time.Duration, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	wait := l.tries[key].until.Sub(l.now())
	return max(wait, 0), wait > 0
}

// Failed counts a failed sign-in.
func (l *SignInLimiter) Failed(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	a := l.tries[key]
	if now.Sub(a.last) > forgetAfter {
		a = attempt{}
	}
	a.failures++
	a.last = now
	if a.failures >= freeFailures {
		a.until = now.Add(waitAfter(a.failures - freeFailures))
	}
	if _, known := l.tries[key]; !known {
		l.makeRoom(now)
	}
	l.tries[key] = a
}

// Succeeded forgets the failures of key.
func (l *SignInLimiter) Succeeded(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.tries, key)
}

func waitAfter(more int) time.Duration {
	wait := firstWait
	for ; more > 0 && wait < longestWait; more-- {
		wait *= 2
	}
	return min(wait, longestWait)
}

// makeRoom keeps the memory bounded: what is forgotten goes first, then a tenth chosen by the map, since an attacker who
// invents keys must not be able to say whose count is dropped, nor to make every failure cost a walk over all of them.
func (l *SignInLimiter) makeRoom(now time.Time) {
	if len(l.tries) < limiterMemory {
		return
	}
	for key, a := range l.tries {
		if now.Sub(a.last) > forgetAfter {
			delete(l.tries, key)
		}
	}
	for key := range l.tries {
		if len(l.tries) < limiterMemory*9/10 {
			return
		}
		delete(l.tries, key)
	}
}
