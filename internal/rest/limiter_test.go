package rest_test

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/rest"
)

// clock is a clock the test sets.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func TestTheLimiterWaitsLongerEachTime(t *testing.T) {
	at := &clock{now: time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)}
	limiter := rest.NewSignInLimiter(at.time)
	fail := func(times int) {
		for range times {
			limiter.Failed("mours|192.0.2.1")
		}
	}
	assert := func(wantWait time.Duration) {
		t.Helper()
		wait, blocked := limiter.Blocked("mours|192.0.2.1")
		if wait != wantWait || blocked != (wantWait > 0) {
			t.Errorf("wait %v, blocked %v; want %v", wait, blocked, wantWait)
		}
	}
	fail(4)
	assert(0) // a technician may mistype
	fail(1)
	assert(5 * time.Second)
	if _, blocked := limiter.Blocked("mours|192.0.2.2"); blocked {
		t.Error("another address waits too")
	}
	at.pass(5 * time.Second)
	assert(0)
	fail(1)
	assert(10 * time.Second)
	fail(20)
	assert(5 * time.Minute)
	limiter.Succeeded("mours|192.0.2.1")
	assert(0)
	fail(4)
	at.pass(31 * time.Minute)
	fail(1)
	assert(0) // the four are forgotten
}

func TestTheLimiterForgetsRatherThanGrow(t *testing.T) {
	at := &clock{now: time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)}
	limiter := rest.NewSignInLimiter(at.time)
	blocked := 0
	const keys = 25_000
	for i := range keys {
		for range 5 {
			limiter.Failed(strconv.Itoa(i))
		}
	}
	for i := range keys {
		if _, is := limiter.Blocked(strconv.Itoa(i)); is {
			blocked++
		}
	}
	if blocked > 10_000 || blocked < 5_000 {
		t.Errorf("%d keys remembered, want at most 10,000 and not many fewer", blocked)
	}
}
