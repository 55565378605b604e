package cards

import (
	"strconv"
	"testing"
	"time"
)

// Tries count before they are judged: as many at once as one likes are no way around the limit.
func TestAnAddressWaitsAfterManyTries(t *testing.T) {
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	limit := newCallerLimit(func() time.Time { return now })
	tried := func(address, name string, want time.Duration) {
		t.Helper()
		if wait, blocked := limit.enter(address, name); wait != want || blocked != (want > 0) {
			t.Errorf("%s at %s: wait %v, blocked %v; want %v", name, address, wait, blocked, want)
		}
	}
	for i := range callerTries {
		tried("192.0.2.1", "nom-"+strconv.Itoa(i), 0)
	}
	tried("192.0.2.1", "encore", callerWait)
	tried("192.0.2.2", "encore", 0)
	now = now.Add(callerWait)
	tried("192.0.2.1", "encore", 0)
	tried("192.0.2.1", "encore", callerWait)
	limit.unmade("192.0.2.1", "encore") // as the database was away
	limit.unmade("192.0.2.1", "nom-1")
	tried("192.0.2.1", "encore", 0)
	now = now.Add(callerForget + 1)
	for i := range callerTries {
		tried("192.0.2.1", strconv.Itoa(i), 0)
	}
}

func TestTheAddressLimitForgetsRatherThanGrow(t *testing.T) {
	limit := newCallerLimit(time.Now)
	for i := range 3 * callersKnown {
		limit.enter(strconv.Itoa(i), "")
		limit.enter("192.0.2.1", strconv.Itoa(i))
	}
	if known := len(limit.young) + len(limit.old); known > 2*callersKnown {
		t.Errorf("%d addresses are remembered", known)
	}
	if names := len(limit.of("192.0.2.1").names); names > callerTries {
		t.Errorf("%d names are remembered", names)
	}
}
