package store_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

func planned(t *testing.T, s *store.Store, jobs ...cards.Job) {
	t.Helper()
	if err := s.SyncJobs(ctx, jobs); err != nil {
		t.Fatal(err)
	}
}

// Of many who want a job at once, one gets it.
func TestLeaseIsHeldByOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		planned(t, s, cards.Job{Kind: cards.JobMail, Schedule: "@daily", NextRun: time.Now().Add(-time.Minute)})
		var holders atomic.Int64
		var all sync.WaitGroup
		for _, owner := range []string{"a", "b", "c", "d", "e", "f"} {
			all.Go(func() {
				if _, ours, err := storetest.AcquireLease(ctx, s, cards.JobMail, cards.HubID, owner, time.Minute); err != nil {
					t.Error(err)
				} else if ours {
					holders.Add(1)
				}
			})
		}
		all.Wait()
		if holders.Load() != 1 {
			t.Errorf("%d hold it", holders.Load())
		}
	})
}

// Several hubs take whatever is due, give it back, and wake it all the while:
// no job is ever held by two, and none is forgotten.
func TestManyLeasesAtOnceAreEachHeldByOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const libraries, hubs, rounds = 30, 4, 5
		var plan []cards.Job
		for i := range int64(libraries) {
			plan = append(plan, cards.Job{Kind: cards.JobPush, LibraryID: i + 1, Schedule: "@daily", NextRun: time.Now().Add(-time.Minute)})
		}
		planned(t, s, plan...)
		var held [libraries + 1]atomic.Int64
		var times [libraries + 1]atomic.Int64
		var all sync.WaitGroup
		for hub := range hubs {
			all.Go(func() {
				for range rounds {
					if _, err := s.DueJobs(ctx, libraries, cards.JobPush); err != nil {
						t.Error(err)
					}
					leases, err := s.AcquireLeases(ctx, plan, fmt.Sprint("hub-", hub), time.Minute)
					if err != nil {
						t.Error(err)
					}
					var jobs sync.WaitGroup
					for _, l := range leases {
						jobs.Go(func() {
							if n := held[l.LibraryID].Add(1); n != 1 {
								t.Errorf("job %d is held by %d", l.LibraryID, n)
							}
							times[l.LibraryID].Add(1)
							held[l.LibraryID].Add(-1)
							if err := s.ReleaseLease(ctx, &l, time.Now().Add(time.Hour), nil); err != nil {
								t.Error(err)
							}
						})
					}
					jobs.Wait()
				}
			})
		}
		all.Wait()
		// The last wakes may have come while the jobs were held: then they are due.
		if _, err := s.AcquireLeases(ctx, plan, "last", time.Minute); err != nil {
			t.Error(err)
		}
		for i := range int64(libraries) {
			job, err := s.Job(ctx, cards.JobPush, i+1)
			if err != nil || times[i+1].Load() == 0 || !job.Running && job.LastSuccess.IsZero() {
				t.Errorf("job %+v was done %d times, %v", job, times[i+1].Load(), err)
			}
		}
	})
}

// Among the leases asked for are only those of jobs that are due, and free.
func TestOnlyFreeJobsThatAreDueAreLeased(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		job := func(kind cards.JobKind, library int64, in time.Duration) cards.Job {
			return cards.Job{Kind: kind, LibraryID: library, Schedule: "@daily", NextRun: time.Now().Add(in)}
		}
		due, held := job(cards.JobPush, 1, -time.Minute), job(cards.JobPush, 2, -time.Minute)
		later, gone, other := job(cards.JobPush, 3, time.Hour), job(cards.JobPush, 4, -time.Minute), job(cards.JobHarvest, 1, -time.Minute)
		planned(t, s, due, held, later, other)
		if _, ours, err := storetest.AcquireLease(ctx, s, held.Kind, held.LibraryID, "one", time.Minute); !ours || err != nil {
			t.Fatal(ours, err)
		}
		leases, err := s.AcquireLeases(ctx, []cards.Job{due, held, later, gone, other}, "two", time.Minute)
		if err != nil || len(leases) != 2 {
			t.Fatalf("%+v, %v", leases, err)
		}
		for _, l := range leases {
			if l.LibraryID != 1 || l.Owner != "two" || l.Fence != 1 || time.Until(l.Until) < 50*time.Second {
				t.Errorf("lease %+v", l)
			}
			if ours, err := s.RenewLease(ctx, &l, time.Minute); !ours || err != nil {
				t.Errorf("not renewed: %t, %v", ours, err)
			}
		}
	})
}

// What a hub was doing when it died does not look as if it went on for ever:
// whoever takes the job up ends it, and nobody else's.
func TestALeaseEndsWhatADeadOwnerLeft(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		planned(t, s, cards.Job{Kind: cards.JobHarvest, LibraryID: mours.ID, Schedule: "@daily", NextRun: time.Now().Add(-time.Minute)})
		begin := func(l *cards.Library, kind cards.JobKind) int64 {
			id, err := s.BeginRun(ctx, cards.Run{LibraryID: l.ID, Job: kind, Started: time.Now()})
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		dead, pushed, elsewhere := begin(mours, cards.JobHarvest), begin(mours, cards.JobPush), begin(peyrins, cards.JobHarvest)
		if _, ours, err := storetest.AcquireLease(ctx, s, cards.JobHarvest, mours.ID, "new", time.Minute); !ours || err != nil {
			t.Fatal(ours, err)
		}
		mine := begin(mours, cards.JobHarvest)
		for id, ended := range map[int64]bool{dead: true, pushed: false, elsewhere: false, mine: false} {
			run, err := s.Run(ctx, id)
			if err != nil || run.Finished.IsZero() == ended || run.OK || run.Error.IsZero() == ended {
				t.Errorf("run %d: %+v, %v", id, run, err)
			}
		}
	})
}

// A job taken out of the plan and put back counts its leases from the
// beginning: the old holder must not end the new one's.
func TestLeaseOfAJobThatWasPutBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := storetest.Library(t, s, "mours")
		job := cards.Job{Kind: cards.JobHarvest, LibraryID: l.ID, Schedule: "@daily", NextRun: time.Now().Add(-time.Minute)}
		planned(t, s, job)
		old, _, err := storetest.AcquireLease(ctx, s, cards.JobHarvest, l.ID, "old", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		planned(t, s)
		planned(t, s, job)
		if _, ours, err := storetest.AcquireLease(ctx, s, cards.JobHarvest, l.ID, "new", time.Minute); !ours || err != nil {
			t.Fatal(ours, err)
		}
		if kept, err := s.RenewLease(ctx, old, time.Hour); kept || err != nil {
			t.Errorf("renewed: %v, %v", kept, err)
		}
		if err := s.ReleaseLease(ctx, old, time.Now(), nil); err != nil {
			t.Fatal(err)
		}
		if now, err := s.Job(ctx, cards.JobHarvest, l.ID); err != nil || !now.Running || !now.LastSuccess.IsZero() {
			t.Errorf("%+v, %v", now, err)
		}
	})
}

// A run that was stopped with the hub is neither a success nor a failure.
func TestStoppedRunIsNoFailure(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		planned(t, s, cards.Job{Kind: cards.JobMail, Schedule: "@daily", NextRun: time.Now().Add(-time.Minute)})
		lease, _, err := storetest.AcquireLease(ctx, s, cards.JobMail, cards.HubID, "one", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.ReleaseLease(ctx, lease, time.Now(), context.Canceled); err != nil {
			t.Fatal(err)
		}
		job, err := s.Job(ctx, cards.JobMail, cards.HubID)
		if err != nil || job.Failures != 0 || !job.LastSuccess.IsZero() || !job.LastFailure.IsZero() || job.Running {
			t.Errorf("%+v, %v", job, err)
		}
	})
}

// What changes while a library that failed is tried again is pushed as soon as
// that ends well; where it fails once more it keeps to its backoff.
func TestAWakeDuringAnAttemptThatEndsWellIsNotLost(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := storetest.Library(t, s, "mours")
		planned(t, s, cards.Job{Kind: cards.JobPush, LibraryID: l.ID, Schedule: "@daily", NextRun: time.Now().Add(-time.Minute)})
		attempt := func(next time.Time, end error) {
			t.Helper()
			lease, ours, err := storetest.AcquireLease(ctx, s, cards.JobPush, l.ID, "one", time.Minute)
			if !ours || err != nil {
				t.Fatal(ours, err)
			}
			if _, err := s.DueJobs(ctx, 10, cards.JobPush); err != nil {
				t.Fatal(err)
			}
			if err := s.ReleaseLease(ctx, lease, next, end); err != nil {
				t.Fatal(err)
			}
		}
		down, past := cards.Errorf(cards.Unavailable, "en panne"), time.Now().Add(-time.Minute)
		attempt(past, down)
		later := time.Now().Add(time.Hour).Truncate(time.Microsecond)
		attempt(later, down)
		if job, err := s.Job(ctx, cards.JobPush, l.ID); err != nil || !job.NextRun.Equal(later) {
			t.Errorf("a library that is down is called again at %s, %v", job.NextRun, err)
		}
		if err := s.Wake(ctx, cards.JobPush, l.ID); err != nil { // its backoff is over
			t.Fatal(err)
		}
		attempt(later, nil)
		if due, err := s.DueJobs(ctx, 10); err != nil || len(due) != 1 {
			t.Errorf("what changed meanwhile waits for the schedule: %+v, %v", due, err)
		}
	})
}

// Waking all jobs of a kind leaves alone those that failed, and one by name is
// woken all the same; a changed schedule takes its new next run.
func TestWakesAndSchedules(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		later := time.Now().Add(time.Hour).Truncate(time.Microsecond)
		l := storetest.Library(t, s, "mours")
		plan := []cards.Job{
			{Kind: cards.JobPush, LibraryID: l.ID, Schedule: "@daily", NextRun: time.Now().Add(-time.Minute)},
			{Kind: cards.JobPush, LibraryID: l.ID + 1, Schedule: "@daily", NextRun: later},
			{Kind: cards.JobMail, Schedule: "@daily", NextRun: later, Paused: true},
		}
		planned(t, s, plan...)
		lease, _, err := storetest.AcquireLease(ctx, s, cards.JobPush, l.ID, "one", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.ReleaseLease(ctx, lease, later, cards.Errorf(cards.Unavailable, "en panne")); err != nil {
			t.Fatal(err)
		}
		due, err := s.DueJobs(ctx, 10, cards.JobPush)
		if err != nil || len(due) != 1 || due[0].LibraryID != l.ID+1 {
			t.Errorf("%+v, %v", due, err)
		}
		if err := s.Wake(ctx, cards.JobPush, l.ID); err != nil {
			t.Fatal(err)
		}
		if due, _ = s.DueJobs(ctx, 10); len(due) != 2 {
			t.Errorf("%+v", due)
		}
		for i := range plan {
			plan[i].NextRun, plan[i].Schedule = later, "@weekly"
		}
		planned(t, s, plan...)
		must(t, s.WakeAll(ctx, cards.JobPush)) // as another process does
		if due, err = s.DueJobs(ctx, 10); err != nil || len(due) != 1 || due[0].LibraryID != l.ID+1 {
			t.Errorf("%+v, %v", due, err)
		}
		plan[0].Schedule, plan[0].NextRun = "@hourly", later
		planned(t, s, plan...)
		if job, err := s.Job(ctx, cards.JobPush, l.ID); err != nil || !job.NextRun.Equal(later) || job.Failures != 1 || job.Library != "mours" {
			t.Errorf("%+v, %v", job, err)
		}
	})
}

// A run plans the next by the schedule it began with: where staff changed that meanwhile, it is done once more at its end, and planned
// by the new one.
func TestAScheduleThatChangesDuringARunCounts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for name, runErr := range map[string]error{"it ends well": nil, "the hub stops": context.Canceled} {
			planned(t, s, cards.Job{Kind: cards.JobMail, Schedule: "@yearly", NextRun: time.Now().Add(-time.Minute)})
			must(t, s.Wake(ctx, cards.JobMail, cards.HubID))
			lease, ours, err := storetest.AcquireLease(ctx, s, cards.JobMail, cards.HubID, "hub", time.Minute)
			if err != nil || !ours {
				t.Fatal(ours, err)
			}
			const often = 10 * time.Minute
			planned(t, s, cards.Job{Kind: cards.JobMail, Schedule: "@every 10m", NextRun: time.Now().Add(often)})
			must(t, s.ReleaseLease(ctx, lease, time.Now().Add(300*24*time.Hour), runErr))
			job, err := s.Job(ctx, cards.JobMail, cards.HubID)
			must(t, err)
			if job.NextRun.After(time.Now().Add(often)) {
				t.Errorf("%s: the next run is at %s", name, job.NextRun)
			}
		}
	})
}
