package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/jobs"
)

// start runs a runner over the wanted jobs and returns how to stop it.
func start(t *testing.T, m jobs.Store, opts jobs.Options, wanted ...cards.Job) (*jobs.Runner, func() error) {
	t.Helper()
	if opts.Wanted == nil {
		opts.Wanted = func(context.Context) ([]cards.Job, error) { return wanted, nil }
	}
	if opts.Owner == "" {
		opts.Owner = "hub-1"
	}
	runner, err := jobs.New(m, opts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- runner.Run(ctx) }()
	stop := sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() { _ = stop() })
	return runner, stop
}

func push(library int64, schedule string) cards.Job {
	return cards.Job{Kind: cards.JobPush, LibraryID: library, Library: fmt.Sprintf("bib-%d", library), Schedule: schedule}
}

func handlers(kind cards.JobKind, h jobs.Handler) map[cards.JobKind]jobs.Handler {
	return map[cards.JobKind]jobs.Handler{kind: h}
}

func TestRunsOnSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		var runs atomic.Int64
		_, stop := start(t, m, jobs.Options{Handlers: handlers(cards.JobPush, func(context.Context, cards.Job) error {
			runs.Add(1)
			return nil
		})}, push(1, "*/10 * * * *"))
		time.Sleep(time.Hour + 5*time.Second)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if runs.Load() != 6 {
			t.Errorf("%d runs in an hour of every ten minutes", runs.Load())
		}
		for _, r := range m.released() {
			if r.err != nil || r.next.Sub(r.at) > 10*time.Minute || r.next.Minute()%10 != 0 {
				t.Errorf("released at %s with next %s and error %v", r.at, r.next, r.err)
			}
		}
	})
}

func TestFailuresBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		_, stop := start(t, m, jobs.Options{Handlers: handlers(cards.JobPush, func(context.Context, cards.Job) error {
			return cards.Errorf(cards.Unavailable, "ILS away")
		})}, push(1, "0 0 * * *"))
		time.Sleep(4*24*time.Hour + time.Second/2) // past midnight: a run that the stop meets is no failure
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		all := m.released()
		if len(all) < 20 {
			t.Fatalf("only %d attempts in four days", len(all))
		}
		want := 30 * time.Second
		for i, r := range all {
			wait := r.next.Sub(r.at)
			// Midnight's own run may come sooner than the backoff.
			if wait > want || (wait < want*4/5 && r.next.Hour() != 0) {
				t.Errorf("attempt %d: next after %s, want about %s", i, wait, want)
			}
			want = min(2*want, time.Hour)
		}
		if job := m.job(cards.JobPush, 1); job.Failures != len(all) || job.LastError.String() != "ILS away" {
			t.Errorf("job says %d failures and %q after %d attempts", job.Failures, job.LastError, len(all))
		}
	})
}

func TestFailureKeepsASoonerSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		_, stop := start(t, m, jobs.Options{Handlers: handlers(cards.JobPush, func(context.Context, cards.Job) error {
			return errors.New("no")
		})}, push(1, "@every 10s"))
		time.Sleep(time.Minute)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if n := len(m.released()); n < 5 {
			t.Errorf("%d attempts in a minute of every ten seconds", n)
		}
	})
}

type laterError struct{ t time.Time }

func (e laterError) Error() string        { return "come back later" }
func (e laterError) NotBefore() time.Time { return e.t }

func TestHandlerAnswers(t *testing.T) {
	boom := errors.New("boom")
	tests := map[string]struct {
		answer func() error
		failed bool
		next   func(time.Duration) bool
	}{
		"again":      {func() error { return fmt.Errorf("batch done: %w", jobs.ErrAgain) }, false, func(d time.Duration) bool { return d == 0 }},
		"not before": {func() error { return jobs.NotBefore(time.Now().Add(3*time.Hour), nil) }, false, func(d time.Duration) bool { return d == 3*time.Hour }},
		"failed, not before": {func() error { return jobs.NotBefore(time.Now().Add(3*time.Hour), boom) }, true,
			func(d time.Duration) bool { return d == 3*time.Hour }},
		"a door's own not before": {func() error { return fmt.Errorf("push: %w", laterError{time.Now().Add(2 * time.Hour)}) }, true,
			func(d time.Duration) bool { return d == 2*time.Hour }},
		"more, soon":  {func() error { return jobs.At(time.Now().Add(40 * time.Second)) }, false, func(d time.Duration) bool { return d == 40*time.Second }},
		"more, later": {func() error { return jobs.At(time.Now().Add(4 * time.Hour)) }, false, func(d time.Duration) bool { return d <= time.Hour }},
		"not before, long past": {func() error { return jobs.NotBefore(time.Now().Add(-time.Hour), nil) }, false,
			func(d time.Duration) bool { return d > 0 && d <= time.Hour }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMemory()
				var once atomic.Bool
				_, stop := start(t, m, jobs.Options{Handlers: handlers(cards.JobPush, func(context.Context, cards.Job) error {
					if once.Swap(true) {
						return nil
					}
					return test.answer()
				})}, push(1, "@hourly"))
				time.Sleep(time.Hour + time.Second)
				_ = stop()
				first := m.released()[0]
				if d := first.next.Sub(first.at); !test.next(d) {
					t.Errorf("next after %s", d)
				}
				if (first.err != nil) != test.failed {
					t.Errorf("released with error %v", first.err)
				}
			})
		})
	}
}

func TestPanicIsAFailureOfItsJobOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		var log bytes.Buffer
		var good atomic.Int64
		_, stop := start(t, m, jobs.Options{
			Logger: slog.New(slog.NewTextHandler(&log, nil)),
			Handlers: handlers(cards.JobPush, func(_ context.Context, job cards.Job) error {
				if job.LibraryID == 1 {
					panic("bad card of Hélène Dupré")
				}
				good.Add(1)
				return nil
			}),
		}, push(1, "@every 1m"), push(2, "@every 1m"))
		time.Sleep(10 * time.Minute)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if good.Load() < 9 {
			t.Errorf("the good library ran %d times in ten minutes", good.Load())
		}
		bad := m.job(cards.JobPush, 1)
		if bad.Failures < 5 || !strings.Contains(bad.LastError.String(), "prévenez l’administrateur") {
			t.Errorf("the bad library has %d failures, last %q", bad.Failures, bad.LastError)
		}
		if !strings.Contains(log.String(), "job panicked") || !strings.Contains(log.String(), "runner_test.go") {
			t.Error("the log does not say where it panicked")
		}
		if strings.Contains(log.String()+bad.LastError.String(), "Dupré") {
			t.Error("the panic's text, which may hold a name, was logged")
		}
	})
}

func TestLeaseIsRenewedWhileAJobRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		var running, most, runs atomic.Int64
		opts := jobs.Options{Handlers: handlers(cards.JobPush, func(ctx context.Context, _ cards.Job) error {
			if n := running.Add(1); n > most.Load() {
				most.Store(n)
			}
			defer running.Add(-1)
			runs.Add(1)
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(10 * time.Minute):
				return nil
			}
		})}
		opts.Owner = "hub-1"
		_, stop1 := start(t, m, opts, push(1, "@every 1m"))
		opts.Owner = "hub-2"
		_, stop2 := start(t, m, opts, push(1, "@every 1m"))
		time.Sleep(time.Hour)
		if err := errors.Join(stop1(), stop2()); err != nil {
			t.Fatal(err)
		}
		if most.Load() != 1 {
			t.Errorf("%d runs of one job at a time", most.Load())
		}
		if runs.Load() < 5 || runs.Load() > 7 {
			t.Errorf("%d runs of ten minutes in an hour", runs.Load())
		}
	})
}

func TestJobIsCancelledBeforeItsLeaseRunsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		m.failRenew = true
		var left time.Duration
		var cause error
		_, stop := start(t, m, jobs.Options{Handlers: handlers(cards.JobPush, func(ctx context.Context, _ cards.Job) error {
			begun := time.Now()
			<-ctx.Done()
			left = 30*time.Second - time.Since(begun)
			cause = context.Cause(ctx)
			return ctx.Err()
		})}, push(1, "@hourly"))
		time.Sleep(time.Hour + 40*time.Second)
		synctest.Wait()
		if left < 4*time.Second || left > 10*time.Second {
			t.Errorf("cancelled with %s of the lease left", left)
		}
		if cause == nil || m.count("RenewLease") < 2 {
			t.Errorf("cause %v after %d renewals", cause, m.count("RenewLease"))
		}
		if job := m.job(cards.JobPush, 1); job.Failures != 1 {
			t.Errorf("%d failures recorded, want 1", job.Failures)
		}
		_ = stop()
	})
}

func TestJobIsCancelledWhenItsLeaseIsTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		var stopped time.Time
		_, stop := start(t, m, jobs.Options{Handlers: handlers(cards.JobPush, func(ctx context.Context, _ cards.Job) error {
			<-ctx.Done()
			stopped = time.Now()
			return ctx.Err()
		})}, push(1, "@hourly"))
		time.Sleep(time.Hour + 5*time.Second)
		m.steal(cards.JobPush, 1)
		stolen := time.Now()
		time.Sleep(15 * time.Second)
		synctest.Wait()
		if stopped.IsZero() || stopped.Sub(stolen) > 10*time.Second {
			t.Errorf("stolen at %s, stopped at %s", stolen, stopped)
		}
		_ = stop()
	})
}

func TestStopIsOrderly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		_, stop := start(t, m, jobs.Options{Handlers: handlers(cards.JobPush, func(ctx context.Context, _ cards.Job) error {
			<-ctx.Done()
			time.Sleep(3 * time.Second) // finishing its batch
			return fmt.Errorf("push: %w", ctx.Err())
		})}, push(1, "@hourly"))
		time.Sleep(time.Hour + 5*time.Second)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		job := m.job(cards.JobPush, 1)
		if job.Failures != 0 || !job.LastSuccess.IsZero() {
			t.Errorf("the end of the hub counts as %d failures, success %s", job.Failures, job.LastSuccess)
		}
		if due, _ := m.DueJobs(t.Context(), 10); len(due) != 1 {
			t.Error("the job broken off is not due at once")
		}
	})
}

func TestStopGivesUpOnAJobThatIgnoresIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		free := make(chan struct{})
		_, stop := start(t, m, jobs.Options{StopTimeout: 7 * time.Second, Handlers: handlers(cards.JobPush,
			func(context.Context, cards.Job) error { <-free; return nil })}, push(1, "@every 1s"))
		time.Sleep(5 * time.Second)
		before := time.Now()
		err := stop()
		if err == nil || !strings.Contains(err.Error(), "push/1") {
			t.Errorf("error %v does not name the job", err)
		}
		if took := time.Since(before); took != 7*time.Second {
			t.Errorf("gave up after %s", took)
		}
		close(free)
	})
}

func TestSlowKindDoesNotStarveAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		var pushes, harvests, most atomic.Int64
		var wanted []cards.Job
		for i := range int64(40) {
			wanted = append(wanted, cards.Job{Kind: cards.JobHarvest, LibraryID: i, Schedule: "@every 1s"}, push(i, "@every 1m"))
		}
		_, stop := start(t, m, jobs.Options{Concurrency: 4, Handlers: map[cards.JobKind]jobs.Handler{
			cards.JobHarvest: func(ctx context.Context, _ cards.Job) error {
				if n := harvests.Add(1); n > most.Load() {
					most.Store(n)
				}
				defer harvests.Add(-1)
				<-ctx.Done()
				return ctx.Err()
			},
			cards.JobPush: func(context.Context, cards.Job) error { pushes.Add(1); return nil },
		}}, wanted...)
		time.Sleep(10*time.Minute + 30*time.Second)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if most.Load() != 4 {
			t.Errorf("%d harvests at a time, want 4", most.Load())
		}
		if pushes.Load() != 400 {
			t.Errorf("%d pushes, want 400", pushes.Load())
		}
	})
}

// What is due at one moment is taken at once, as far as there are places.
func TestManyDueJobsAreTakenAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		var wanted []cards.Job
		for i := range int64(40) {
			wanted = append(wanted, push(i, "@hourly"), cards.Job{Kind: cards.JobHarvest, LibraryID: i, Schedule: "@hourly"})
		}
		done := func(ctx context.Context, _ cards.Job) error {
			<-ctx.Done()
			return ctx.Err()
		}
		_, stop := start(t, m, jobs.Options{
			Concurrency: 4, Places: map[cards.JobKind]int{cards.JobPush: 30},
			Handlers: map[cards.JobKind]jobs.Handler{cards.JobPush: done, cards.JobHarvest: done},
		}, wanted...)
		time.Sleep(time.Hour + 2*time.Second)
		running := make(map[cards.JobKind]int)
		m.set(func() {
			for k, r := range m.rows {
				if r.until.After(time.Now()) {
					running[k.kind]++
				}
			}
		})
		if running[cards.JobPush] != 30 || running[cards.JobHarvest] != 4 || m.count("AcquireLeases") != 1 {
			t.Errorf("%v run, taken in %d calls", running, m.count("AcquireLeases"))
		}
		_ = stop()
	})
}

// A store that is away for a moment costs no places.
func TestLeasesThatCannotBeTakenLeaveThePlacesFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		var ran atomic.Int64
		m.failAcquire = errors.New("the database is away")
		_, stop := start(t, m, jobs.Options{Concurrency: 1, Handlers: handlers(cards.JobPush, func(context.Context, cards.Job) error {
			ran.Add(1)
			return nil
		})}, push(1, "@every 10s"), push(2, "@every 10s"))
		time.Sleep(time.Minute)
		m.set(func() { m.failAcquire = nil })
		time.Sleep(5 * time.Second)
		if ran.Load() != 2 {
			t.Errorf("%d jobs ran once the store was back, want 2", ran.Load())
		}
		_ = stop()
	})
}

func TestFullKindTakesTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		var mu sync.Mutex
		ran := make(map[int64]int)
		var wanted []cards.Job
		for i := range int64(10) {
			wanted = append(wanted, push(i, "@every 1s"))
		}
		_, stop := start(t, m, jobs.Options{Concurrency: 2, Handlers: handlers(cards.JobPush, func(_ context.Context, job cards.Job) error {
			time.Sleep(5 * time.Second)
			mu.Lock()
			defer mu.Unlock()
			ran[job.LibraryID]++
			return nil
		})}, wanted...)
		time.Sleep(10 * time.Minute)
		_ = stop()
		for i := range int64(10) {
			if ran[i] < 20 || ran[i] > 28 {
				t.Errorf("library %d ran %d times, want about 24", i, ran[i])
			}
		}
	})
}

func TestIdleCostsNearlyNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		var wanted []cards.Job
		for i := range int64(200) {
			wanted = append(wanted, push(i, "@daily"), cards.Job{Kind: cards.JobHarvest, LibraryID: i, Schedule: "@daily"})
		}
		_, stop := start(t, m, jobs.Options{Handlers: handlers(cards.JobPush, func(context.Context, cards.Job) error { return nil })}, wanted...)
		time.Sleep(5 * time.Minute)
		_ = stop()
		limits := map[string]int{"DueJobs": 301, "SyncJobs": 1, "AcquireLeases": 0, "wake": 0, "Now": 1}
		for name, limit := range limits {
			if n := m.count(name); n > limit {
				t.Errorf("%s was called %d times in five idle minutes", name, n)
			}
		}
	})
}

func TestRefusesMisuse(t *testing.T) {
	wanted := func(context.Context) ([]cards.Job, error) { return nil, nil }
	if _, err := jobs.New(newMemory(), jobs.Options{Wanted: wanted}); err == nil {
		t.Error("a runner without an owner was made")
	}
	if _, err := jobs.New(newMemory(), jobs.Options{Owner: "hub"}); err == nil {
		t.Error("a runner without wanted jobs was made")
	}
	runner, err := jobs.New(newMemory(), jobs.Options{Owner: "hub", Wanted: wanted})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := runner.Run(ctx); err != nil {
		t.Error(err)
	}
	if err := runner.Run(ctx); err == nil {
		t.Error("a runner started twice")
	}
}

// A hub that was not given the FTP server leaves the drop to the one that was.
func TestAnotherHubsJobStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		var looks atomic.Int64
		mail, drop := cards.Job{Kind: cards.JobMail, Schedule: "@every 10s"}, cards.Job{Kind: cards.JobFTP, Schedule: "@every 30s"}
		noop := func(context.Context, cards.Job) error { return nil }
		_, stop := start(t, m, jobs.Options{Owner: "with-ftp", Handlers: map[cards.JobKind]jobs.Handler{
			cards.JobMail: noop, cards.JobFTP: func(context.Context, cards.Job) error { looks.Add(1); return nil },
		}}, mail, drop)
		time.Sleep(2 * time.Minute)
		start(t, m, jobs.Options{Owner: "without", Handlers: handlers(cards.JobMail, noop)}, mail)
		before := looks.Load()
		time.Sleep(time.Hour)
		if n := looks.Load() - before; n < 100 {
			t.Errorf("the drop was looked at %d times in an hour", n)
		}
		_ = stop()
		time.Sleep(time.Hour)
		m.mu.Lock()
		defer m.mu.Unlock()
		if _, stays := m.rows[key{cards.JobFTP, cards.HubID}]; stays {
			t.Error("nobody looks at the drop any more, and it is still in the plan")
		}
	})
}
