package intake_test

import (
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
	"github.com/carte-reseau/hub/internal/intake"
	"github.com/carte-reseau/hub/internal/store"
)

var errLine = errors.New("the line went dead")

func TestABodyThatBreaksOffLeavesNothing(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *store.Store) {
		mours := addLibrary(t, db, "mours")
		in := newInbox(db)
		body := io.MultiReader(strings.NewReader(strings.Repeat("x", 3<<20)), failing{})
		ctx, leave := context.WithCancel(t.Context())
		_, err := in.Receive(ctx, cards.Deposit{LibraryID: mours.ID, Door: cards.DoorPost}, closing{body, leave})
		if !errors.Is(err, errLine) {
			t.Errorf("error %v, want the line's own", err)
		}
		assertNoDeposit(t, db)
	})
}

func TestADocumentOverTheLimitLeavesNothing(t *testing.T) {
	db := openSQLite(t)
	mours := addLibrary(t, db, "mours")
	in := intake.New(db, intake.Options{MaxDocument: 2 << 20})
	for size, want := range map[int]cards.Code{2 << 20: "", 2<<20 + 1: cards.TooLarge} {
		id, err := in.Receive(t.Context(), cards.Deposit{LibraryID: mours.ID, Door: cards.DoorPost},
			strings.NewReader(strings.Repeat(" ", size)))
		if want == "" && err != nil || want != "" && cards.CodeOf(err) != want {
			t.Errorf("%d bytes: deposit %d, error %v", size, id, err)
		}
	}
	list, err := db.Deposits(t.Context(), cards.DepositQuery{Limit: 10})
	if err != nil || len(list) != 1 {
		t.Errorf("%d deposits, error %v", len(list), err)
	}
}

func TestADocumentIsNeverHeldInMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("a long document takes seconds")
	}
	db := openSQLite(t)
	mours := addLibrary(t, db, "mours")
	in := newInbox(db)
	card := cardXML("M1")
	const size = 32 << 20
	watch := &watching{from: io.MultiReader(
		strings.NewReader(`<cartes xmlns="urn:carte-reseau:1" etablissement="mours">`),
		&repeating{text: card, times: size / len(card)},
		strings.NewReader("</cartes"), // cut short: the first reading goes to the end, and nothing is applied
	)}
	id, err := in.Receive(t.Context(), cards.Deposit{LibraryID: mours.ID, Door: cards.DoorPost}, watch)
	if err != nil {
		t.Fatal(err)
	}
	before := allocated()
	d, err := in.Integrate(t.Context(), id, mours)
	if cards.CodeOf(err) != cards.Invalid || d.Fault.Code != exchange.CodeTruncated {
		t.Fatalf("deposit %+v, error %v", d, err)
	}
	const bound = 16 << 20
	if watch.peak > bound {
		t.Errorf("%d MiB in use while receiving %d MiB", watch.peak>>20, size>>20)
	}
	if after := allocated(); after > before+bound {
		t.Errorf("%d MiB in use after reading %d MiB", after>>20, size>>20)
	}
}

func assertNoDeposit(t *testing.T, db *store.Store) {
	t.Helper()
	list, err := db.Deposits(context.Background(), cards.DepositQuery{Limit: 10})
	if err != nil || len(list) != 0 {
		t.Errorf("%d deposits left, error %v", len(list), err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errLine }

// closing ends the sender's context with its body, as HTTP does.
type closing struct {
	io.Reader
	leave context.CancelFunc
}

func (c closing) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if err != nil {
		c.leave()
	}
	return n, err
}

type repeating struct {
	text  string
	times int
	rest  string
}

func (r *repeating) Read(p []byte) (int, error) {
	if r.rest == "" {
		if r.times == 0 {
			return 0, io.EOF
		}
		r.times--
		r.rest = r.text
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// watching looks at the memory in use now and then while it is read.
type watching struct {
	from  io.Reader
	reads int
	start uint64
	peak  uint64
}

func (w *watching) Read(p []byte) (int, error) {
	if w.reads == 0 {
		w.start = allocated()
	}
	if w.reads++; w.reads%20_000 == 0 {
		if now := allocated(); now > w.start {
			w.peak = max(w.peak, now-w.start)
		}
	}
	return w.from.Read(p)
}

func allocated() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
