package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/jobs"
)

func TestChangePushesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		changed := make(chan struct{}, 1)
		var last time.Time
		_, stop := start(t, m, jobs.Options{Changed: changed, Handlers: handlers(cards.JobPush, func(context.Context, cards.Job) error {
			last = time.Now()
			return nil
		})}, push(1, "@daily"))
		time.Sleep(10*time.Second + 300*time.Millisecond)
		synctest.Wait()
		if last.IsZero() {
			t.Error("what changed before the start was not pushed")
		}
		signalled := time.Now()
		changed <- struct{}{}
		synctest.Wait()
		if !last.Equal(signalled) {
			t.Errorf("signalled at %s, pushed at %s", signalled, last)
		}
		_ = stop()
	})
}

func TestManyChangesAreFewWakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		changed := make(chan struct{}, 1)
		var runs atomic.Int64
		var lastRun time.Time
		_, stop := start(t, m, jobs.Options{Changed: changed, Handlers: handlers(cards.JobPush, func(context.Context, cards.Job) error {
			runs.Add(1)
			lastRun = time.Now()
			return nil
		})}, push(1, "@daily"))
		for range 1000 {
			time.Sleep(time.Millisecond)
			changed <- struct{}{}
		}
		lastSignal := time.Now()
		time.Sleep(time.Second)
		synctest.Wait()
		if n := m.count("wake"); n < 15 || n > 23 {
			t.Errorf("%d wakes for a second of signals", n)
		}
		if d := lastRun.Sub(lastSignal); d < 0 || d > 50*time.Millisecond {
			t.Errorf("last signal pushed after %s", d)
		}
		_ = stop()
	})
}

func TestWakeDuringARunIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		changed := make(chan struct{}, 1)
		var runs atomic.Int64
		_, stop := start(t, m, jobs.Options{Changed: changed, Handlers: handlers(cards.JobPush, func(context.Context, cards.Job) error {
			runs.Add(1)
			time.Sleep(5 * time.Second)
			return nil
		})}, push(1, "@daily"))
		time.Sleep(2 * time.Second) // the run of the start is under way
		changed <- struct{}{}
		time.Sleep(20 * time.Second)
		if runs.Load() != 2 {
			t.Errorf("%d runs, want 2", runs.Load())
		}
		_ = stop()
	})
}

func TestChangesLeaveAFailingLibraryToItsBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		changed := make(chan struct{}, 1)
		var runs atomic.Int64
		_, stop := start(t, m, jobs.Options{Changed: changed, Handlers: handlers(cards.JobPush, func(context.Context, cards.Job) error {
			runs.Add(1)
			return errors.New("503")
		})}, push(1, "@daily"))
		for range 600 {
			time.Sleep(100 * time.Millisecond)
			changed <- struct{}{}
		}
		if runs.Load() > 3 {
			t.Errorf("a library that is down was called %d times in a minute of changes", runs.Load())
		}
		_ = stop()
	})
}

func TestKickTakesUpNewJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		var wanted atomic.Pointer[[]cards.Job]
		wanted.Store(&[]cards.Job{})
		runner, stop := start(t, m, jobs.Options{
			Sync:     time.Hour,
			Wanted:   func(context.Context) ([]cards.Job, error) { return *wanted.Load(), nil },
			Handlers: handlers(cards.JobPush, func(context.Context, cards.Job) error { return nil }),
		})
		time.Sleep(10 * time.Second)
		wanted.Store(&[]cards.Job{push(7, "@every 5s")})
		runner.Kick()
		time.Sleep(6 * time.Second)
		if len(m.released()) != 1 {
			t.Errorf("%d runs after the kick", len(m.released()))
		}
		_ = stop()
	})
}

// The database is away for a moment just when somebody is in a hurry.
func TestAKickThatMeetsTroubleIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		var added, away atomic.Bool
		runner, stop := start(t, m, jobs.Options{
			Sync: time.Hour,
			Wanted: func(context.Context) ([]cards.Job, error) {
				if !added.Load() {
					return nil, nil
				}
				if away.Swap(false) {
					return nil, errors.New("database away")
				}
				return []cards.Job{push(7, "@every 5s")}, nil
			},
			Handlers: handlers(cards.JobPush, func(context.Context, cards.Job) error { return nil }),
		})
		time.Sleep(10 * time.Second)
		added.Store(true)
		away.Store(true)
		runner.Kick()
		time.Sleep(10 * time.Second)
		if len(m.released()) == 0 {
			t.Error("no run after the kick")
		}
		_ = stop()
	})
}

// A library is added while cards are there already: nobody will wake its job.
func TestAJobThatIsNewRunsAtOnceWhereItIsToldTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		soon := push(7, "@every 5m")
		soon.AtOnce = true
		_, stop := start(t, m, jobs.Options{
			Wanted:   func(context.Context) ([]cards.Job, error) { return []cards.Job{soon, push(8, "@every 5m")}, nil },
			Handlers: handlers(cards.JobPush, func(context.Context, cards.Job) error { return nil }),
		})
		time.Sleep(10 * time.Second)
		if ran := m.released(); len(ran) != 1 || ran[0].library != 7 {
			t.Errorf("ran in the first seconds: %+v", ran)
		}
		time.Sleep(5 * time.Minute)
		if ran := m.released(); len(ran) != 3 {
			t.Errorf("ran after the first five minutes: %+v", ran)
		}
		_ = stop()
	})
}

func TestWantedJobsFollowTheirSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		var wanted atomic.Pointer[[]cards.Job]
		wanted.Store(&[]cards.Job{push(1, "@every 10s")})
		var runs atomic.Int64
		_, stop := start(t, m, jobs.Options{
			Wanted: func(context.Context) ([]cards.Job, error) { return *wanted.Load(), nil },
			Handlers: handlers(cards.JobPush, func(context.Context, cards.Job) error {
				runs.Add(1)
				return nil
			}),
		})
		time.Sleep(time.Minute + time.Second)
		if runs.Load() < 5 {
			t.Errorf("%d runs in a minute of every ten seconds", runs.Load())
		}
		paused := push(1, "@every 10s")
		paused.Paused = true
		wanted.Store(&[]cards.Job{paused})
		time.Sleep(10 * time.Second)
		before := runs.Load()
		time.Sleep(time.Minute)
		if runs.Load() != before {
			t.Errorf("a paused job ran %d times", runs.Load()-before)
		}
		wanted.Store(&[]cards.Job{push(1, "@every 10s"), push(2, "@every 10s")})
		time.Sleep(time.Minute)
		if n := runs.Load() - before; n < 8 {
			t.Errorf("%d runs in a minute of two libraries every ten seconds", n)
		}
		_ = stop()
	})
}

// A first harvest lasts hours, and staff change its schedule meanwhile: its end must not plan the next by the old one.
func TestAScheduleThatChangesDuringARunCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		yearly := push(1, "@yearly")
		yearly.AtOnce = true
		var wanted atomic.Pointer[[]cards.Job]
		wanted.Store(&[]cards.Job{yearly})
		var runs atomic.Int64
		_, stop := start(t, m, jobs.Options{
			Wanted: func(context.Context) ([]cards.Job, error) { return *wanted.Load(), nil },
			Handlers: handlers(cards.JobPush, func(context.Context, cards.Job) error {
				if runs.Add(1) == 1 {
					time.Sleep(time.Hour)
				}
				return nil
			}),
		})
		time.Sleep(30 * time.Minute)
		wanted.Store(&[]cards.Job{push(1, "@every 10m")})
		time.Sleep(90*time.Minute + time.Second)
		if n := runs.Load(); n < 6 {
			t.Errorf("%d runs an hour after the first had ended, of every ten minutes", n-1)
		}
		_ = stop()
	})
}

func TestUnreadableSchedulePausesItsJobOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		var log bytes.Buffer
		_, stop := start(t, m, jobs.Options{
			Logger:   slog.New(slog.NewTextHandler(&log, nil)),
			Handlers: handlers(cards.JobPush, func(context.Context, cards.Job) error { return nil }),
		}, push(1, "whenever"), push(2, "@every 10s"))
		time.Sleep(time.Minute)
		_ = stop()
		if !m.job(cards.JobPush, 1).Paused || m.job(cards.JobPush, 2).LastSuccess.IsZero() {
			t.Error("the unreadable schedule is not paused, or the good one did not run")
		}
		if n := strings.Count(log.String(), "schedule cannot be read"); n != 1 {
			t.Errorf("told %d times", n)
		}
	})
}

func TestTroubleIsToldOnceAndWhenOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		var log bytes.Buffer
		changed := make(chan struct{}, 1)
		m.failDue = errors.New("database away")
		_, stop := start(t, m, jobs.Options{
			Changed:  changed,
			Logger:   slog.New(slog.NewTextHandler(&log, nil)),
			Handlers: handlers(cards.JobPush, func(context.Context, cards.Job) error { return nil }),
		}, push(1, "@daily"))
		time.Sleep(30 * time.Second)
		if n := m.count("wake"); n > 31 {
			t.Errorf("a store in trouble was asked to wake %d times in 30 s", n)
		}
		m.set(func() { m.failDue = nil })
		time.Sleep(3 * time.Second)
		_ = stop()
		if strings.Count(log.String(), "level=ERROR") != 1 || strings.Count(log.String(), "works again") != 1 {
			t.Errorf("log:\n%s", log.String())
		}
		if len(m.released()) != 1 {
			t.Error("the wake asked for while the store was away was forgotten")
		}
	})
}
