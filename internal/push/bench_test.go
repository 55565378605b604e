package push_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/ncruces/go-sqlite3/driver" // the second connection of hurry

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/push"
	"github.com/carte-reseau/hub/internal/sigb"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// bench is a hub's store, a library that gives cards, and one that is pushed to.
type bench struct {
	*testing.T
	store  *store.Store
	path   string
	giver  *cards.Library
	lib    *cards.Library
	log    *lockedBuffer
	pusher *push.Pusher
	err    error // of the last mustFail
}

const password = "motdepasse-du-sigb"

// newBench makes the bench; url is where the library's system listens.
func newBench(t *testing.T, url string, change ...func(*push.Options)) *bench {
	t.Helper()
	b := &bench{T: t, path: filepath.Join(t.TempDir(), "hub.db"), log: new(lockedBuffer)}
	b.store = storetest.Open(t, "sqlite:"+b.path)
	b.giver = storetest.Library(t, b.store, "mours")
	b.lib = storetest.Library(t, b.store, "monnaie", func(l *cards.Library) {
		l.PushURL, l.ILSUser, l.ILSPassword = url, "reseau", password
	})
	b.renew(change...)
	return b
}

// renew makes another pusher on the same store, as after a restart.
func (b *bench) renew(change ...func(*push.Options)) {
	b.Helper()
	opts := push.Options{
		HubCode: "reseau", Timeout: 5 * time.Second, MaxRun: 20 * time.Second,
		Logger: slog.New(slog.NewTextHandler(b.log, nil)),
	}
	for _, do := range change {
		do(&opts)
	}
	pusher, err := push.New(b.store, opts)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pusher.Close)
	b.pusher = pusher
}

// system is a simulated permanent library system on a socket.
func system(t *testing.T) (*sigb.System, *sigb.Server) {
	t.Helper()
	sys := sigb.New(sigb.Config{Code: "monnaie", Profile: sigb.Aloes()})
	srv := sigb.NewServer(sys, sigb.ServerOptions{User: "reseau", Password: password})
	if err := srv.Start(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	return sys, srv
}

func withSystem(t *testing.T, change ...func(*push.Options)) (*bench, *sigb.System, *sigb.Server) {
	t.Helper()
	sys, srv := system(t)
	return newBench(t, srv.URL(sigb.REST), change...), sys, srv
}

// withHandler makes a bench whose system is any HTTP handler.
func withHandler(t *testing.T, handler http.HandlerFunc, change ...func(*push.Options)) *bench {
	t.Helper()
	srv := httptest.NewServer(handler)
	t.Cleanup(srv.Close)
	return newBench(t, srv.URL, change...)
}

// number is the n-th card's; long enough that a masked one differs.
func number(n int) string { return fmt.Sprintf("26100000%05d", n) }

// give lets the other library enrol cards from..to.
func (b *bench) give(from, to int, change ...func(*cards.Card)) {
	b.Helper()
	var list []cards.Incoming
	for n := from; n <= to; n++ {
		list = append(list, storetest.Card(number(n), change...))
	}
	for _, o := range storetest.Send(b, b.store, b.giver, list...) {
		if o.Result == cards.Rejected {
			b.Fatalf("card rejected: %+v", o)
		}
	}
}

func (b *bench) push() (cards.Run, error) {
	b.Helper()
	lib, err := b.store.LibraryByID(b.Context(), b.lib.ID)
	if err != nil {
		b.Fatal(err)
	}
	return b.pusher.Push(b.Context(), lib)
}

func (b *bench) mustPush() cards.Run {
	b.Helper()
	run, err := b.push()
	if err != nil {
		b.Fatal(err)
	}
	return run
}

// mustFail pushes and checks that the error is fit for staff, the mark where
// it was, and the run recorded with its error.
func (b *bench) mustFail(words string) {
	b.Helper()
	before := b.status()
	run, err := b.push()
	b.err = err
	if err == nil {
		b.Fatalf("no error; want one about %q", words)
	}
	if text := cards.MessageOf(err); !strings.Contains(text, words) || !strings.Contains(text, "monnaie") {
		b.Errorf("error %q (%v) does not say %q and where", text, err, words)
	}
	if strings.Contains(err.Error(), password) {
		b.Errorf("the error holds the password: %v", err)
	}
	if run.OK || run.ID == 0 || run.Error != cards.SentenceOf(err) {
		b.Errorf("run %+v", run)
	}
	if after := b.status(); after.Push.Seq != before.Push.Seq || after.Again != before.Again {
		b.Errorf("mark moved from %d to %d, hand again from %d to %d", before.Push.Seq, after.Push.Seq, before.Again, after.Again)
	}
}

func (b *bench) status() *cards.LibraryStatus {
	b.Helper()
	status, err := b.store.LibraryStatus(b.Context(), "monnaie")
	if err != nil {
		b.Fatal(err)
	}
	return status
}

func (b *bench) settled(behind, again int64) {
	b.Helper()
	if s := b.status(); s.Behind != behind || s.Again != again {
		b.Errorf("the library is %d behind with %d to be handed again, want %d and %d", s.Behind, s.Again, behind, again)
	}
}

func (b *bench) runs() []cards.Run {
	b.Helper()
	runs, err := b.store.Runs(b.Context(), cards.RunQuery{Library: "monnaie", Limit: 1000})
	if err != nil {
		b.Fatal(err)
	}
	return runs
}

// hurry makes what waits to be handed again due, and lists it.
func (b *bench) hurry() []cards.HandAgain {
	b.Helper()
	db, err := sql.Open("sqlite3", "file:"+b.path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(b.Context(), "UPDATE hand_again SET due = 0"); err != nil {
		b.Fatal(err)
	}
	list, err := b.store.HandAgainDue(b.Context(), b.lib.ID, time.Now().Format(time.DateOnly), 1000)
	if err != nil {
		b.Fatal(err)
	}
	return list
}

// clean checks that what was logged names nobody.
func (b *bench) clean() {
	b.Helper()
	for _, secret := range []string{"26100000", "Dupré", "Hélène", password} {
		if strings.Contains(b.log.String(), secret) {
			b.Errorf("the log holds %q:\n%s", secret, b.log)
		}
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// saying is a reason in a system's own words.
type saying string

func (s saying) Error() string { return string(s) }
