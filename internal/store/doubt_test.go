package store_test

import (
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// A hub dies in the middle of a push: nobody knows what the library's system took. What the library changed meanwhile
// may have been put back there; whoever takes the push up hands it back, and takes a document that was made before and
// arrives later for one that was overtaken.
func TestAHubThatDiesWhileItPushes(t *testing.T) {
	const lease, older, newer, own = time.Hour, "04 75 00 00 01", "04 75 00 00 02", "04 75 00 00 03"
	phone := func(number, v string) cards.Incoming {
		return storetest.Card(number, func(c *cards.Card) { c.Phone = v })
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		monnaie := storetest.Library(t, s, "monnaie", func(l *cards.Library) { l.PushURL = "http://ils.example.org/cartes" })
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		push := func() []cards.FeedItem {
			mark, err := s.Mark(ctx, monnaie.ID, cards.DoorPush)
			must(err)
			items, err := s.PushFeed(ctx, cards.FeedRange{LibraryID: monnaie.ID, After: mark.Seq, Day: "2026-11-21", Limit: 9})
			must(err)
			return items
		}
		storetest.Send(t, s, mours, phone("A1", older), phone("A2", older), phone("A3", older))
		items := push()
		must(s.SettlePush(ctx, monnaie.ID, items[len(items)-1].Seq, items, nil))
		storetest.Send(t, s, monnaie, phone("A3", own)) // long before
		must(s.Exec(ctx, "UPDATE cards SET stamp = stamp - 3600 WHERE number = 'A3'"))
		storetest.Send(t, s, mours, phone("A1", newer), phone("A2", newer))

		planned(t, s, cards.Job{Kind: cards.JobPush, LibraryID: monnaie.ID, Schedule: "@every 1h"})
		must(s.Exec(ctx, "UPDATE jobs SET next_run = 0"))
		take := func(owner string) {
			t.Helper()
			if _, ours, err := storetest.AcquireLease(ctx, s, cards.JobPush, monnaie.ID, owner, lease); err != nil || !ours {
				t.Fatal(ours, err)
			}
		}
		take("the first hub")
		now, err := s.Now(ctx)
		must(err)
		_, err = s.BeginRun(ctx, cards.Run{LibraryID: monnaie.ID, Job: cards.JobPush, Started: now})
		must(err)
		if sent := push(); len(sent) != 2 {
			t.Fatalf("pushed: %+v", sent)
		}
		made := time.Now()
		storetest.Send(t, s, monnaie, phone("A1", own)) // and the hub dies
		if left := push(); len(left) != 1 || left[0].Number != "A2" {
			t.Fatalf("to be pushed: %+v", left)
		}

		must(s.Exec(ctx, "UPDATE jobs SET lease_until = 1"))
		take("the second hub")
		due, err := s.HandAgainDue(ctx, monnaie.ID, "2026-11-21", 9)
		must(err)
		if len(due) != 1 || due[0].Number != "A1" {
			t.Errorf("handed back: %+v", due)
		}
		late, err := s.Apply(ctx, cards.Batch{
			Library: monnaie, Door: cards.DoorPost, Moment: cards.Moment{Made: made, Arrived: time.Now()}, Items: []cards.Item{{Ordinal: 1, Incoming: phone("A2", own)}},
		})
		must(err)
		if late[0].Result != cards.Modified {
			t.Fatalf("%+v", late)
		}
		if left := push(); len(left) != 1 || left[0].Number != "A2" {
			t.Errorf("a change that was on its way is not handed back: %+v", left)
		}
	})
}
