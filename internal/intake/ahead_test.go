package intake_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
)

// breaking panics in the middle of what is stored.
type breaking struct{ *store.Store }

func (b *breaking) OpenDeposit(ctx context.Context, id int64) (io.ReadCloser, error) {
	const middle = 200_000
	bytes, err := b.Store.OpenDeposit(ctx, id)
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(io.LimitReader(bytes, middle), b), bytes}, err
}

// Read breaks.
func (*breaking) Read([]byte) (int, error) { panic("broken") }

// A panic over the next cards reaches who has the document integrated, and is prepared for it: it does not end the hub.
func TestPanicAheadIsItsOwners(t *testing.T) {
	t.Parallel()
	db := openSQLite(t)
	mours := addLibrary(t, db, "mours")
	in := newInbox(&breaking{db})
	id := receive(t, in, mours, documentOf("mours", manyCards("P", 2000)...))
	defer func() {
		if p := recover(); p != "broken" {
			t.Errorf("it panicked with %v", p)
		}
		if d := deposit(t, db, id); d.Status != cards.Received {
			t.Errorf("the deposit is %+v", d)
		}
	}()
	_, err := in.Integrate(t.Context(), id, mours)
	t.Errorf("no panic, %v", err)
}

// weighing looks at how much of a document is in hand at a time.
type weighing struct {
	*store.Store
	heaviest, given int
}

func (w *weighing) Apply(ctx context.Context, b cards.Batch) ([]cards.Outcome, error) {
	weight := 0
	for _, item := range b.Items {
		weight += len(item.Raw)
	}
	w.heaviest, w.given = max(w.heaviest, weight), w.given+len(b.Items)
	return w.Store.Apply(ctx, b)
}

// Cards made heavy by what is between their elements are taken few at a time: many libraries may post such documents at once.
func TestHeavyCardsMakeSmallBatches(t *testing.T) {
	t.Parallel()
	db := openSQLite(t)
	mours := addLibrary(t, db, "mours")
	w := &weighing{Store: db}
	in := newInbox(w)
	const count, heavy, bound = 200, 40_000, 3 << 20
	list := manyCards("H", count)
	for i := range list {
		list[i] = strings.Replace(list[i], "<numero>", "<!--"+strings.Repeat("x", heavy)+"--><numero>", 1)
	}
	if _, err := in.Integrate(t.Context(), receive(t, in, mours, documentOf("mours", list...)), mours); err != nil {
		t.Fatal(err)
	}
	if w.given != count || w.heaviest < heavy || w.heaviest > bound {
		t.Errorf("%d cards given, at most %d bytes at a time", w.given, w.heaviest)
	}
}
