package rest_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/rest"
	"github.com/carte-reseau/hub/internal/store"
)

func TestNobodyPostsWithoutTheirKey(t *testing.T) {
	h := newHub(t)
	mours := h.library("mours")
	document := documentOf("mours", cardXML("A1"))
	for name, sign := range map[string]tweak{
		"no sign-in":       func(r *http.Request) { r.Header.Del("Authorization") },
		"a wrong key":      func(r *http.Request) { r.SetBasicAuth("mours", "wrong") },
		"another's key":    func(r *http.Request) { r.SetBasicAuth("mours", keyOf("peyrins")) },
		"an unknown code":  func(r *http.Request) { r.SetBasicAuth("Mme Dupré", keyOf("mours")) },
		"a bearer key":     func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+keyOf("mours")) },
		"an enormous code": func(r *http.Request) { r.SetBasicAuth(strings.Repeat("m", 5000), "x") },
	} {
		t.Run(name, func(t *testing.T) {
			a := h.post("mours", document, sign)
			a.t = t
			a.wantReport(http.StatusUnauthorized, cards.Refused, `code="non-autorise"`)
			if got := a.header.Get("WWW-Authenticate"); !strings.HasPrefix(got, "Basic ") {
				t.Errorf("WWW-Authenticate: %q", got)
			}
		})
	}
	h.wantNoDeposit(mours)
	for _, secret := range []string{"wrong", keyOf("mours"), "Dupré"} {
		if strings.Contains(h.logs.String(), secret) {
			t.Errorf("the log holds %q:\n%s", secret, h.logs)
		}
	}
}

func TestRepeatedFailuresMustWait(t *testing.T) {
	at := &clock{now: time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)}
	h := newHub(t, func(o *rest.Options) { o.Limiter = rest.NewSignInLimiter(at.time) })
	h.library("mours")
	h.library("peyrins")
	document := documentOf("mours", cardXML("A1"))
	wrong := func(r *http.Request) { r.SetBasicAuth("mours", "wrong") }
	for range 5 {
		h.post("mours", document, wrong).wantReport(http.StatusUnauthorized, cards.Refused)
	}
	blocked := h.post("mours", document)
	blocked.wantReport(http.StatusTooManyRequests, cards.Refused, `code="trop-de-tentatives"`)
	if got := blocked.header.Get("Retry-After"); got != "6" {
		t.Errorf("Retry-After: %q, want 6", got)
	}
	h.post("peyrins", documentOf("peyrins", cardXML("A2"))).wantReport(http.StatusOK, cards.Integrated)
	at.pass(6 * time.Second)
	h.post("mours", document).wantReport(http.StatusOK, cards.Integrated)
}

// away is a database nobody can reach.
type away struct{ *store.Store }

var errAway = errors.New("dial tcp 192.0.2.7:5432: connection refused")

func (away) Authenticate(context.Context, string, string) (*cards.Library, error) {
	return nil, cards.WrapError(cards.Unavailable, errAway, "La base de données ne répond pas.")
}

func (away) AuthenticateUser(context.Context, string) (*cards.User, error) {
	return nil, cards.WrapError(cards.Unavailable, errAway, "La base de données ne répond pas.")
}

func TestADatabaseThatIsAwayIsNoFailureOfTheStaff(t *testing.T) {
	h := newHub(t, func(o *rest.Options) { o.Keys = away{} })
	for range 10 {
		a := h.asReader("/libraries")
		a.wantProblem(http.StatusServiceUnavailable)
		if got := a.header.Get("Retry-After"); got != "30" {
			t.Errorf("Retry-After: %q, want seconds", got)
		}
		if strings.Contains(a.body, "192.0.2.7") {
			t.Errorf("the cause was shown: %s", a.body)
		}
	}
}

func TestADatabaseThatIsAwayIsNoFailureOfTheLibrary(t *testing.T) {
	h := newHub(t, func(o *rest.Options) { o.Keys = away{} })
	for range 10 {
		a := h.post("mours", documentOf("mours", cardXML("A1")))
		a.wantReport(http.StatusServiceUnavailable, cards.Refused, `code="indisponible"`)
		if got := a.header.Get("Retry-After"); got != "30" {
			t.Errorf("Retry-After: %q, want seconds", got)
		}
		if strings.Contains(a.body, "192.0.2.7") {
			t.Errorf("the cause was shown: %s", a.body)
		}
	}
	if !strings.Contains(h.logs.String(), errAway.Error()) {
		t.Error("the cause was not logged")
	}
}
