package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/labstack/echo/v4"
)

func TestWhoMaySayWhoseRequestItIs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ trusted, from, forwarded, want string }{
		{"", "127.0.0.1:5000", "198.51.100.4", "198.51.100.4"},
		{"", "172.18.0.1:5000", "198.51.100.4", "172.18.0.1"},
		{"172.16.0.0/12", "172.18.0.1:5000", "198.51.100.4", "198.51.100.4"},
		{"172.16.0.0/12", "172.18.0.1:5000", "203.0.113.9, 198.51.100.4", "198.51.100.4"}, // the first is made up
		{"172.16.0.0/12", "198.51.100.4:5000", "203.0.113.9", "198.51.100.4"},
		{"192.0.2.7/32, 2001:db8::/64", "[2001:db8::1]:5000", "198.51.100.4", "198.51.100.4"},
		// Whoever has an IPv6 address has as many as they like.
		{"", "127.0.0.1:5000", "2001:db8:1:2::3", "2001:db8:1:2::/64"},
		{"", "[2001:db8:1:2:a::4]:5000", "", "2001:db8:1:2::/64"},
	} {
		callers, err := (&Settings{TrustedProxies: c.trusted}).callers()
		if err != nil {
			t.Fatal(err)
		}
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		request.RemoteAddr = c.from
		request.Header.Set(echo.HeaderXForwardedFor, c.forwarded)
		if got := callers(request); got != c.want {
			t.Errorf("%+v: taken for %s", c, got)
		}
	}
	if _, err := (&Settings{TrustedProxies: "partout"}).callers(); cards.CodeOf(err) != cards.Invalid {
		t.Errorf("a range that is none: %v", err)
	}
}
