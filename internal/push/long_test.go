package push_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/push"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// takesAll answers that everything was taken.
func takesAll(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	n := bytes.Count(body, []byte("<carte "))
	w.Header().Set("Content-Type", "application/xml")
	_, _ = fmt.Fprintf(w, `<rapport xmlns="urn:carte-reseau:1" statut="integre" recues="%d" creees="%d" modifiees="0" inchangees="0" rejetees="0"/>`, n, n)
}

// Pushes of many cards wait for each other, and what waits too long is given
// back untouched; a change passes them all.
func TestAChangePassesThePushesOfManyCards(t *testing.T) {
	reached, goOn := make(chan struct{}, 1), make(chan struct{})
	slow := func(w http.ResponseWriter, r *http.Request) {
		select {
		case reached <- struct{}{}:
			<-goOn
		default: // its later documents
		}
		takesAll(w, r)
	}
	b := withHandler(t, slow, func(o *push.Options) {
		o.Long, o.LongWait, o.BatchCards = 1, 20*time.Millisecond, 10
	})
	quick := httptest.NewServer(http.HandlerFunc(takesAll))
	t.Cleanup(quick.Close)
	other := func(code string) *cards.Library {
		return storetest.Library(t, b.store, code, func(l *cards.Library) { l.PushURL = quick.URL })
	}
	late, abreast := other("late"), other("abreast")
	b.give(1, 3)
	mustPush(t, b.pusher, abreast, 3)
	b.give(4, 12)
	long := make(chan error, 1)
	go func() { // as another job of the hub
		_, err := b.pusher.Push(t.Context(), b.lib)
		long <- err
	}()
	<-reached
	mustPush(t, b.pusher, abreast, 9)
	run, err := b.pusher.Push(t.Context(), late)
	if !errors.Is(err, push.ErrBusy) || run.ID != 0 || run.Counts.Received != 0 {
		t.Errorf("while a long push is under way, another did %+v, %v", run, err)
	}
	close(goOn)
	if err := <-long; err != nil {
		t.Error(err)
	}
	b.settled(0, 0)
	mustPush(t, b.pusher, late, 12)
	mustPush(t, b.pusher, late, 0)
}

// mustPush pushes and wants so many cards taken.
func mustPush(t *testing.T, p *push.Pusher, lib *cards.Library, want int) {
	t.Helper()
	if run, err := p.Push(t.Context(), lib); err != nil || run.Counts.Created != want {
		t.Errorf("%s was pushed %+v, %v; want %d cards", lib.Code, run, err, want)
	}
}
