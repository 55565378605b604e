package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// clocked opens a store whose clock the test moves.
func clocked(t *testing.T, database string, ahead *time.Duration, atCommit func(bool) error) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), store.Options{
		Database: database, Secret: storetest.Secret, Ahead: func() time.Duration { return *ahead }, AtCommit: atCommit,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func letterAbout(t cards.Trouble, mail cards.TroubleMail) []cards.Message {
	return []cards.Message{{To: "a@example.org", Subject: fmt.Sprint(t.Kind, t.Library, mail), Body: "x", Key: fmt.Sprintf("probleme-%d-%d", t.ID, mail)}}
}

func mails(t *testing.T, s *store.Store) (subjects []string) {
	t.Helper()
	if err := s.Read(ctx, &subjects, "SELECT subject FROM outbox ORDER BY id"); err != nil {
		t.Fatal(err)
	}
	return subjects
}

var failingPush = cards.TroubleKey{Kind: cards.TroubleFailing, Subject: string(cards.JobPush)}

func TestTroublesAreKeptFromTheirBeginningToTheirEnd(t *testing.T) {
	databases(t, func(t *testing.T, database string) {
		var ahead time.Duration
		s := clocked(t, database, &ahead, nil)
		l := storetest.Library(t, s, "mours")
		f := cards.Finding{TroubleKey: failingPush, Library: "mours", Detail: cards.TroubleDetail{Count: 3}}
		f.LibraryID = l.ID
		settle := func(at time.Duration, found ...cards.Finding) {
			t.Helper()
			ahead = at
			if err := s.SettleTroubles(ctx, found, letterAbout); err != nil {
				t.Fatal(err)
			}
		}
		list := func(q cards.TroubleQuery) []cards.Trouble {
			t.Helper()
			found, err := s.Troubles(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		settle(0, f)
		if open := list(cards.TroubleQuery{}); len(open) != 0 {
			t.Errorf("it may pass by itself, and is listed: %+v", open)
		}
		settle(61*time.Minute, f)
		open := list(cards.TroubleQuery{Open: true, Library: "mours", Kind: cards.TroubleFailing})
		if len(open) != 1 || open[0].Library != "mours" || open[0].Subject != "push" || open[0].Detail.Count != 3 || open[0].ToldBegan.IsZero() {
			t.Fatalf("%+v", open)
		}
		for _, none := range []cards.TroubleQuery{{Library: "peyrins"}, {Kind: cards.TroubleClock}, {Before: open[0].ID}} {
			if found := list(none); len(found) != 0 {
				t.Errorf("%+v finds %+v", none, found)
			}
		}
		settle(125 * time.Minute)
		settle(136 * time.Minute)
		if open = list(cards.TroubleQuery{Open: true}); len(open) != 0 {
			t.Errorf("still open: %+v", open)
		}
		past := list(cards.TroubleQuery{})
		if len(past) != 1 || !past[0].Closed || past[0].Ended.Sub(past[0].Began).Round(time.Minute) != 64*time.Minute {
			t.Errorf("%+v", past)
		}
		if got := fmt.Sprint(mails(t, s)); got != "[echecmours1 echecmours2]" {
			t.Errorf("mails %s", got)
		}
		settle(140*time.Minute, f)
		if found := list(cards.TroubleQuery{}); len(found) != 1 {
			t.Errorf("it came back, not ripe: %+v", found)
		}
	})
}

// A hub that dies around the commit has told once, and tells once.
func TestACrashTellsNobodyTwiceAndLosesNoMail(t *testing.T) {
	databases(t, func(t *testing.T, database string) {
		var ahead time.Duration
		storetest.Library(t, clocked(t, database, &ahead, nil), "mours")
		f := cards.Finding{TroubleKey: cards.TroubleKey{Kind: cards.TroubleClock}, Ripe: true}
		for _, after := range []bool{false, true} {
			dies := errors.New("dead")
			dying := clocked(t, database, &ahead, func(done bool) error {
				if done == after {
					return dies
				}
				return nil
			})
			if err := dying.SettleTroubles(ctx, []cards.Finding{f}, letterAbout); !errors.Is(err, dies) {
				t.Fatal(err)
			}
		}
		s := clocked(t, database, &ahead, nil)
		if err := s.SettleTroubles(ctx, []cards.Finding{f}, letterAbout); err != nil {
			t.Fatal(err)
		}
		if got := mails(t, s); len(got) != 1 {
			t.Errorf("mails %v", got)
		}
	})
}

// Hubs that share a database and look at the same moment tell once.
func TestTwoHubsTellOfATroubleOnce(t *testing.T) {
	databases(t, func(t *testing.T, database string) {
		var ahead time.Duration
		f := cards.Finding{TroubleKey: cards.TroubleKey{Kind: cards.TroubleClock}, Ripe: true}
		var all sync.WaitGroup
		stores := make([]*store.Store, 4)
		for i := range stores {
			stores[i] = clocked(t, database, &ahead, nil)
		}
		for _, s := range stores {
			all.Go(func() {
				about := func(tr cards.Trouble, mail cards.TroubleMail) []cards.Message {
					letter := letterAbout(tr, mail)
					letter[0].Key = "" // what keeps it the only one is the trouble's row
					return letter
				}
				if err := s.SettleTroubles(ctx, []cards.Finding{f}, about); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if got := mails(t, stores[0]); len(got) != 1 {
			t.Errorf("mails %v", got)
		}
		if open, err := stores[0].Troubles(ctx, cards.TroubleQuery{Open: true}); err != nil || len(open) != 1 {
			t.Errorf("%+v, %v", open, err)
		}
	})
}

// What is looked at is what there is, read with the laws of each.
func TestViewOfTheNetwork(t *testing.T) {
	databases(t, func(t *testing.T, database string) {
		var ahead time.Duration
		s := clocked(t, database, &ahead, nil)
		mours := storetest.Library(t, s, "mours")
		granges := storetest.Library(t, s, "granges", func(l *cards.Library) { l.OAIURL, l.OAIPrefix = "http://ils.example.org/oai", "carte" })
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		today, err := s.Today(ctx)
		must(err)
		for _, l := range []*cards.Library{mours, granges} {
			must(s.Exec(ctx, `INSERT INTO activity (library_id, day, documents, received, created, modified, rejected, lists, taken, refused, runs_ok, runs_failed)
				VALUES (?, '2020-01-07', 1, 1, 0, 0, 0, 0, 0, 0, 0, 0), (?, '2020-03-01', 1, 1, 0, 0, 9, 0, 0, 0, 0, 0), (?, ?, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0)`,
				l.ID, l.ID, l.ID, today))
		}
		id := deposit(t, s, mours, cards.DoorPost)
		must(s.Exec(ctx, "UPDATE deposits SET status = ? WHERE id = ?", cards.Suspended, id))
		id = deposit(t, s, granges, cards.DoorHarvest)
		must(s.Exec(ctx, "UPDATE deposits SET rejected = 5 WHERE id = ?", id))
		must(s.FinishDeposit(ctx, id, cards.Partial, nil))
		must(s.QueueMail(ctx, cards.Message{To: "a@example.org", Subject: "x", Body: "x"}))
		must(s.QueueMail(ctx, cards.Message{To: "b@example.org", Subject: "x", Body: "x"}))
		must(s.Exec(ctx, "UPDATE outbox SET failed = ? WHERE recipient = 'b@example.org'", time.Now().UnixMicro()))
		must(s.Exec(ctx, "UPDATE clock SET stamp = ?", time.Now().Unix()+100))
		v, err := s.View(ctx)
		must(err)
		if p := v.Presences[mours.ID]; p.Permanent || p.Last.Format(time.DateOnly) != today || len(p.Days) != 1 || p.Since.IsZero() {
			t.Errorf("a library that fetched a list today was heard of: %+v", p)
		}
		if p := v.Presences[granges.ID]; !p.Permanent || p.Last.Format(time.DateOnly) != "2020-03-01" || len(p.Days) != 0 {
			t.Errorf("one that is harvested is heard of by its cards, long ago: %+v", p)
		}
		if v.Rejected[granges.ID] != 5 || v.Rejected[mours.ID] != 0 || len(v.Suspended) != 1 || v.Suspended[0].Library != "mours" {
			t.Errorf("rejected %v, suspended %+v", v.Rejected, v.Suspended)
		}
		if v.MailWaiting != 1 || v.MailLost != 1 || v.ClockBehind < 90 || len(v.Libraries) != 2 {
			t.Errorf("%+v", v)
		}
		ahead = 8 * 24 * time.Hour
		if v, err = s.View(ctx); err != nil || v.MailLost != 0 || v.ClockBehind != 0 || v.Now.Before(time.Now().Add(ahead-time.Hour)) {
			t.Errorf("a week later: %+v, %v", v, err)
		}
	})
}
