package oaiclient_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/oaiclient"
)

// A server that asks to wait is well, only busy: that takes nothing from the attempts at one that fails.
func TestWaitingIsNoAttempt(t *testing.T) {
	t.Parallel()
	busy, whole := status(http.StatusServiceUnavailable, "Retry-After", "0"), listOf("", card("A1", "X"))
	ils := newScript(t, busy, busy, busy, busy, xmlAnswer(whole[:len(whole)/2]), page("", "A1"))
	w := newWorld(t, ils.URL)
	w.complete(t)
	w.wantNumbers(t, "A1")
}

// One that is busy for ever is left alone in the end: a run holds its library's lease.
func TestWaitingComesToAnEnd(t *testing.T) {
	t.Parallel()
	const most = 1000
	var answers []http.HandlerFunc
	for range most {
		answers = append(answers, status(http.StatusServiceUnavailable, "Retry-After", "0"))
	}
	ils := newScript(t, append(answers, page("", "A1"))...)
	w := newWorld(t, ils.URL)
	_, err := w.harvest(t, func(o *oaiclient.Options) { o.MaxWait = 50 * time.Millisecond })
	var later *oaiclient.NotBefore
	if !errors.As(err, &later) {
		t.Errorf("after %d requests: %v", len(ils.queries()), err)
	}
}
