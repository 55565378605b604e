package push_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
	"github.com/carte-reseau/hub/internal/push"
	"github.com/carte-reseau/hub/internal/sigb"
)

// A system that fails at one card without saying so would, if it were only
// waited for, never get another card again (law 7).

func TestACardTheSystemChokesOnIsFoundInTheEnd(t *testing.T) {
	b, sys, srv := withSystem(t)
	b.give(1, 100)
	srv.Faults.Always(sigb.RefuseBatchWith(http.StatusInternalServerError, number(7)))
	for range 3 {
		b.mustFail("est en erreur (réponse 500)")
	}
	run := b.mustPush()
	if sys.Len() != 99 || run.Counts.Received != 100 || run.Counts.Rejected != 1 {
		t.Errorf("%d of the 99 good cards got through, run %+v", sys.Len(), run)
	}
	b.settled(1, 1)
	waiting := b.hurry()
	if len(waiting) != 1 || waiting[0].Number != number(7) || !strings.Contains(waiting[0].Reason.String(), "À la réception de cette carte") {
		t.Fatalf("waiting %+v", waiting)
	}
	// While it waits, it holds up nobody, and once it goes through it is done.
	b.give(101, 110)
	b.mustPush()
	b.settled(1, 1)
	srv.Faults.Clear()
	b.hurry()
	b.mustPush()
	b.settled(0, 0)
}

func TestTheFirstCardOfTheFeedMayBeTheCulprit(t *testing.T) {
	b, sys, srv := withSystem(t)
	b.give(1, 40)
	srv.Faults.Always(sigb.RefuseBatchWith(http.StatusInternalServerError, number(1)),
		sigb.RefuseBatchWith(http.StatusInternalServerError, number(16)))
	for range 3 {
		b.mustFail("500")
	}
	b.mustPush()
	if sys.Len() != 38 {
		t.Errorf("%d of 38 good cards", sys.Len())
	}
	b.settled(2, 2)
}

func TestASystemThatIsDownBlamesNoCard(t *testing.T) {
	b, sys, srv := withSystem(t)
	b.give(1, 40)
	srv.Faults.Always(sigb.Broken())
	for range 8 {
		b.mustFail("500")
	}
	if n := len(srv.Seen()); n > 3+5*13 {
		t.Errorf("%d requests to a system that is down", n)
	}
	b.settled(40, 0)
	srv.Faults.Clear()
	b.mustPush()
	b.settled(0, 0)
	if sys.Len() != 40 {
		t.Errorf("%d cards", sys.Len())
	}
}

// A system that says itself that it is away fails at no card, however often: the first error behind that begins no search.
func TestASystemThatWasAwayIsNotSearchedForACulprit(t *testing.T) {
	b, _, srv := withSystem(t)
	b.give(1, 40)
	srv.Faults.Always(sigb.Unavailable(time.Second))
	for range 4 {
		b.mustFail("revenir plus tard")
	}
	srv.Faults.Clear()
	srv.Faults.Always(sigb.Broken())
	before := len(srv.Seen())
	b.mustFail("500")
	if n := len(srv.Seen()) - before; n != 1 {
		t.Errorf("%d requests", n)
	}
}

func TestOneCardAloneIsNotBlamedWithoutAnother(t *testing.T) {
	b, sys, srv := withSystem(t)
	b.give(1, 1)
	srv.Faults.Always(sigb.RefuseBatchWith(http.StatusInternalServerError, number(1)))
	for range 5 {
		b.mustFail("500")
	}
	b.give(2, 2)
	b.mustPush()
	b.settled(1, 1)
	if _, ok := sys.Patron(number(2)); !ok {
		t.Error("the good card did not get through")
	}
}

func TestWaitingCardsTheSystemChokesOnHoldUpNobody(t *testing.T) {
	b, sys, srv := withSystem(t)
	sys.Refuse(func(n string) error {
		if n <= number(12) {
			return saying("Non.")
		}
		return nil
	})
	b.give(1, 20)
	b.mustPush()
	b.settled(12, 12)
	sys.Refuse(nil)
	var choke []sigb.Fault
	for n := 1; n <= 8; n++ {
		choke = append(choke, sigb.RefuseBatchWith(http.StatusInternalServerError, number(n)))
	}
	srv.Faults.Always(choke...)
	// Only waiting cards are left: which are tried first is chance, and the
	// others get through whatever those do.
	for range 60 {
		b.hurry()
		_, _ = b.push() // a run that only met cards that choke it fails
		if b.status().Again == 8 {
			break
		}
	}
	b.settled(8, 8)
}

// reporting answers every document with a report made for its cards.
func reporting(t *testing.T, status int, report func(numbers []string) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		reader, err := exchange.NewReader(r.Body, exchange.Options{})
		if err != nil {
			t.Error(err)
			return
		}
		var numbers []string
		for {
			item, err := reader.Next()
			if err != nil {
				break
			}
			numbers = append(numbers, item.Incoming.Number)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, report(numbers))
	}
}

func holds(numbers []string, n int) bool {
	for _, have := range numbers {
		if have == number(n) {
			return true
		}
	}
	return false
}

func TestReportsNobodyCanTellTheCardOf(t *testing.T) {
	tests := map[string]struct {
		status int
		report func(numbers []string) string
		reason string
	}{
		"rejected, not listed": {200, func(numbers []string) string {
			if !holds(numbers, 5) {
				return fmt.Sprintf(`<rapport statut="integre" recues="%d" rejetees="0"/>`, len(numbers))
			}
			return fmt.Sprintf(`<rapport statut="partiel" recues="%d" rejetees="1"/>`, len(numbers))
		}, "sans dire pourquoi"},
		"listed under another number": {200, func(numbers []string) string {
			if !holds(numbers, 5) {
				return fmt.Sprintf(`<rapport statut="integre" recues="%d"/>`, len(numbers))
			}
			return fmt.Sprintf(`<rapport recues="%d"><carte numero="5" resultat="rejetee"><erreur code="x">Trop vieux.</erreur></carte></rapport>`, len(numbers))
		}, "Trop vieux."},
		"the document refused with 200": {200, func(numbers []string) string {
			if !holds(numbers, 5) {
				return fmt.Sprintf(`<rapport statut="integre" recues="%d"/>`, len(numbers))
			}
			return `<rapport statut="refuse"><erreur code="valeur">Carte inconnue du territoire.</erreur></rapport>`
		}, "Carte inconnue du territoire."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := withHandler(t, reporting(t, test.status, test.report))
			b.give(1, 9)
			b.mustPush()
			b.settled(1, 1)
			waiting := b.hurry()
			if len(waiting) != 1 || waiting[0].Number != number(5) || !strings.Contains(waiting[0].Reason.String(), test.reason) {
				t.Errorf("waiting %+v", waiting)
			}
		})
	}
}

func TestTheSystemsOwnWordsAreKeptWith400(t *testing.T) {
	b := withHandler(t, reporting(t, http.StatusBadRequest, func([]string) string {
		return `<rapport statut="refuse" recues="1"><carte numero="x" resultat="rejetee"><erreur code="dates" champ="inscription/fin">` +
			strings.Repeat("é", 400) + `</erreur></carte></rapport>`
	}))
	b.give(1, 1)
	b.mustPush()
	waiting := b.hurry()
	if len(waiting) != 1 || !strings.HasPrefix(waiting[0].Reason.String(), "inscription/fin : éé") || len(waiting[0].Reason.String()) > 500 {
		t.Errorf("waiting %+v", waiting)
	}
}

func TestAllCardsRejectedOneByOneUnderRefuse(t *testing.T) {
	requests := 0
	b := withHandler(t, reporting(t, 200, func(numbers []string) string {
		requests++
		out := fmt.Sprintf(`<rapport statut="refuse" recues="%d" rejetees="%d">`, len(numbers), len(numbers))
		for _, n := range numbers {
			out += `<carte numero="` + n + `" resultat="rejetee"><erreur code="x">Non.</erreur></carte>`
		}
		return out + "</rapport>"
	}))
	b.give(1, 9)
	b.mustPush()
	b.settled(9, 9)
	if requests != 1 {
		t.Errorf("%d requests for a report that says all", requests)
	}
}

func TestSetAsideIsNotDelivered(t *testing.T) {
	for _, status := range []cards.DepositStatus{cards.Suspended, cards.Simulated} {
		b := withHandler(t, reporting(t, 202, func(numbers []string) string {
			return fmt.Sprintf(`<rapport statut=%q recues="%d"/>`, status, len(numbers))
		}))
		b.give(1, 3)
		b.mustFail("mis l’envoi de côté")
		b.settled(3, 0)
	}
}

func TestMisuse(t *testing.T) {
	if _, err := push.New(nil, push.Options{}); err == nil {
		t.Error("a pusher without the hub's code was made")
	}
}
