package rest_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/rest"
)

type notReady struct{}

func (notReady) Ready(context.Context) error {
	return errors.New("password authentication failed for hub")
}

func TestHealth(t *testing.T) {
	well, ill := newHub(t), newHub(t, func(o *rest.Options) { o.Readiness = notReady{} })
	for _, c := range []struct {
		h      *hub
		path   string
		status int
	}{{well, "/healthz", http.StatusOK}, {well, "/readyz", http.StatusOK}, {ill, "/healthz", http.StatusOK}, {ill, "/readyz", http.StatusServiceUnavailable}} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			if a := c.h.do(method, c.path, ""); a.status != c.status || strings.Contains(a.body, "password") {
				t.Errorf("%s %s: HTTP status %d, %q", method, c.path, a.status, a.body)
			}
		}
	}
	if !strings.Contains(ill.logs.String(), "password authentication failed") {
		t.Error("why the hub is not ready was not logged")
	}
}

func TestMetricsAreForThisMachineAndStaff(t *testing.T) {
	registry := prometheus.NewRegistry()
	h := newHub(t, func(o *rest.Options) {
		o.Registerer = registry
		o.Metrics = promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	})
	h.reader()
	h.library("mours")
	h.post("mours", documentOf("mours", cardXML("A1"))).wantReport(http.StatusOK, cards.Integrated)
	h.post("mours", "").wantReport(http.StatusBadRequest, cards.Refused)
	forwarded := header("X-Forwarded-For", "192.0.2.9")
	h.do(http.MethodGet, "/metrics", "", forwarded).wantProblem(http.StatusUnauthorized)
	h.do(http.MethodGet, "/metrics", "", forwarded, bearer("wrong")).wantProblem(http.StatusUnauthorized)
	for _, sign := range []tweak{func(*http.Request) {}, func(r *http.Request) { forwarded(r); bearer(staffKey)(r) }} {
		a := h.do(http.MethodGet, "/metrics", "", sign)
		for _, line := range []string{`hub_post_documents_total{status="200"} 1`, `hub_post_documents_total{status="400"} 1`, `hub_rest_refused_sign_ins_total 1`} {
			if a.status != http.StatusOK || !strings.Contains(a.body, line) {
				t.Errorf("HTTP status %d, lacks %s:\n%s", a.status, line, a.body)
			}
		}
	}
}

func TestSchemasAreForEverybody(t *testing.T) {
	h := newHub(t)
	for _, path := range []string{"/schemas/carte-reseau-1.xsd", "/schemas/rapport-1.xsd"} {
		a := h.do(http.MethodGet, path, "")
		tag := a.header.Get("ETag")
		if a.status != http.StatusOK || !strings.Contains(a.body, "<xs:schema") || tag == "" {
			t.Errorf("%s: HTTP status %d, %v", path, a.status, a.header)
		}
		if again := h.do(http.MethodGet, path, "", header("If-None-Match", tag)); again.status != http.StatusNotModified || again.body != "" {
			t.Errorf("%s unchanged: HTTP status %d", path, again.status)
		}
		if head := h.do(http.MethodHead, path, ""); head.status != http.StatusOK || head.body != "" {
			t.Errorf("HEAD %s: HTTP status %d", path, head.status)
		}
	}
}

// The makers of libraries' systems have the hub's address, and neither an account nor the project.
func TestTheGuideIsForEverybody(t *testing.T) {
	h := newHub(t, func(o *rest.Options) { o.Guide = []byte("# Raccorder un SIGB\n") })
	a := h.do(http.MethodGet, "/guide/sigb.md", "")
	if a.status != http.StatusOK || a.body != "# Raccorder un SIGB\n" || a.header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("HTTP status %d, %v\n%s", a.status, a.header, a.body)
	}
	h.likeGet("/guide/sigb.md")
	newHub(t).do(http.MethodGet, "/guide/sigb.md", "").wantStatus(http.StatusNotFound)
}

func TestADoorThatLacksSomethingIsNotBuilt(t *testing.T) {
	if _, err := rest.New(t.Context(), rest.Options{}); err == nil {
		t.Error("a door without anything behind it was built")
	}
}
