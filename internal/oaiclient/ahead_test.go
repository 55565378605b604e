package oaiclient_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/oaiclient"
	"github.com/carte-reseau/hub/internal/store"
)

// waiting applies a page once the next one was asked for, and fails then where it is told to.
type waiting struct {
	*store.Store
	asked chan struct{}
	fails error
}

func (s *waiting) Apply(ctx context.Context, b cards.Batch) ([]cards.Outcome, error) {
	select {
	case <-s.asked:
	case <-ctx.Done():
	}
	if s.fails != nil {
		return nil, s.fails
	}
	return s.Store.Apply(ctx, b)
}

// A library's system and the database work at the same time.
func TestNextPageIsFetchedWhileOneIsApplied(t *testing.T) {
	t.Parallel()
	for name, failing := range map[string]error{"": nil, "and the page fails": errors.New("no room")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := make(chan struct{})
			second := page("", "A2")
			ils := newScript(t, page("p2", "A1"), func(w http.ResponseWriter, r *http.Request) {
				close(asked)
				second(w, r)
			}, page("p2", "A1"), second)
			w := newWorld(t, ils.URL)
			h := oaiclient.New(&waiting{Store: w.store, asked: asked, fails: failing}, w.hasty())
			defer h.Close()
			if _, err := h.Harvest(t.Context(), w.lib); !errors.Is(err, failing) {
				t.Fatal(err)
			}
			want := "[from= p2]"
			if failing != nil { // nothing of what came was applied: it is asked for once more
				w.complete(t)
				want = "[from= p2 from= p2]"
			}
			if got := fmt.Sprint(ils.queries()); got != want {
				t.Errorf("asked %s, want %s", got, want)
			}
			w.wantNumbers(t, "A1", "A2")
		})
	}
}

// A harvest that ends has nothing more to ask: its job's lease does not cover what is asked later, and the next run would ask
// beside it.
func TestAHarvestThatFailsLeavesNoRequestBehind(t *testing.T) {
	t.Parallel()
	asked, failing := make(chan struct{}), errors.New("no room")
	ils := newScript(t, page("p2", "A1"), func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
	})
	w := newWorld(t, ils.URL)
	under := &underWay{}
	o := w.hasty()
	o.Transport = under
	h := oaiclient.New(&waiting{Store: w.store, asked: asked, fails: failing}, o)
	defer h.Close()
	if _, err := h.Harvest(t.Context(), w.lib); !errors.Is(err, failing) {
		t.Fatal(err)
	}
	if n := under.now.Load(); n != 0 {
		t.Errorf("%d requests go on", n)
	}
}

// underWay counts the requests that are not answered yet.
type underWay struct{ now atomic.Int64 }

func (u *underWay) RoundTrip(r *http.Request) (*http.Response, error) {
	u.now.Add(1)
	defer u.now.Add(-1)
	return http.DefaultTransport.RoundTrip(r)
}

// breaking panics at the second request.
type breaking struct{ asked int }

func (b *breaking) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.asked++; b.asked > 1 {
		panic("broken")
	}
	return http.DefaultTransport.RoundTrip(r)
}

// A panic over the next page is the run's own, whose caller is prepared for it: it does not end the hub.
func TestPanicAheadIsTheRuns(t *testing.T) {
	t.Parallel()
	ils := newScript(t, page("p2", "A1"))
	w := newWorld(t, ils.URL)
	o := w.hasty()
	o.Transport = &breaking{}
	h := oaiclient.New(w.store, o)
	defer h.Close()
	defer func() {
		if p := recover(); p != "broken" {
			t.Errorf("it panicked with %v", p)
		}
		w.wantNumbers(t, "A1")
	}()
	_, err := h.Harvest(t.Context(), w.lib)
	t.Errorf("no panic, %v", err)
}
