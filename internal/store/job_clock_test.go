package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// The machine of the database starts with a clock that is a month ahead, and is set right. What had its next run by the wrong
// clock, or was reserved by a hub that is gone, would wait for that month.
func TestThePlanBearsAClockThatIsSetBack(t *testing.T) {
	databases(t, func(t *testing.T, database string) {
		const month = 30 * 24 * time.Hour
		ahead := month
		s := clocked(t, database, &ahead, nil)
		mours, monnaie, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "monnaie"), storetest.Library(t, s, "peyrins")
		never := storetest.Library(t, s, "genissieux")
		plan := func() (jobs []cards.Job) {
			now, err := s.Now(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, lib := range []*cards.Library{mours, monnaie, peyrins, never} {
				jobs = append(jobs, cards.Job{Kind: cards.JobPush, LibraryID: lib.ID, Schedule: "@every 1h", NextRun: now.Add(time.Hour)})
			}
			return jobs
		}
		must(t, s.SyncJobs(ctx, plan()))
		ended := func(lib *cards.Library, next time.Duration) {
			now, err := s.Now(ctx)
			must(t, err)
			must(t, s.Wake(ctx, cards.JobPush, lib.ID))
			lease, ours, err := storetest.AcquireLease(ctx, s, cards.JobPush, lib.ID, "hub", time.Minute)
			if err != nil || !ours {
				t.Fatal(ours, err)
			}
			must(t, s.ReleaseLease(ctx, lease, now.Add(next), nil))
		}
		ended(mours, time.Hour)
		must(t, s.Wake(ctx, cards.JobPush, monnaie.ID))
		if _, ours, err := storetest.AcquireLease(ctx, s, cards.JobPush, monnaie.ID, "a hub that died", time.Minute); err != nil || !ours {
			t.Fatal(ours, err)
		}
		ahead = 0
		ended(peyrins, 6*time.Hour) // its system asked for that
		must(t, s.SyncJobs(ctx, plan()))
		ahead = time.Hour + time.Minute
		due, err := s.DueJobs(ctx, 10)
		must(t, err)
		var libraries []string
		for _, job := range due {
			libraries = append(libraries, job.Library)
		}
		slices.Sort(libraries)
		if want := []string{"genissieux", "monnaie", "mours"}; !slices.Equal(libraries, want) {
			t.Errorf("an hour later %v are due, want %v", libraries, want)
		}
	})
}
