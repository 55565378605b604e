package cards

import (
	"context"
	"sync"
	"time"
)

// TryCounter counts failed tries, and says who has to wait. The key it counts by names who tries what.
type TryCounter interface {
	Blocked(key string) (time.Duration, bool)
	Failed(key string)
	Succeeded(key string)
}

// PasswordLine has passwords compared, whatever door they come by; the roof gives all doors the same one. The tries of a
// caller at an account's password stand in line: many at once would all be let in before the first is counted. Those at other
// accounts are bounded for the caller as a whole.
type PasswordLine struct {
	counter TryCounter
	callers *callerLimit

	mu    sync.Mutex
	turns map[string]*turn // of tries under way or in line
}

// turn is full while a try is under way.
type turn struct {
	taken chan struct{}
	users int
}

// NewPasswordLine makes a line; now is nil but in tests.
func NewPasswordLine(counter TryCounter, now func() time.Time) *PasswordLine {
	if now == nil {
		now = time.Now
	}
	return &PasswordLine{counter: counter, callers: newCallerLimit(now), turns: map[string]*turn{}}
}

// Try has a password compared, or says how long to wait for that; blocked is then true. The error is that of the comparison;
// its code tells, by wrong, that the password was another: all else is no try.
func (l *PasswordLine) Try(ctx context.Context, account, caller string, wrong Code, compare func() error) (wait time.Duration, blocked bool, err error) {
	account = AccountName(account)
	key := PasswordTries(account, caller)
	leave, err := l.enter(ctx, key)
	if err != nil {
		return 0, false, err
	}
	defer leave()
	if wait, blocked := l.counter.Blocked(key); blocked {
		return wait, true, nil
	}
	if wait, blocked := l.callers.enter(caller, account); blocked {
		return wait, true, nil
	}
	err = compare()
	switch {
	case err == nil:
		l.counter.Succeeded(key)
		l.callers.succeeded(caller, account)
	case CodeOf(err) == wrong:
		l.counter.Failed(key)
	default:
		l.callers.unmade(caller, account)
	}
	return 0, false, err
}

// enter waits for the tries before it.
func (l *PasswordLine) enter(ctx context.Context, key string) (leave func(), err error) {
	t := l.of(key)
	select {
	case t.taken <- struct{}{}:
		return func() { <-t.taken; l.release(key, t) }, nil
	case <-ctx.Done():
		l.release(key, t)
		return nil, ctx.Err()
	}
}

func (l *PasswordLine) of(key string) *turn {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.turns[key]
	if t == nil {
		t = &turn{taken: make(chan struct{}, 1)}
		l.turns[key] = t
	}
	t.users++
	return t
}

func (l *PasswordLine) release(key string, t *turn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t.users--; t.users == 0 {
		delete(l.turns, key)
	}
}
