package oaiclient_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// movedTo gives the library's server another address, as a command or another hub does while this one harvests.
func (w *world) movedTo(t *testing.T, oaiURL string) *cards.Library {
	t.Helper()
	l, err := w.store.EditLibrary(t.Context(), w.lib.Code, "", func(l *cards.Library) error {
		l.OAIURL = oaiURL
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return l
}

func TestASourceThatIsNamedWhileTheOldOneIsHarvestedIsAskedForEverything(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		fresh := newScript(t, page("", "B1"))
		var w *world
		var moved *cards.Library
		old := newScript(t, page("p2", "A1"), func(answer http.ResponseWriter, r *http.Request) {
			moved = w.movedTo(t, fresh.URL)
			page("", "A2")(answer, r)
		})
		w = newWorldOn(t, s, old.URL)
		w.complete(t)
		w.lib = moved
		w.complete(t)
		if got := fmt.Sprint(fresh.queries()); got != "[from=]" {
			t.Errorf("asked %s", got)
		}
		w.wantNumbers(t, "A1", "A2", "B1")
		w.complete(t)
		if got := fmt.Sprint(fresh.queries()); got != "[from= from=2026-11-21T09:50:00Z]" {
			t.Errorf("asked %s", got)
		}
	})
}

func TestAHarvestOfAnotherSourceThatWasBrokenOffIsEnded(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		old := newScript(t, page("p2", "A1"), status(http.StatusBadGateway))
		w := newWorldOn(t, s, old.URL)
		if _, err := w.harvest(t); err == nil {
			t.Fatal("the harvest was not broken off")
		}
		fresh := newScript(t, page("p2", "B1"), page("", "B2"))
		w.lib = w.movedTo(t, fresh.URL)
		run := w.complete(t)
		if got := fmt.Sprint(fresh.queries()); got != "[from= p2]" {
			t.Errorf("asked %s", got)
		}
		w.wantNumbers(t, "A1", "B1", "B2")
		deposits := w.deposits(t)
		if len(deposits) != 2 || deposits[0].ID != run.Deposit || deposits[0].Counts.Created != 2 {
			t.Fatalf("deposits %+v", deposits)
		}
		if first := deposits[1]; first.Finished.IsZero() || first.Status != cards.Integrated {
			t.Errorf("nobody ends what was filed of the old source: %+v", first)
		}
	})
}
