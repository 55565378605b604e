package main

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/store/storetest"
)

// The pages stand beside the addresses of libraries, never on them: who sends cards or fetches a report without a key is
// asked for one, not shown the way to the sign-in.
func TestThePagesLeaveTheDoorsOfLibrariesAlone(t *testing.T) {
	s := newSite(t, storetest.SQLiteDatabase(t))
	h, err := newHub(context.Background(), &s.Settings, console{out: s.log, err: s.log})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.run(ctx) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		h.close()
	}()
	for _, door := range []struct{ method, path string }{
		{http.MethodPost, "/cartes"}, {http.MethodGet, "/depots/1"}, {http.MethodPost, "/rapports"}, {http.MethodGet, "/oai?verb=Identify"},
	} {
		request, err := http.NewRequestWithContext(t.Context(), door.method, h.publicURL+door.path, strings.NewReader("<cartes/>"))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/xml")
		answer, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusUnauthorized || answer.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s %s: HTTP status %d %v", door.method, door.path, answer.StatusCode, answer.Header)
		}
	}
}
