package push_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
	"github.com/carte-reseau/hub/internal/push"
	"github.com/carte-reseau/hub/internal/sigb"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

func TestDeliversTheFeedInOrderAndOnlyOnce(t *testing.T) {
	b, sys, srv := withSystem(t, func(o *push.Options) { o.MaxBatchCards = 200 })
	b.give(1, 450)
	run := b.mustPush()
	if run.Counts.Received != 450 || run.Counts.Created != 450 || run.Counts.Rejected != 0 || !run.OK {
		t.Errorf("run %+v", run)
	}
	if sys.Len() != 450 {
		t.Errorf("the system holds %d cards", sys.Len())
	}
	b.settled(0, 0)
	var sent []string
	for _, seen := range srv.Seen() {
		sent = append(sent, seen.Numbers...)
		if len(seen.Numbers) > 200 {
			t.Errorf("a batch of %d cards", len(seen.Numbers))
		}
	}
	for i, got := range sent {
		if got != number(i+1) {
			t.Fatalf("card %d of the feed is %s", i, got)
		}
	}
	if again := b.mustPush(); again.ID != 0 || len(srv.Seen()) != 3 {
		t.Errorf("nothing to send, yet run %d and %d requests", again.ID, len(srv.Seen()))
	}
	if runs := b.runs(); len(runs) != 1 || runs[0].Counts != run.Counts || runs[0].Finished.IsZero() {
		t.Errorf("recorded runs %+v", runs)
	}
	b.clean()
}

func TestNoEcho(t *testing.T) {
	b, _, srv := withSystem(t)
	b.giver = b.lib
	b.give(1, 3)
	if run := b.mustPush(); run.ID != 0 || len(srv.Seen()) != 0 {
		t.Errorf("the library was sent its own cards: %+v", run)
	}
}

func TestTheDocumentIsTheStandardOne(t *testing.T) {
	var body []byte
	var header http.Header
	b := withHandler(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ = io.ReadAll(r.Body)
		header = r.Header
		_, _ = io.WriteString(w, `<rapport statut="integre" recues="2"/>`)
	})
	b.give(1, 2)
	b.mustPush()
	reader, err := exchange.NewReader(bytes.NewReader(body), exchange.Options{})
	if err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	e := reader.Envelope
	if e.Establishment != "reseau" || e.Mode != exchange.Incremental || time.Since(e.Made).Abs() > time.Minute {
		t.Errorf("envelope %+v", e)
	}
	for n := 1; n <= 2; n++ {
		item, err := reader.Next()
		if err != nil || len(item.Faults) > 0 || item.Incoming.Number != number(n) {
			t.Errorf("card %d: %+v, %v", n, item, err)
		}
	}
	if _, err := reader.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("after the last card: %v", err)
	}
	user, pass, _ := (&http.Request{Header: header}).BasicAuth()
	if user != "reseau" || pass != password || header.Get("Content-Type") != "application/xml; charset=utf-8" {
		t.Errorf("headers %v", header)
	}
	if _, sent := header["X-Idempotency-Key"]; sent {
		t.Error("the idempotency header was sent")
	}
}

func TestBatchesAreBoundedInBytes(t *testing.T) {
	b, sys, srv := withSystem(t, func(o *push.Options) { o.BatchBytes = 4000 })
	b.give(1, 30)
	b.mustPush()
	if sys.Len() != 30 || len(srv.Seen()) < 5 {
		t.Errorf("%d cards in %d batches", sys.Len(), len(srv.Seen()))
	}
	// One card that is larger than the bound goes alone.
	b.renew(func(o *push.Options) { o.BatchBytes = 10 })
	b.give(31, 33)
	b.mustPush()
	if sys.Len() != 33 {
		t.Errorf("%d cards", sys.Len())
	}
}

func TestALongRunEndsAndAsksForMore(t *testing.T) {
	b, sys, _ := withSystem(t, func(o *push.Options) { o.MaxRun, o.BatchCards = time.Nanosecond, 10 })
	b.give(1, 25)
	for i, want := range []int{10, 20, 25} {
		run, err := b.push()
		if !errors.Is(err, push.ErrMore) || !run.OK || sys.Len() != want {
			t.Fatalf("run %d: %+v, %v, %d cards", i, run, err, sys.Len())
		}
	}
	if _, err := b.push(); err != nil {
		t.Error(err)
	}
}

func TestOneRefusedCardAmong500(t *testing.T) {
	b, sys, srv := withSystem(t, func(o *push.Options) { o.MaxBatchCards = 200 })
	culprit := number(137)
	sys.Refuse(func(n string) error {
		if n == culprit {
			return saying("Code postal hors secteur.")
		}
		return nil
	})
	b.give(1, 500)
	run := b.mustPush()
	if sys.Len() != 499 || run.Counts.Rejected != 1 || run.Counts.Received != 500 || len(srv.Seen()) != 3 {
		t.Errorf("%d cards taken in %d requests, run %+v", sys.Len(), len(srv.Seen()), run)
	}
	b.settled(1, 1)
	waiting := b.hurry()
	if len(waiting) != 1 || waiting[0].Number != culprit || !strings.Contains(waiting[0].Reason.String(), "hors secteur") || waiting[0].Attempts != 1 {
		t.Fatalf("waiting: %+v", waiting)
	}
	b.mustPush()
	if waiting = b.hurry(); len(waiting) != 1 || waiting[0].Attempts != 2 {
		t.Fatalf("after the second refusal: %+v", waiting)
	}
	sys.Refuse(nil)
	b.mustPush()
	b.settled(0, 0)
	seen := srv.Seen()
	for _, s := range seen[3:] {
		if len(s.Numbers) != 1 {
			t.Errorf("the refused card went with %d cards", len(s.Numbers))
		}
	}
	if sys.Len() != 500 {
		t.Errorf("%d cards in the end", sys.Len())
	}
	b.clean()
}

func TestARefusedCardIsClearedByItsNextVersion(t *testing.T) {
	b, sys, _ := withSystem(t)
	sys.Refuse(func(string) error { return saying("Nom interdit.") })
	b.give(1, 1)
	b.mustPush()
	b.settled(1, 1)
	sys.Refuse(nil)
	b.give(1, 1, func(c *cards.Card) { c.Phone = "04 75 99 99 99" })
	b.mustPush()
	b.settled(0, 0)
	if p, _ := sys.Patron(number(1)); p.Phone != "04 75 99 99 99" {
		t.Errorf("the system holds phone %q", p.Phone)
	}
}

func TestARefusedCardIsSentInItsCurrentVersion(t *testing.T) {
	b, sys, srv := withSystem(t)
	sys.Refuse(func(string) error { return saying("Non.") })
	b.give(1, 1)
	b.mustPush()
	b.give(1, 1, func(c *cards.Card) { c.Phone = "04 75 99 99 99" })
	b.mustPush()
	b.hurry()
	sys.Refuse(nil)
	b.mustPush()
	b.settled(0, 0)
	if p, _ := sys.Patron(number(1)); p.Phone != "04 75 99 99 99" || len(srv.Seen()) != 3 {
		t.Errorf("phone %q after %d requests", p.Phone, len(srv.Seen()))
	}
}

func TestABatchRefusedIsSplitUntilTheCulpritIsAlone(t *testing.T) {
	for _, status := range []int{http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusRequestEntityTooLarge, http.StatusConflict} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			b, sys, srv := withSystem(t)
			b.give(1, 200)
			srv.Faults.Always(sigb.RefuseBatchWith(status, number(77)), sigb.RefuseBatchWith(status, number(200)))
			run := b.mustPush()
			if sys.Len() != 198 || run.Counts.Rejected != 2 || run.Counts.Received != 200 {
				t.Errorf("%d cards taken, run %+v", sys.Len(), run)
			}
			if n := len(srv.Seen()); n > 33 {
				t.Errorf("%d requests to find two culprits among 200", n)
			}
			b.settled(2, 2)
			for _, w := range b.hurry() {
				if !strings.Contains(w.Reason.String(), "réponse 4") {
					t.Errorf("reason %q", w.Reason)
				}
			}
		})
	}
}

func TestDeniedPausesTheLibrary(t *testing.T) {
	for _, fault := range []sigb.Fault{sigb.Unauthorized(), sigb.Forbidden()} {
		t.Run(fault.String(), func(t *testing.T) {
			b, _, srv := withSystem(t)
			b.give(1, 3)
			srv.Faults.Next(fault)
			b.mustFail("refuse l’accès")
			lib, err := b.store.LibraryByID(t.Context(), b.lib.ID)
			if err != nil || !lib.Paused || !strings.Contains(lib.PauseReason.String(), "puis reprenez les échanges") {
				t.Fatalf("library %+v, %v", lib, err)
			}
			before := len(srv.Seen())
			if run := b.mustPush(); run.ID != 0 || len(srv.Seen()) != before {
				t.Error("a paused library was called")
			}
			if err := b.store.ResumeLibrary(t.Context(), b.lib.ID); err != nil {
				t.Fatal(err)
			}
			b.mustPush()
			b.settled(0, 0)
		})
	}
}

func TestHarvestComesFirst(t *testing.T) {
	var calls int
	var fail error
	b, sys, srv := withSystem(t, func(o *push.Options) {
		o.HarvestFirst = nil
	})
	first := func(o *push.Options) {
		o.HarvestFirst = func(_ context.Context, _ *cards.Library) error {
			calls++
			if len(srv.Seen()) > 0 && fail == nil {
				t.Error("harvested after the push")
			}
			return fail
		}
	}
	b.renew(first)
	b.give(1, 3)
	b.mustPush()
	if calls != 0 {
		t.Error("a library that is not harvested was harvested")
	}
	lib := *b.lib
	lib.OAIURL, lib.OAIPrefix, lib.OAISet = srv.URL(sigb.OAI), "carte", "cartes"
	storetest.Change(t, b.store, lib)
	if b.mustPush(); calls != 0 {
		t.Error("harvested though there was nothing to push")
	}
	b.give(4, 6)
	fail = cards.Errorf(cards.Unavailable, "Le serveur OAI de monnaie est muet.")
	before := len(srv.Seen())
	b.mustFail("Le serveur OAI de monnaie est muet")
	if calls != 1 || len(srv.Seen()) != before || sys.Len() != 3 {
		t.Errorf("%d harvests; pushed over an edit that was not fetched", calls)
	}
	fail = nil
	b.renew(func(o *push.Options) {
		o.HarvestFirst = func(context.Context, *cards.Library) error { calls++; return nil }
	})
	b.mustPush()
	if calls != 2 || sys.Len() != 6 {
		t.Errorf("%d harvests, %d cards", calls, sys.Len())
	}
}

func TestMetricsCountByLibrary(t *testing.T) {
	registry := prometheus.NewRegistry()
	b, sys, _ := withSystem(t, func(o *push.Options) { o.Metrics = registry })
	sys.Refuse(func(n string) error {
		if n == number(2) {
			return saying("Non.")
		}
		return nil
	})
	b.give(1, 5)
	b.mustPush()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			for _, label := range m.GetLabel() {
				if label.GetName() == "result" || label.GetName() == "outcome" {
					got[f.GetName()+"/"+label.GetValue()] = m.GetCounter().GetValue()
				}
			}
		}
	}
	if got["hub_push_cards_total/delivered"] != 4 || got["hub_push_cards_total/refused"] != 1 || got["hub_push_requests_total/report"] != 1 {
		t.Errorf("metrics %v", got)
	}
	if _, err := push.New(b.store, push.Options{HubCode: "reseau", Metrics: registry}); err == nil {
		t.Error("registered twice without a word")
	}
}

// A library in preparation is sent nothing, and everything once it is open.
func TestALibraryInPreparationIsSentNothing(t *testing.T) {
	b, sys, srv := withSystem(t)
	b.give(1, 5)
	preparing := *b.lib
	preparing.Preparing = true
	if run, err := b.pusher.Push(t.Context(), &preparing); err != nil || run.ID != 0 || len(srv.Seen()) != 0 {
		t.Errorf("it was sent something: %+v, %v", run, err)
	}
	b.mustPush()
	if sys.Len() != 5 {
		t.Errorf("once open it holds %d cards", sys.Len())
	}
}
