package oaiserver_test

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/oaiserver"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// A client that asks for many pages at once and reads none must not have the hub hold them all.
func TestOneLibrarysRequestsLeaveRoomForTheOthers(t *testing.T) {
	t.Parallel()
	const each = 8
	h := open(t, storetest.SQLite(t), func(o *oaiserver.Options) { o.PlacePatience = 20 * time.Millisecond })
	var stuck atomic.Int32
	var asked sync.WaitGroup
	read := make(chan struct{})
	release := sync.OnceFunc(func() { close(read) })
	t.Cleanup(release)
	hold := func() {
		if stuck.Add(1) <= each {
			<-read
		}
	}
	h.wrote.Store(&hold)
	for range each {
		asked.Go(func() { h.as(h.mours, "verb=Identify") })
	}
	for deadline := time.Now().Add(20 * time.Second); stuck.Load() < each; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the answers are not under way")
		}
	}
	got := h.as(h.mours, "verb=Identify")
	if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") != "30" || !strings.Contains(string(got.body), "à la fois") {
		t.Errorf("one more: %d, Retry-After %q, %s", got.status, got.header.Get("Retry-After"), got.body)
	}
	if got := h.as(h.peyrins, "verb=Identify"); got.status != http.StatusOK {
		t.Errorf("another library: %d", got.status)
	}
	release()
	asked.Wait()
	if got := h.as(h.mours, "verb=Identify"); got.status != http.StatusOK {
		t.Errorf("once the others have ended: %d", got.status)
	}
}
