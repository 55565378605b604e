package push_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/carte-reseau/hub/internal/sigb"
)

const refusesAll = "refuse tout ce qui lui est envoyé"

// A system that refuses whatever it is sent, as after an update, is at fault and
// not 400 readers' cards: staff hear of the service, and all go out once it works.
func TestASystemThatRefusesEverythingBlamesNoCard(t *testing.T) {
	for name, fault := range map[string]sigb.Fault{
		"400": sigb.Status(http.StatusBadRequest), "422": sigb.Status(http.StatusUnprocessableEntity),
	} {
		t.Run(name, func(t *testing.T) {
			b, sys, srv := withSystem(t)
			b.give(1, 400)
			srv.Faults.Always(fault)
			for range 3 {
				b.mustFail(refusesAll)
			}
			if n := len(srv.Seen()); n > 100 {
				t.Errorf("%d requests to a system that takes nothing", n)
			}
			b.settled(400, 0)
			for _, run := range b.runs() {
				if run.OK || run.Counts.Rejected != 0 {
					t.Errorf("run %+v", run)
				}
			}
			srv.Faults.Clear()
			before := len(srv.Seen())
			b.mustPush()
			b.settled(0, 0)
			if n := len(srv.Seen()) - before; sys.Len() != 400 || n > 3 {
				t.Errorf("%d cards in %d requests", sys.Len(), n)
			}
			b.clean()
		})
	}
}

func TestAReportThatRefusesEveryDocumentBlamesNoCard(t *testing.T) {
	requests := 0
	b := withHandler(t, reporting(t, http.StatusOK, func([]string) string {
		requests++
		return `<rapport statut="refuse"><erreur code="enveloppe">Version inconnue.</erreur></rapport>`
	}))
	b.give(1, 400)
	b.mustFail(refusesAll)
	b.settled(400, 0)
	if requests > 100 {
		t.Errorf("%d requests", requests)
	}
}

// Cards mostly go out one at a time: then a few are blamed before it shows that
// the system is to blame, and no more after that.
func TestASystemThatRefusesOneCardAfterTheOther(t *testing.T) {
	b, sys, srv := withSystem(t)
	srv.Faults.Always(sigb.Status(http.StatusBadRequest))
	const few = 15
	for n := 1; n <= few; n++ {
		b.give(n, n)
		b.mustPush()
		b.settled(int64(n), int64(n))
	}
	for n := few + 1; n <= few+10; n++ {
		b.give(n, n)
		b.mustFail(refusesAll)
	}
	b.settled(few+10, few)
	srv.Faults.Clear()
	b.hurry()
	b.mustPush()
	b.settled(0, 0)
	if sys.Len() != few+10 {
		t.Errorf("%d cards", sys.Len())
	}
}

// The only card a library is owed may be refused rightly: staff see it with its
// reason, each later attempt is but one more, and what comes after it goes out.
func TestTheOnlyCardMayBeRefusedRightly(t *testing.T) {
	b, sys, srv := withSystem(t)
	b.give(1, 1)
	srv.Faults.Always(sigb.RefuseBatchWith(http.StatusBadRequest, number(1)))
	for attempts := 1; attempts <= 20; attempts++ {
		b.mustPush()
		b.settled(1, 1)
		if waiting := b.hurry(); len(waiting) != 1 || waiting[0].Attempts != attempts {
			t.Fatalf("after attempt %d: %+v", attempts, waiting)
		}
	}
	b.give(2, 2)
	b.mustPush()
	if _, ok := sys.Patron(number(2)); !ok {
		t.Error("the good card did not get through")
	}
	b.settled(1, 1)
}

// Many cards that are refused rightly may come first: others show that the
// system works, and none of them all is lost.
func TestManyRefusedCardsAtTheHeadHoldUpNobody(t *testing.T) {
	b, sys, srv := withSystem(t)
	const bad, all = 40, 60
	b.give(1, all)
	var faults []sigb.Fault
	for n := 1; n <= bad; n++ {
		faults = append(faults, sigb.RefuseBatchWith(http.StatusBadRequest, number(n)))
	}
	srv.Faults.Always(faults...)
	// Which others are tried is chance; that none of them is good 50 times is none.
	for range 50 {
		if _, err := b.push(); err == nil {
			break
		}
		b.settled(all, 0)
	}
	b.settled(bad, bad)
	if sys.Len() != all-bad {
		t.Errorf("%d good cards got through", sys.Len())
	}
	for _, waiting := range b.hurry() {
		if waiting.Attempts != 1 {
			t.Errorf("waiting %+v", waiting)
		}
	}
}

// Also where nothing but bad cards is left of the feed, what waits beside it
// shows that the system works.
func TestWhatWaitsGoesOutBesideCardsThatAreRefused(t *testing.T) {
	b, sys, srv := withSystem(t)
	sys.Refuse(func(string) error { return saying("Non.") })
	b.give(1, 1)
	b.mustPush()
	sys.Refuse(nil)
	b.give(2, 30)
	var faults []sigb.Fault
	for n := 2; n <= 30; n++ {
		faults = append(faults, sigb.RefuseBatchWith(http.StatusBadRequest, number(n)))
	}
	srv.Faults.Always(faults...)
	b.mustFail(refusesAll) // card 1 is not due yet
	b.settled(30, 1)
	b.hurry()
	for range 100 { // which cards are tried is chance
		if _, err := b.push(); err == nil {
			break
		}
	}
	b.settled(29, 29)
	var held []string
	for n := 1; n <= 30; n++ {
		if _, ok := sys.Patron(number(n)); ok {
			held = append(held, fmt.Sprint(n))
		}
	}
	if !slices.Equal(held, []string{"1"}) {
		t.Errorf("it holds %v", held)
	}
}
