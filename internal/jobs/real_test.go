package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/jobs"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

var _ jobs.Store = (*store.Store)(nil)

// ledger notes who runs what, and whether two ever ran the same job at once.
type ledger struct {
	mu      sync.Mutex
	running map[int64]string
	runs    map[int64]int
	owners  map[string]int
	clashes []string
}

func newLedger() *ledger {
	return &ledger{running: make(map[int64]string), runs: make(map[int64]int), owners: make(map[string]int)}
}

func (l *ledger) enter(owner string, library int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if other, runs := l.running[library]; runs {
		l.clashes = append(l.clashes, fmt.Sprintf("library %d: %s while %s", library, owner, other))
	}
	l.running[library] = owner
}

func (l *ledger) leave(owner string, library int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.running, library)
	l.runs[library]++
	l.owners[owner]++
}

func (l *ledger) atLeast(runs, libraries, owners int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range l.runs {
		if n < runs {
			return false
		}
	}
	return len(l.runs) == libraries && len(l.owners) == owners
}

func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if cond() {
			return
		}
	}
	t.Fatalf("never came: %s", what)
}

// TestTwoHubsNeverRunOneJobAtOnce lets jobs outlast their first lease several
// times over, so that only renewal keeps the other hub away.
func TestTwoHubsNeverRunOneJobAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var wanted []cards.Job
		for i := range int64(5) {
			lib := storetest.Library(t, s, fmt.Sprintf("bib-%d", i))
			wanted = append(wanted, push(lib.ID, "@every 1s"))
		}
		l := newLedger()
		var stops []func() error
		for _, owner := range []string{"hub-1", "hub-2"} {
			_, stop := start(t, s, jobs.Options{
				Owner: owner, Lease: 1500 * time.Millisecond, Poll: 30 * time.Millisecond, Concurrency: 3,
				Handlers: handlers(cards.JobPush, func(ctx context.Context, job cards.Job) error {
					l.enter(owner, job.LibraryID)
					defer l.leave(owner, job.LibraryID)
					length := time.Duration(job.LibraryID%3) * time.Second
					select {
					case <-ctx.Done():
					case <-time.After(length + 20*time.Millisecond):
					}
					return ctx.Err()
				}),
			}, wanted...)
			stops = append(stops, stop)
		}
		eventually(t, "two runs of each job, some by each hub", func() bool { return l.atLeast(2, 5, 2) })
		for _, stop := range stops {
			if err := stop(); err != nil {
				t.Error(err)
			}
		}
		if len(l.clashes) > 0 {
			t.Errorf("ran twice at once: %v", l.clashes)
		}
	})
}

func TestAChangeInTheStoreRunsThePush(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		var good, bad atomic.Int64
		runner, _ := start(t, s, jobs.Options{
			Changed: s.Changed(), Poll: 20 * time.Millisecond,
			Handlers: handlers(cards.JobPush, func(_ context.Context, job cards.Job) error {
				if job.LibraryID != mours.ID {
					bad.Add(1)
					return errors.New("the system is down")
				}
				good.Add(1)
				return nil
			}),
		}, push(mours.ID, "@daily"), push(mours.ID+1, "@daily"))
		eventually(t, "the push of the start", func() bool { return good.Load() == 1 && bad.Load() == 1 })
		for n := range int64(3) {
			storetest.Send(t, s, mours, storetest.Card(fmt.Sprintf("A%d", n)))
			eventually(t, "a push after the change", func() bool { return good.Load() == n+2 })
		}
		if bad.Load() != 1 {
			t.Errorf("the system that is down was called %d times", bad.Load())
		}
		// Staff who ask for it by name are obeyed at once.
		if err := s.Wake(t.Context(), cards.JobPush, mours.ID+1); err != nil {
			t.Fatal(err)
		}
		runner.Kick()
		eventually(t, "the push staff asked for", func() bool { return bad.Load() == 2 })
	})
}

func TestTheJobOfADeadHubIsTakenUpAfterItsLease(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		lib := storetest.Library(t, s, "mours")
		now, err := s.Now(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		job := push(lib.ID, "@daily")
		job.NextRun = now
		if err := s.SyncJobs(t.Context(), []cards.Job{job}); err != nil {
			t.Fatal(err)
		}
		const lease = 700 * time.Millisecond
		begun := time.Now()
		if _, ours, err := storetest.AcquireLease(t.Context(), s, cards.JobPush, lib.ID, "dead-hub", lease); err != nil || !ours {
			t.Fatal(ours, err)
		}
		ran := make(chan time.Time, 10)
		start(t, s, jobs.Options{
			Poll:     20 * time.Millisecond,
			Handlers: handlers(cards.JobPush, func(context.Context, cards.Job) error { ran <- time.Now(); return nil }),
		}, push(lib.ID, "@daily"))
		select {
		case at := <-ran:
			// The database's clock is this machine's, to a few milliseconds.
			if at.Sub(begun) < lease-100*time.Millisecond {
				t.Errorf("taken from a live owner after %s", at.Sub(begun))
			}
		case <-time.After(20 * time.Second):
			t.Fatal("the job of the dead hub was never taken up")
		}
	})
}

func TestWhatAStopBrokeOffIsDueAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		lib := storetest.Library(t, s, "mours")
		changed := make(chan struct{})
		running := make(chan struct{})
		_, stop := start(t, s, jobs.Options{Changed: changed, Handlers: handlers(cards.JobPush, func(ctx context.Context, _ cards.Job) error {
			close(running)
			<-ctx.Done()
			return ctx.Err()
		})}, push(lib.ID, "@daily"))
		select {
		case <-running:
		case <-time.After(20 * time.Second):
			t.Fatal("the push of the start never ran")
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		due, err := s.DueJobs(t.Context(), 10)
		if err != nil || len(due) != 1 || due[0].Failures != 0 || !due[0].LastSuccess.IsZero() {
			t.Errorf("due %+v, %v", due, err)
		}
	})
}
