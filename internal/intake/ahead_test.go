package intake_test

import (
	"context"
	"io"
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
