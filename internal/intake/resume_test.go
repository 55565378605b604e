package intake_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/intake"
	"github.com/carte-reseau/hub/internal/store"
)

var errCrash = errors.New("the hub was killed")

// dying is the real store until it has applied some batches; then it does nothing any more, as for a process that was
// killed.
type dying struct {
	*store.Store
	batches atomic.Int32
}

func (d *dying) Apply(ctx context.Context, b cards.Batch) ([]cards.Outcome, error) {
	if d.batches.Add(-1) < 0 {
		return nil, errCrash
	}
	return d.Store.Apply(ctx, b)
}

func TestACrashIsResumedBehindTheLastCard(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *store.Store) {
		mours, peyrins := addLibrary(t, db, "mours"), addLibrary(t, db, "peyrins")
		crashing := &dying{Store: db}
		crashing.batches.Store(2)
		list := append(manyCards("R", 1300), cardXML("R000007"))
		id := receive(t, newInbox(crashing), mours, documentOf("mours", list...))
		if _, err := newInbox(crashing).Integrate(t.Context(), id, mours); !errors.Is(err, errCrash) {
			t.Fatalf("error %v, want the crash", err)
		}
		if d := deposit(t, db, id); d.Status != cards.Received || d.Done != 1000 {
			t.Fatalf("after the crash: %+v", d)
		}

		var told []int64
		in := intake.New(db, intake.Options{MaxDocument: 1 << 20, Resumed: func(_ context.Context, d *cards.Deposit) error {
			told = append(told, d.ID)
			return nil
		}})
		if err := in.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		d := deposit(t, db, id)
		if want := (cards.Counts{Received: 1301, Created: 1300, Rejected: 1}); d.Status != cards.Partial || d.Counts != want {
			t.Errorf("after the resumption: %+v", d)
		}
		if got := inSetOf(t, db, peyrins); got != 1300 {
			t.Errorf("%d cards in the other's set, want 1300", got)
		}
		if len(told) != 1 || told[0] != id {
			t.Errorf("told of deposits %v, want %d", told, id)
		}
	})
}

// Whoever waits for a long document is told how far it is, also where it goes on
// behind a crash.
func TestProgressIsTold(t *testing.T) {
	db := openSQLite(t)
	mours := addLibrary(t, db, "mours")
	crashing := &dying{Store: db}
	crashing.batches.Store(1)
	id := receive(t, newInbox(crashing), mours, documentOf("mours", manyCards("R", 1201)...))
	if _, err := newInbox(crashing).Integrate(t.Context(), id, mours); !errors.Is(err, errCrash) {
		t.Fatalf("error %v, want the crash", err)
	}
	var told [][2]int
	in := intake.New(db, intake.Options{MaxDocument: 1 << 20, Progress: func(done, of int) { told = append(told, [2]int{done, of}) }})
	if _, err := in.Integrate(t.Context(), id, mours); err != nil {
		t.Fatal(err)
	}
	if want := [][2]int{{1000, 1201}, {1201, 1201}}; !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
}

// unreadable breaks the stored bytes off in the middle of the document, as a database that goes away does.
type unreadable struct {
	*store.Store
	broken atomic.Bool
}

func (u *unreadable) OpenDeposit(ctx context.Context, id int64) (io.ReadCloser, error) {
	bytes, err := u.Store.OpenDeposit(ctx, id)
	if err != nil || !u.broken.Load() {
		return bytes, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(io.LimitReader(bytes, 150), failing{}), bytes}, nil
}

func TestADatabaseThatGoesAwayRefusesNoDocument(t *testing.T) {
	db := openSQLite(t)
	mours := addLibrary(t, db, "mours")
	away := &unreadable{Store: db}
	away.broken.Store(true)
	in := newInbox(away)
	id := receive(t, in, mours, documentOf("mours", manyCards("U", 3)...))
	if d, err := in.Integrate(t.Context(), id, mours); !errors.Is(err, errLine) || d != nil {
		t.Fatalf("deposit %+v, error %v; want the database's error", d, err)
	}
	if d := deposit(t, db, id); d.Status != cards.Received || d.Fault != nil {
		t.Fatalf("the deposit was refused: %+v", d)
	}
	away.broken.Store(false)
	if err := in.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if d := deposit(t, db, id); d.Status != cards.Integrated || d.Counts.Created != 3 {
		t.Errorf("after the database came back: %+v", d)
	}
}

func TestOneBadDepositDoesNotBlockTheOthers(t *testing.T) {
	db := openSQLite(t)
	mours := addLibrary(t, db, "mours")
	crashing := &dying{Store: db}
	in := newInbox(crashing)
	receive(t, in, mours, documentOf("mours", cardXML("X1")))  // its Apply fails
	refused := receive(t, in, mours, "this is not a document") // needs none
	if err := in.Resume(t.Context()); !errors.Is(err, errCrash) || strings.Count(err.Error(), errCrash.Error()) != 1 {
		t.Errorf("error %v, want that of the first alone", err)
	}
	if d := deposit(t, db, refused); d.Status != cards.Refused {
		t.Errorf("the second deposit: %+v", d)
	}
}

// waiting is the real store whose batches, and what follows them, wait longer than a lease lasts, as behind other writers.
type waiting struct {
	*store.Store
	t       *testing.T
	deposit int64
}

func (w *waiting) Apply(ctx context.Context, b cards.Batch) ([]cards.Outcome, error) {
	w.wait(ctx)
	return w.Store.Apply(ctx, b)
}

func (w *waiting) HandMissing(ctx context.Context, deposit int64) error {
	w.wait(ctx)
	return w.Store.HandMissing(ctx, deposit)
}

func (w *waiting) wait(ctx context.Context) {
	for end := time.Now().Add(5 * shortLease); time.Now().Before(end); time.Sleep(shortLease / 20) {
		if _, err := w.ClaimDeposit(ctx, w.deposit, "another hub", shortLease); cards.CodeOf(err) != cards.Conflict {
			w.t.Errorf("another hub took the deposit: error %v", err)
			break
		}
	}
}

const shortLease = 200 * time.Millisecond

func TestALeaseIsRenewedWhileTheDatabaseIsWaitedFor(t *testing.T) {
	db := openSQLite(t)
	mours := addLibrary(t, db, "mours")
	slow := &waiting{Store: db, t: t}
	in := intake.New(slow, intake.Options{MaxDocument: 1 << 20, Lease: shortLease})
	complete := strings.Replace(documentOf("mours", cardXML("A1")), ` etablissement=`, ` mode="complet" etablissement=`, 1)
	slow.deposit = receive(t, in, mours, complete)
	d, err := in.Integrate(t.Context(), slow.deposit, mours)
	if err != nil || d.Status != cards.Integrated {
		t.Errorf("deposit %+v, error %v", d, err)
	}
}

// stealing gives the deposit to another hub while a batch is under way, as when the lease ran out in a process that was
// stopped for a while.
type stealing struct {
	*store.Store
	stolen chan struct{}
}

func (s *stealing) ClaimDeposit(ctx context.Context, id int64, owner string, d time.Duration) (*cards.Deposit, error) {
	select {
	case <-s.stolen:
		return nil, cards.Errorf(cards.Conflict, "taken")
	default:
		return s.Store.ClaimDeposit(ctx, id, owner, d)
	}
}

func (s *stealing) Apply(ctx context.Context, _ cards.Batch) ([]cards.Outcome, error) {
	close(s.stolen)
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestWorkOnALostDepositStops(t *testing.T) {
	db := openSQLite(t)
	mours := addLibrary(t, db, "mours")
	thief := &stealing{Store: db, stolen: make(chan struct{})}
	in := intake.New(thief, intake.Options{MaxDocument: 1 << 20, Lease: shortLease})
	id := receive(t, in, mours, documentOf("mours", cardXML("A1")))
	if _, err := in.Integrate(t.Context(), id, mours); cards.CodeOf(err) != cards.Conflict {
		t.Errorf("error %v, want cards.Conflict", err)
	}
	if d := deposit(t, db, id); d.Status != cards.Received || d.Done != 0 {
		t.Errorf("deposit %+v", d)
	}
}

// damaged is the real store, but for the bytes of the first deposits.
type damaged struct {
	*store.Store
	upTo   int64
	breaks bool
}

func (d damaged) OpenDeposit(ctx context.Context, id int64) (io.ReadCloser, error) {
	switch {
	case id > d.upTo:
		return d.Store.OpenDeposit(ctx, id)
	case d.breaks:
		panic("an error of the program")
	}
	return nil, errors.New("damaged bytes")
}

// Deposits that cannot be read, however many, and such over which the program
// breaks, keep no other from its end.
func TestManyBadDepositsDoNotBlockTheOthers(t *testing.T) {
	for name, c := range map[string]struct {
		bad    int
		breaks bool
	}{"failing": {205, false}, "breaking": {1, true}, "many breaking": {101, true}} {
		t.Run(name, func(t *testing.T) {
			db := openSQLite(t)
			lib := addLibrary(t, db, "mours")
			in := newInbox(damaged{db, int64(c.bad), c.breaks})
			var last int64
			for i := range c.bad + 1 {
				last = receive(t, in, lib, documentOf("mours", cardXML(fmt.Sprint("A", i))))
			}
			func() {
				defer func() {
					if broke := recover(); (broke != nil) != c.breaks {
						t.Errorf("broke: %v", broke)
					}
				}()
				if err := in.Resume(t.Context()); err == nil {
					t.Error("no error")
				}
			}()
			if d := deposit(t, db, last); d.Status != cards.Integrated {
				t.Errorf("behind %d bad ones: %s", c.bad, d.Status)
			}
		})
	}
}

// behind is the real store, whose batches of one library wait until another library's deposit has come to its end, as those
// of a very large document do.
type behind struct {
	*store.Store
	slow, first int64 // a library, a deposit
}

func (b behind) Apply(ctx context.Context, batch cards.Batch) ([]cards.Outcome, error) {
	for end := time.Now().Add(10 * time.Second); batch.Library.ID == b.slow; time.Sleep(time.Millisecond) {
		d, err := b.Deposit(ctx, b.first)
		if err != nil {
			return nil, err
		}
		if d.Status == cards.Integrated {
			break
		}
		if time.Now().After(end) {
			return nil, errors.New("the other library's deposit waits for this one")
		}
	}
	return b.Store.Apply(ctx, batch)
}

func TestALargeDepositThatWasLeftKeepsNoOtherLibraryWaiting(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *store.Store) {
		mours, peyrins := addLibrary(t, db, "mours"), addLibrary(t, db, "peyrins")
		in := newInbox(db)
		large := receive(t, in, mours, documentOf("mours", manyCards("L", 600)...))
		after := receive(t, in, mours, documentOf("mours", cardXML("L000007")))
		small := receive(t, in, peyrins, documentOf("peyrins", cardXML("S1")))
		if err := newInbox(behind{db, mours.ID, small}).Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, id := range []int64{large, after, small} {
			if d := deposit(t, db, id); d.Status != cards.Integrated {
				t.Errorf("deposit %d: %s", id, d.Status)
			}
		}
		if d := deposit(t, db, after); d.Counts.Unchanged != 1 {
			t.Errorf("the library's second document went before its first: %+v", d.Counts)
		}
	})
}
