package main

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/store/storetest"
)

// Two hubs on one database: who watches the one sees what the other took in; and a hub that stops lets its watchers go at once.
func TestWhoWatchesOneHubSeesWhatAnotherDid(t *testing.T) {
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.library("mours")
	s.hubReading("clef-personnelle-de-claire\n", "user", "add", "Claire", "--role=reader", "--key-file=-").want(exitOK)
	h, err := newHub(context.Background(), &s.Settings, console{out: s.log, err: s.log})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.run(ctx) }()
	defer h.close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.publicURL+"/api/v1/events", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer clef-personnelle-de-claire")
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	lines := bufio.NewScanner(answer.Body)
	until := func(words string) {
		t.Helper()
		for lines.Scan() {
			if strings.Contains(lines.Text(), words) {
				return
			}
		}
		t.Fatalf("the stream ended before %q: %v", words, lines.Err())
	}
	until(`"kind":"pret"`)
	s.hub("library", "pause", "mours").want(exitOK) // another process, as far as the hub can tell
	until(`"kind":"bibliotheque","library":"mours"`)
	begin := time.Now()
	stop()
	for lines.Scan() { // to its end
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if took := time.Since(begin); took > stopTimeout/2 {
		t.Errorf("a hub that is watched takes %v to stop", took)
	}
}
