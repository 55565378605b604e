package push_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/carte-reseau/hub/internal/push"
	"github.com/carte-reseau/hub/internal/sigb"
)

// A system that cannot take as many cards as a document begins with, and does not say so: its front end closes the connection
// on what is too long for it, or it is not done when the time is over.
func TestASystemThatFailsAtLongDocumentsIsSentShortOnes(t *testing.T) {
	const most = 30
	b := withHandler(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		n := bytes.Count(body, []byte("<carte "))
		if err != nil || n > most {
			panic(http.ErrAbortHandler)
		}
		_, _ = fmt.Fprintf(w, `<rapport xmlns="urn:carte-reseau:1" etablissement="monnaie" date="2026-11-21T08:31:00Z" statut="integre" `+
			`recues="%d" creees="%d" modifiees="0" inchangees="0" rejetees="0"/>`, n, n)
	})
	b.give(1, 1000)
	failed := 0
	for b.status().Behind > 0 {
		if _, err := b.push(); err != nil && !errors.Is(err, push.ErrMore) {
			failed++
		}
		if failed > 4 {
			t.Fatalf("%d runs failed, and %d cards still wait", failed, b.status().Behind)
		}
	}
	b.settled(0, 0)
}

// The halves of what failed also close in on a card that is far behind in the feed.
func TestACulpritFarBehindIsFoundInFewRuns(t *testing.T) {
	b, sys, srv := withSystem(t)
	b.give(1, 1000)
	srv.Faults.Always(sigb.RefuseBatchWith(http.StatusInternalServerError, number(700)))
	for failed := 0; b.status().Again == 0; {
		if _, err := b.push(); err != nil && !errors.Is(err, push.ErrMore) {
			failed++
		}
		if failed > 10 {
			t.Fatalf("%d runs failed, and %d cards still wait", failed, b.status().Behind)
		}
	}
	b.mustPush()
	b.settled(1, 1)
	if sys.Len() != 999 {
		t.Errorf("%d of the 999 good cards got through", sys.Len())
	}
	// Once it is found, it was not the length of the documents.
	longest := 0
	for _, seen := range srv.Seen() {
		if seen.Numbers[0] > number(700) {
			longest = max(longest, len(seen.Numbers))
		}
	}
	if longest < 80 {
		t.Errorf("the cards behind it went out in documents of %d", longest)
	}
}

// An outage leaves no short documents behind.
func TestAfterAnOutageDocumentsAreLongAgain(t *testing.T) {
	b, _, srv := withSystem(t)
	b.give(1, 400)
	srv.Faults.Always(sigb.Broken())
	for range 3 {
		b.mustFail("500")
	}
	srv.Faults.Clear()
	b.mustPush()
	b.give(401, 600)
	before := len(srv.Seen())
	b.mustPush()
	b.settled(0, 0)
	if n := len(srv.Seen()) - before; n != 1 {
		t.Errorf("200 cards went out in %d documents", n)
	}
}
