package store_test

import (
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// What staff ask for now is due at once, or they are told why it will not be.
func TestWorkThatIsAskedForNowIsDueOrRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := storetest.Library(t, s, "mours", func(l *cards.Library) { l.PushURL = "https://sigb.example.org/cartes" })
		other := storetest.Library(t, s, "peyrins", func(l *cards.Library) { l.PushURL = "https://autre.example.org/cartes" })
		if err := s.RunNow(ctx, cards.JobPush, l); cards.CodeOf(err) != cards.Conflict {
			t.Errorf("not in the plan yet: %v", err)
		}
		later := time.Now().Add(time.Hour).Truncate(time.Microsecond)
		job := cards.Job{Kind: cards.JobPush, LibraryID: l.ID, Schedule: "@daily", NextRun: later}
		beside := cards.Job{Kind: cards.JobPush, LibraryID: other.ID, Schedule: "@daily", NextRun: later}
		planned(t, s, job, beside)
		if err := s.RunNow(ctx, cards.JobPush, l); err != nil {
			t.Fatal(err)
		}
		if due, err := s.DueJobs(ctx, 10); err != nil || len(due) != 1 || due[0].LibraryID != l.ID {
			t.Errorf("due are %+v, %v", due, err)
		}
		if err := s.RunNow(ctx, cards.JobHarvest, l); cards.CodeOf(err) != cards.Conflict {
			t.Errorf("it is not harvested: %v", err)
		}
	})
}
