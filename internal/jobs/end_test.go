package jobs_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/jobs"
)

// A transaction that the stop overtakes at its commit says that it is over, not that it was cancelled.
func TestAStopIsNoFailureWhateverTheJobSaysOfIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		_, stop := start(t, m, jobs.Options{Handlers: handlers(cards.JobPush, func(ctx context.Context, _ cards.Job) error {
			<-ctx.Done()
			return fmt.Errorf("push: %w", sql.ErrTxDone)
		})}, push(1, "@hourly"))
		time.Sleep(time.Hour + 5*time.Second)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		job := m.job(cards.JobPush, 1)
		if due, _ := m.DueJobs(t.Context(), 10); len(due) != 1 || job.Failures != 0 || !job.LastSuccess.IsZero() {
			t.Errorf("%d due, %d failures, success %s", len(due), job.Failures, job.LastSuccess)
		}
	})
}

// What a system asked for stands whatever happens to the hub.
func TestAStopDoesNotHurryWhoAskedForTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		_, stop := start(t, m, jobs.Options{Handlers: handlers(cards.JobPush, func(ctx context.Context, _ cards.Job) error {
			<-ctx.Done()
			return jobs.NotBefore(time.Now().Add(3*time.Hour), sql.ErrTxDone)
		})}, push(1, "@hourly"))
		time.Sleep(time.Hour + 5*time.Second)
		_ = stop()
		if wait := time.Until(m.job(cards.JobPush, 1).NextRun); wait != 3*time.Hour {
			t.Errorf("asked again after %s", wait)
		}
	})
}

// A handler gave up a part of its work itself, and the hub goes on: that is a failure like any other, and staff hear what it says.
func TestACancelledPartIsAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		_, stop := start(t, m, jobs.Options{Handlers: handlers(cards.JobPush, func(context.Context, cards.Job) error {
			return cards.WrapError(cards.Unavailable, context.Canceled, "Le serveur s’est tu.")
		})}, push(1, "@hourly"))
		time.Sleep(time.Hour + 5*time.Second)
		_ = stop()
		said := cards.MessageOf(m.released()[0].err)
		if n := m.job(cards.JobPush, 1).Failures; n != 1 || said != "Le serveur s’est tu." {
			t.Errorf("%d failures, %q", n, said)
		}
	})
}

// Staff who read why a job failed learn that it was no fault of its library, nor of the program.
func TestALostLeaseIsToldInPlainWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		m.failRenew = true
		_, stop := start(t, m, jobs.Options{Handlers: handlers(cards.JobPush, func(ctx context.Context, _ cards.Job) error {
			<-ctx.Done()
			return ctx.Err()
		})}, push(1, "@hourly"))
		time.Sleep(time.Hour + time.Minute)
		_ = stop()
		if said := cards.MessageOf(m.released()[0].err); !strings.Contains(said, "interrompu") || strings.Contains(said, "Erreur interne") {
			t.Errorf("staff read %q", said)
		}
	})
}
