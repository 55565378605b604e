package oaiclient

import (
	"errors"
	"net/http"
	"testing"
)

func TestRedirectsThatLeaveTLSAreRefused(t *testing.T) {
	for to, refused := range map[string]bool{
		"https://sigb.example.org/oai/": false, "https://SIGB.example.org:8443/oai": false, "http://sigb.example.org/oai": true,
	} {
		first, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://sigb.example.org/oai", nil)
		if err != nil {
			t.Fatal(err)
		}
		next, err := http.NewRequestWithContext(t.Context(), http.MethodGet, to, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := checkRedirect(next, []*http.Request{first}); errors.Is(err, errDowngrade) != refused {
			t.Errorf("%s: %v", to, err)
		}
	}
}

// What becomes of a dead connection is tested where cards are pushed, over the same transport.
func TestADeadConnectionIsAskedFor(t *testing.T) {
	o := Options{}.orDefaults()
	asks := newTransport(o).HTTP2
	if asks == nil || asks.SendPingTimeout <= 0 || asks.SendPingTimeout+asks.PingTimeout > o.HeaderTimeout {
		t.Errorf("a connection over which nothing comes is used again: %+v", asks)
	}
}
