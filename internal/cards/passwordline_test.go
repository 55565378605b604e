package cards

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

// failures lets five pass at a key.
type failures struct {
	mu   sync.Mutex
	seen map[string]int
}

func (f *failures) Blocked(key string) (time.Duration, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return time.Second, f.seen[key] >= 5
}

func (f *failures) Failed(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen[key]++
}

func (f *failures) Succeeded(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.seen, key)
}

// inLine counts the tries under way or waiting.
func inLine(l *PasswordLine, account, caller string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.turns[PasswordTries(account, caller)].users
}

// Tries at one password are made one behind the other, each judged by those before; at another account nobody waits for them.
func TestTriesAtAPasswordStandInLine(t *testing.T) {
	const tries = 20
	line := NewPasswordLine(&failures{seen: map[string]int{}}, nil)
	wrong := Errorf(Forbidden, "un autre")
	var crowd sync.Once
	var mu sync.Mutex
	compared, now := 0, 0
	guess := func() error {
		mu.Lock()
		compared, now = compared+1, now+1
		if now > 1 {
			t.Error("two are compared at a time")
		}
		mu.Unlock()
		crowd.Do(func() {
			for inLine(line, "mours", "192.0.2.1") < tries {
				time.Sleep(time.Millisecond)
			}
		})
		_, blocked, err := line.Try(t.Context(), "peyrins", "192.0.2.1", Forbidden, func() error { return nil })
		if blocked || err != nil {
			t.Errorf("at another account: blocked %v, %v", blocked, err)
		}
		mu.Lock()
		defer mu.Unlock()
		now--
		return wrong
	}
	var all sync.WaitGroup
	for range tries {
		all.Go(func() { _, _, _ = line.Try(t.Context(), " Mours", "192.0.2.1", Forbidden, guess) })
	}
	all.Wait()
	if compared != 5 || len(line.turns) != 0 {
		t.Errorf("%d were compared; %d are kept", compared, len(line.turns))
	}
}

// Who leaves the line takes nothing from it; nor does what breaks.
func TestWhoLeavesTheLineIsNoTry(t *testing.T) {
	line := NewPasswordLine(&failures{seen: map[string]int{}}, nil)
	_, _, err := line.Try(t.Context(), "mours", "192.0.2.1", Forbidden, func() error {
		gone, leave := context.WithCancel(t.Context())
		leave()
		_, _, err := line.Try(gone, "mours", "192.0.2.1", Forbidden, func() error { t.Error("compared"); return nil })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		return Errorf(Unavailable, "pas maintenant")
	})
	if CodeOf(err) != Unavailable || len(line.turns) != 0 || line.callers.of("192.0.2.1").total != 0 {
		t.Errorf("%v; %d are kept, %d counted", err, len(line.turns), line.callers.of("192.0.2.1").total)
	}
	func() {
		defer func() { _ = recover() }()
		_, _, _ = line.Try(t.Context(), "mours", "192.0.2.1", Forbidden, func() error { panic("broken") })
	}()
	if len(line.turns) != 0 {
		t.Error("the line is held for good")
	}
}
