package rest_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/rest"
)

// likeGet asks for an address both ways, and checks that HEAD answers as GET does, without a body.
func (h *hub) likeGet(path string, tweaks ...tweak) {
	h.t.Helper()
	got, head := h.do(http.MethodGet, path, "", tweaks...), h.do(http.MethodHead, path, "", tweaks...)
	if head.status != got.status || head.body != "" {
		h.t.Errorf("%s: HTTP status %d by GET, %d by HEAD with %d bytes", path, got.status, head.status, len(head.body))
	}
	for _, name := range []string{"Content-Type", "ETag", "Cache-Control", "Content-Disposition", "Location", "Allow", "WWW-Authenticate"} {
		if g, w := head.header.Get(name), got.header.Get(name); g != w {
			h.t.Errorf("%s: %s is %q by GET, %q by HEAD", path, name, w, g)
		}
	}
}

// Whoever may GET may ask for the head alone, and nobody else may; it is recorded like the whole.
func TestHeadIsGetWithoutItsBody(t *testing.T) {
	registry := prometheus.NewRegistry()
	h := newHub(t, func(o *rest.Options) {
		o.Metrics = promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	})
	busy(h)
	asked := 0
	for _, r := range h.everyRequest() {
		if r.method != http.MethodGet {
			continue
		}
		asked++
		h.likeGet(r.path)
		h.likeGet(r.path, bearer(keyFor(cards.RoleReader)))
		since := h.lastEntry()
		h.likeGet(r.path, bearer(keyFor(cards.RoleAdministrator)))
		if list := h.entries(since); len(list)%2 != 0 || len(list) > 0 && !sameDeed(list[:len(list)/2], list[len(list)/2:]) {
			t.Errorf("%s by HEAD is not recorded as by GET: %+v", r.path, list)
		}
	}
	const fewest = 20
	if asked < fewest {
		t.Errorf("only %d operations were asked for", asked)
	}
	for _, path := range []string{
		"/healthz", "/readyz", "/metrics", "/schemas/carte-reseau-1.xsd", "/schemas/nichts", "/api/v1/docs", "/api/v1/openapi.json", "/api/v1/nichts",
	} {
		h.likeGet(path)
	}
	h.likeGet("/depots/1")
	h.likeGet("/depots/1", as("mours"))
	h.do(http.MethodHead, "/cartes", "", as("mours")).wantStatus(http.StatusMethodNotAllowed)
}

// sameDeed compares what entries say was done.
func sameDeed(a, b []cards.AuditEntry) bool {
	for i := range a {
		if a[i].Action != b[i].Action || a[i].Subject != b[i].Subject || a[i].Actor != b[i].Actor {
			return false
		}
	}
	return true
}

func (a answer) wantStatus(status int) {
	a.t.Helper()
	if a.status != status {
		a.t.Errorf("HTTP status %d, want %d", a.status, status)
	}
}

// The head of the events is there at once: nothing follows that one would wait for.
func TestTheHeadOfTheEventsEndsAtOnce(t *testing.T) {
	h := newHub(t)
	h.staff()
	url := serveDoor(t, h.db, func(o *rest.Options) {
		o.Subjects = []rest.Subject{rest.Events(silence{}, rest.EventOptions{Longest: time.Hour})}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodHead, url+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	bearer(keyFor(cards.RoleReader))(request)
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if got := response.Header.Get("Content-Type"); response.StatusCode != http.StatusOK || !strings.HasPrefix(got, "text/event-stream") {
		t.Errorf("HTTP status %d, %v", response.StatusCode, response.Header)
	}
	if after := h.do(http.MethodHead, "/healthz", ""); after.status != http.StatusOK {
		t.Error(after.status)
	}
}
