package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

func activityOf(t *testing.T, s *store.Store, l *cards.Library, day string) cards.Activity {
	t.Helper()
	all, err := s.Activity(ctx, day, day)
	if err != nil {
		t.Fatal(err)
	}
	if len(all[l.ID]) == 0 {
		return cards.Activity{}
	}
	got := all[l.ID][0]
	if len(all[l.ID]) > 1 || got.Library != l.Code || got.LibraryID != l.ID || got.Day != day {
		t.Fatalf("%+v", all[l.ID])
	}
	return got
}

// Whatever ends is counted on its day, and once, however often a crash has it
// ended.
func TestADayAddsUpWhatEnded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		monnaie := storetest.Library(t, s, "monnaie", func(l *cards.Library) { l.PushURL = "http://ils.example.org/cartes" })
		day, err := s.Today(ctx)
		if err != nil {
			t.Fatal(err)
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		give := func(simulate bool) {
			t.Helper()
			id, err := s.CreateDeposit(ctx, cards.Deposit{LibraryID: mours.ID, Door: cards.DoorPost, Arrived: time.Now(), Simulate: simulate})
			must(err)
			_, err = s.Apply(ctx, cards.Batch{
				Library: mours, Door: cards.DoorPost, Deposit: id, Simulate: simulate, Moment: cards.Moment{Arrived: time.Now()},
				Items: []cards.Item{
					{Ordinal: 1, Incoming: storetest.Card("A1")}, {Ordinal: 2, Incoming: storetest.Card("A2")},
					{Ordinal: 3, Incoming: storetest.Card("A3"), Faults: []cards.Fault{{Code: "dates", Message: "…"}}},
				},
			})
			must(err)
			must(s.FinishDeposit(ctx, id, cards.Partial, nil))
			must(s.FinishDeposit(ctx, id, cards.Partial, nil))
		}
		give(true)
		if got := activityOf(t, s, mours, day); got != (cards.Activity{}) {
			t.Errorf("a simulation counts: %+v", got)
		}
		give(false)
		give(false)
		for _, ok := range []bool{true, false, false} {
			id, err := s.BeginRun(ctx, cards.Run{LibraryID: mours.ID, Job: cards.JobHarvest, Started: time.Now()})
			must(err)
			run := cards.Run{ID: id, OK: ok, Finished: time.Now()}
			must(s.FinishRun(ctx, run))
			must(s.FinishRun(ctx, run))
		}
		must(s.FinishList(ctx, cards.List{LibraryID: mours.ID, Until: time.Now().Unix(), UpperSeq: 1, Size: 7}))
		must(s.FinishList(ctx, cards.List{LibraryID: mours.ID, Until: time.Now().Unix(), UpperSeq: 0, Size: 0}))
		want := cards.Activity{
			LibraryID: mours.ID, Library: "mours", Day: day, Documents: 2, Received: 6, Created: 2, Rejected: 2,
			Lists: 2, Taken: 7, RunsOK: 1, RunsFailed: 2,
		}
		if got := activityOf(t, s, mours, day); got != want {
			t.Errorf("%+v", got)
		}

		feed, err := s.PushFeed(ctx, cards.FeedRange{LibraryID: monnaie.ID, Day: day, Limit: 10})
		must(err)
		refusal := []cards.Refusal{{CardID: feed[1].CardID, Reason: cards.Quote("trop long")}}
		must(s.SettlePush(ctx, monnaie.ID, feed[1].Seq, feed[:1], refusal))
		must(s.SettlePush(ctx, monnaie.ID, 0, nil, refusal)) // refused once more
		must(s.ConfirmPull(ctx, monnaie.ID, cards.Confirmation{Refused: []cards.NumberRefusal{{Number: "A1", Reason: cards.Quote("non")}}}))
		got := activityOf(t, s, monnaie, day)
		if got.Taken != 1 || got.Refused != 2 || got.RunsFailed != 1 || got.Received != 0 {
			t.Errorf("%+v", got)
		}
		if status, err := s.LibraryStatus(ctx, "monnaie"); err != nil || status.Refused != 2 || status.Rejected != 0 || status.Refusing != 2 {
			t.Errorf("%+v, %v", status, err)
		}
	})
}

// The day is the network's: shortly before midnight in Paris it is not that of
// the sun over Greenwich, and after it another. What is old goes.
func TestADayIsTheNetworks(t *testing.T) {
	databases(t, func(t *testing.T, database string) {
		paris, err := time.LoadLocation("Europe/Paris")
		if err != nil {
			t.Fatal(err)
		}
		at := time.Date(2030, 7, 14, 23, 59, 0, 0, paris)
		s, err := store.Open(context.Background(), store.Options{
			Database: database, Secret: storetest.Secret, Location: paris, Ahead: func() time.Duration { return time.Until(at) },
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		mours := storetest.Library(t, s, "mours")
		list := cards.List{LibraryID: mours.ID, Until: 1, Size: 1}
		for _, moment := range []time.Time{at, time.Date(2030, 7, 15, 0, 1, 0, 0, paris)} {
			at = moment
			if err := s.FinishList(ctx, list); err != nil {
				t.Fatal(err)
			}
		}
		for _, day := range []string{"2030-07-14", "2030-07-15"} {
			if got := activityOf(t, s, mours, day); got.Lists != 1 {
				t.Errorf("%s: %+v", day, got)
			}
		}
		at = at.AddDate(1, 2, 0)
		if err := s.Purge(ctx, time.Hour); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Activity(ctx, "", "9999"); err != nil || len(got) != 0 {
			t.Errorf("kept: %+v, %v", got, err)
		}
	})
}
