package intake_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/intake"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// asked counts what is asked of the store before a document is integrated.
type asked struct {
	*store.Store
	claims, readings atomic.Int32
}

func (a *asked) ClaimDeposit(ctx context.Context, id int64, owner string, lease time.Duration) (*cards.Deposit, error) {
	a.claims.Add(1)
	return a.Store.ClaimDeposit(ctx, id, owner, lease)
}

func (a *asked) OpenDeposit(ctx context.Context, id int64) (io.ReadCloser, error) {
	a.readings.Add(1)
	return a.Store.OpenDeposit(ctx, id)
}

// finishedAt is the moment in a report.
var finishedAt = regexp.MustCompile(` date="[^"]*"`)

// What a document comes to, whether it is received and integrated in two steps or taken in one.
func TestTakingADocumentIsReceivingAndIntegratingIt(t *testing.T) {
	const pieces = 1 << 20 // more than one
	small := []string{cardXML("A1"), "<carte><numero>A2</numero></carte>", cardXML("A3")}
	for name, c := range map[string]struct {
		document string
		simulate bool
		atOnce   bool
	}{
		"small":          {documentOf("mours", small...), false, true},
		"simulated":      {documentOf("mours", small...), true, true},
		"of many cards":  {documentOf("mours", manyCards("M", 700)...), false, true},
		"of many pieces": {documentOf("mours", append(small, strings.Repeat(" ", pieces))...), false, false},
		"another's":      {documentOf("peyrins", small...), false, true},
		"broken":         {documentOf("mours", small...)[:200], false, true},
		"of no bytes":    {"", false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var said [2]string
			for i, take := range []func(in *intake.Inbox, d cards.Deposit, body io.Reader, lib *cards.Library) (int64, *cards.Deposit, error){
				func(in *intake.Inbox, d cards.Deposit, body io.Reader, lib *cards.Library) (int64, *cards.Deposit, error) {
					id, err := in.Receive(t.Context(), d, body)
					if err != nil {
						return 0, nil, err
					}
					done, err := in.Integrate(t.Context(), id, lib)
					return id, done, err
				},
				func(in *intake.Inbox, d cards.Deposit, body io.Reader, lib *cards.Library) (int64, *cards.Deposit, error) {
					return in.Take(t.Context(), d, body, lib)
				},
			} {
				db := &asked{Store: openSQLite(t)}
				mours, in := addLibrary(t, db.Store, "mours"), newInbox(db)
				arrived := time.Date(2026, 11, 29, 10, 0, 0, 123_456_789, time.UTC)
				id, d, err := take(in, cards.Deposit{LibraryID: mours.ID, Library: mours.Code, Door: cards.DoorPost, Simulate: c.simulate, Arrived: arrived},
					strings.NewReader(c.document), mours)
				if id != 1 || d == nil {
					t.Fatalf("deposit %d, %+v, error %v", id, d, err)
				}
				d.Finished = time.Time{}
				said[i] = strings.Join([]string{report(t, db.Store, in, id, false), string(cards.CodeOf(err)), string(d.Status), d.Arrived.String()}, "\n")
				said[i] = finishedAt.ReplaceAllString(said[i], "")
				if i == 1 && c.atOnce != (db.claims.Load() == 0) {
					t.Errorf("claimed %d times and read %d times, at once: %t", db.claims.Load(), db.readings.Load(), c.atOnce)
				}
			}
			if said[0] != said[1] {
				t.Errorf("in two steps:\n%s\nin one:\n%s", said[0], said[1])
			}
		})
	}
}

// Nobody else takes up what is being taken; what could not be integrated is there for whoever comes next.
func TestWhatIsTakenIsClaimedUntilItFails(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *store.Store) {
		mours := addLibrary(t, db, "mours")
		meddling := &dying{Store: db} // dies at the first batch, which cannot be taken at once
		id, d, err := newInbox(&meddled{dying: meddling, t: t}).Take(t.Context(), cards.Deposit{LibraryID: mours.ID, Door: cards.DoorPost},
			strings.NewReader(documentOf("mours", cardXML("A1"))), mours)
		if !errors.Is(err, errCrash) || id == 0 || d != nil {
			t.Fatalf("deposit %d, %+v, error %v", id, d, err)
		}
		if err := newInbox(db).Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		if d := deposit(t, db, id); d.Status != cards.Integrated || d.Counts.Created != 1 {
			t.Errorf("taken up again: %+v", d)
		}
	})
}

// meddled is a store that somebody else looks for work in when a batch comes.
type meddled struct {
	*dying
	t *testing.T
}

func (m *meddled) Apply(ctx context.Context, b cards.Batch) ([]cards.Outcome, error) {
	if err := newInbox(m.Store).Resume(ctx); err != nil {
		m.t.Error(err)
	}
	if d := deposit(m.t, m.Store, b.Deposit); d.Status != cards.Received {
		m.t.Errorf("somebody else took it up: %+v", d)
	}
	return m.dying.Apply(ctx, b)
}

// TakeDeposit fails as a transaction does.
func (m *meddled) TakeDeposit(context.Context, cards.Deposit, []byte, cards.Batch) (*cards.Deposit, error) {
	return nil, cards.ErrUndone
}

// A small document costs one transaction, be its cards new, changed, unchanged or refused. What is not to be applied as it
// is, or whose cards depend on more than the document, is stored first.
func TestASmallDocumentIsTakenInOneTransaction(t *testing.T) {
	eachCounted(t, func(t *testing.T, db *store.Store, commits *atomic.Int32) {
		mours, in := addLibrary(t, db, "mours"), newInbox(db)
		for _, step := range []struct {
			what     string
			document string
			simulate bool
			stored   bool
			becomes  cards.DepositStatus
		}{
			{"a new card", documentOf("mours", cardXML("A1")), false, false, cards.Integrated},
			{"a change", documentOf("mours", strings.Replace(cardXML("A1"), "Hélène", "Ève", 1)), false, false, cards.Integrated},
			{"the same again", documentOf("mours", strings.Replace(cardXML("A1"), "Hélène", "Ève", 1)), false, false, cards.Integrated},
			{"a refused card", documentOf("mours", cardXML("A2"), "<carte><numero>A3</numero></carte>"), false, false, cards.Partial},
			{"a trial", documentOf("mours", cardXML("A4")), true, true, cards.Simulated},
			{"all the library has", strings.Replace(documentOf("mours", cardXML("A1")), "etablissement", `mode="complet" etablissement`, 1), false, true, cards.Integrated},
			{"no card", documentOf("mours"), false, true, cards.Integrated},
			{"another's", documentOf("peyrins", cardXML("A5")), false, true, cards.Refused},
			{"half a document", documentOf("mours", cardXML("A6"))[:200], false, true, cards.Refused},
			{"many cards", documentOf("mours", manyCards("M", 600)...), false, true, cards.Integrated},
		} {
			before := commits.Load()
			id, d, err := in.Take(t.Context(), cards.Deposit{LibraryID: mours.ID, Library: mours.Code, Door: cards.DoorPost, Simulate: step.simulate},
				strings.NewReader(step.document), mours)
			if d == nil || d.Status != step.becomes || id != d.ID || (err != nil) != (step.becomes == cards.Refused) {
				t.Fatalf("%s: deposit %d, %+v, %v", step.what, id, d, err)
			}
			if n := commits.Load() - before; (n == 1) == step.stored {
				t.Errorf("%s took %d transactions", step.what, n)
			}
			if found := deposit(t, db, id); !reflect.DeepEqual(found, d) {
				t.Errorf("%s: found %+v\nreturned %+v", step.what, found, d)
			}
		}
	})
}

// eachCounted runs a test on both databases and counts what is committed.
func eachCounted(t *testing.T, test func(t *testing.T, db *store.Store, commits *atomic.Int32)) {
	t.Helper()
	for name, database := range map[string]func(testing.TB) string{"sqlite": storetest.SQLiteDatabase, "postgres": storetest.PostgresDatabase} {
		t.Run(name, func(t *testing.T) {
			var commits atomic.Int32
			db, err := store.Open(t.Context(), store.Options{Database: database(t), Secret: storetest.Secret, AtCommit: func(done bool) error {
				if done {
					commits.Add(1)
				}
				return nil
			}})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			test(t, db, &commits)
		})
	}
}

// troubled is a store that takes no document at once.
type troubled struct {
	*store.Store
	trouble func() error
}

func (s *troubled) TakeDeposit(context.Context, cards.Deposit, []byte, cards.Batch) (*cards.Deposit, error) {
	return nil, s.trouble()
}

// What cannot be taken at once is stored and integrated, whatever it was that failed; but not twice, where it may have been
// taken for all that.
func TestWhatIsNotTakenAtOnceIsStored(t *testing.T) {
	for what, c := range map[string]struct {
		trouble func() error
		stored  bool
	}{
		"undone":  {func() error { return fmt.Errorf("%w: %w", cards.ErrUndone, errCrash) }, true},
		"broken":  {func() error { panic("over a card") }, true},
		"unknown": {func() error { return errCrash }, false},
	} {
		db := openSQLite(t)
		mours := addLibrary(t, db, "mours")
		id, d, err := newInbox(&troubled{db, c.trouble}).Take(t.Context(), cards.Deposit{LibraryID: mours.ID, Door: cards.DoorPost},
			strings.NewReader(documentOf("mours", cardXML("A1"))), mours)
		if stored := id > 0 && d != nil && d.Status == cards.Integrated && err == nil; stored != c.stored {
			t.Errorf("%s: deposit %d, %+v, %v", what, id, d, err)
		}
		if !c.stored && (id != 0 || d != nil || !errors.Is(err, errCrash)) {
			t.Errorf("%s: deposit %d, %+v, %v", what, id, d, err)
		}
	}
}
