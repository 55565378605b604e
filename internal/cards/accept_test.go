package cards_test

import (
	"net/http"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

// Who asks for gzip gets it, by whatever weight but none.
func TestWhoAcceptsGzip(t *testing.T) {
	for field, want := range map[string]bool{
		"gzip": true, "GZIP": true, "x-gzip": true, "deflate, gzip": true, "br;q=1.0, gzip;q=0.8, *;q=0.1": true, "gzip ; Q=0.5": true, "gzip;q=1": true,
		"": false, "deflate": false, "identity": false, "gzip;q=0": false, "gzip;q=0.0": false, "gzip; q = 0": false, "gzip;q=": false, "gzip;q=much": false, "br, gzipped": false,
	} {
		if got := cards.AcceptsGzip(http.Header{"Accept-Encoding": {field}}); got != want {
			t.Errorf("%q: %v", field, got)
		}
	}
	if !cards.AcceptsGzip(http.Header{"Accept-Encoding": {"deflate", "gzip"}}) || cards.AcceptsGzip(http.Header{}) {
		t.Error("two fields, or none")
	}
}
