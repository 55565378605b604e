package store_test

import (
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// A hub dies over jobs that nobody takes up: their library left the network, they are no longer planned, or they are paused.
// They do not look under way for ever. What a live hub is at, and what the next one takes up, stays.
func TestARunThatNobodyTakesUpEnds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		planned := map[string]cards.Job{}
		runs := map[string]int64{}
		for _, code := range []string{"left", "unplanned", "paused", "paused-and-held", "taken-up"} {
			l := storetest.Library(t, s, code)
			planned[code] = cards.Job{Kind: cards.JobHarvest, LibraryID: l.ID, Schedule: "@every 1h"}
		}
		plan := func() {
			t.Helper()
			var list []cards.Job
			for _, job := range planned {
				list = append(list, job)
			}
			must(t, s.SyncJobs(ctx, list))
		}
		plan()
		must(t, s.Exec(ctx, "UPDATE jobs SET next_run = 0"))
		for code, job := range planned {
			_, ours, err := storetest.AcquireLease(ctx, s, job.Kind, job.LibraryID, "a hub", time.Hour)
			if err != nil || !ours {
				t.Fatal(ours, err)
			}
			runs[code], err = s.BeginRun(ctx, cards.Run{LibraryID: job.LibraryID, Job: job.Kind, Started: time.Now()})
			must(t, err)
		}
		must(t, s.Exec(ctx, "UPDATE jobs SET lease_until = 1 WHERE library_id <> ?", planned["paused-and-held"].LibraryID))
		must(t, s.RemoveLibrary(ctx, planned["left"].LibraryID))
		delete(planned, "left")
		delete(planned, "unplanned")
		for _, code := range []string{"paused", "paused-and-held"} {
			job := planned[code]
			job.Paused = true
			planned[code] = job
		}
		plan()
		must(t, s.TakeUp(ctx))
		for code, id := range runs {
			r, err := s.Run(ctx, id)
			must(t, err)
			if open := code == "paused-and-held" || code == "taken-up"; r.Finished.IsZero() != open {
				t.Errorf("%s: %+v", code, r)
			} else if english, _ := r.Error.In("en"); !open && (r.OK || !contains(r.Error.String(), "n’a pas été repris") || !contains(english, "not taken up")) {
				t.Errorf("%s: %+v", code, r)
			}
		}
		// A hub that was alive after all, and learnt a little later that its job was gone, says how it really ended.
		must(t, s.FinishRun(ctx, cards.Run{ID: runs["left"], LibraryID: planned["taken-up"].LibraryID, Finished: time.Now(), OK: true, Counts: cards.Counts{Received: 3}}))
		if r, err := s.Run(ctx, runs["left"]); err != nil || !r.OK || r.Counts.Received != 3 || !r.Error.IsZero() {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

// Whoever pushes to a library again after its job was gone looks after what a push that broke off may have brought about.
func TestAPushThatNobodyTakesUpIsDoubted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		phone := func(v string) cards.Incoming { return storetest.Card("A1", func(c *cards.Card) { c.Phone = v }) }
		mours, monnaie := storetest.Library(t, s, "mours"), storetest.Library(t, s, "monnaie")
		push := func() []cards.FeedItem {
			mark, err := s.Mark(ctx, monnaie.ID, cards.DoorPush)
			must(t, err)
			items, err := s.PushFeed(ctx, cards.FeedRange{LibraryID: monnaie.ID, After: mark.Seq, Day: "2026-11-21", Limit: 9})
			if err != nil || len(items) != 1 {
				t.Fatal(items, err)
			}
			return items
		}
		storetest.Send(t, s, mours, phone("04 75 00 00 01"))
		items := push()
		must(t, s.SettlePush(ctx, monnaie.ID, items[0].Seq, items, nil))
		storetest.Send(t, s, mours, phone("04 75 00 00 02"))
		now, err := s.Now(ctx)
		must(t, err)
		_, err = s.BeginRun(ctx, cards.Run{LibraryID: monnaie.ID, Job: cards.JobPush, Started: now})
		must(t, err)
		push()
		storetest.Send(t, s, monnaie, phone("04 75 00 00 03")) // and the hub dies, its push job is taken out of the plan
		must(t, s.TakeUp(ctx))
		due, err := s.HandAgainDue(ctx, monnaie.ID, "2026-11-21", 9)
		if err != nil || len(due) != 1 || due[0].Number != "A1" {
			t.Errorf("handed back: %+v, %v", due, err)
		}
	})
}
