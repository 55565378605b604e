package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

var errDied = errors.New("the hub died here")

// mortal opens a store that dies at the commit dies says.
func mortal(t *testing.T, database string, dies func(done bool) error) *store.Store {
	t.Helper()
	s, err := store.Open(ctx, store.Options{Database: database, Secret: storetest.Secret, AtCommit: dies})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// eachURL runs the test on every database, by its address.
func eachURL(t *testing.T, test func(t *testing.T, database string)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, storetest.SQLiteDatabase(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, storetest.PostgresDatabase(t))
	})
}

// Wherever the hub dies while it queues everything again, the request stands
// and is visible, and is finished by whoever lives on; nobody asks twice.
func TestDeliveryOfEverythingSurvivesTheHub(t *testing.T) {
	storetest.WithoutRace(t)
	const cardCount = 1001 // more than one portion
	eachURL(t, func(t *testing.T, database string) {
		s := storetest.Open(t, database)
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		incoming := make([]cards.Incoming, cardCount)
		for i := range incoming {
			incoming[i] = storetest.Card(fmt.Sprintf("A%d", i))
		}
		storetest.Send(t, s, mours, incoming...)
		if err := s.SetAttention(ctx, peyrins.ID, cards.Quote("décidez s’il faut tout redistribuer")); err != nil {
			t.Fatal(err)
		}
		for deadAt := 1; ; deadAt++ {
			if err := s.Exec(ctx, "DELETE FROM hand_again"); err != nil {
				t.Fatal(err)
			}
			if err := s.Exec(ctx, "DELETE FROM deliveries"); err != nil {
				t.Fatal(err)
			}
			calls := 0
			dying := mortal(t, database, func(bool) error {
				if calls++; calls == deadAt {
					return errDied
				}
				return nil
			})
			_, err := dying.DeliverAgain(ctx, peyrins.ID, "Claire")
			if err != nil && !errors.Is(err, errDied) {
				t.Fatal(err)
			}
			if deadAt == 1 { // nothing was asked for yet, and the caller knows it
				if status, _ := s.LibraryStatus(ctx, "peyrins"); err == nil || status.Delivery != nil {
					t.Errorf("a request that was rolled back: %+v, %v", status.Delivery, err)
				}
				continue
			}
			if status, _ := s.LibraryStatus(ctx, "peyrins"); status.Delivery == nil || status.Delivery.By != "Claire" || !status.Attention.IsZero() {
				t.Errorf("dead at %d, the request is not seen: %+v", deadAt, status)
			}
			if err := s.TakeUp(ctx); err != nil {
				t.Fatal(err)
			}
			status, statusErr := s.LibraryStatus(ctx, "peyrins")
			if statusErr != nil || status.Again != cardCount || status.Delivery.Handed != cardCount || status.Delivery.Finished.IsZero() {
				t.Errorf("dead at %d: %d again, %+v, %v", deadAt, status.Again, status.Delivery, statusErr)
			}
			if err == nil {
				return
			}
		}
	})
}

// A library that restored an old backup asks for everything again: what it
// sends before it has it is not its edit.
func TestARestoredBackupPutsNothingBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		storetest.Send(t, s, mours, withPhone(storetest.Card("A1"), "06 11 11 11 11"))
		if _, err := s.DeliverAgain(ctx, mours.ID, "Claire"); err != nil {
			t.Fatal(err)
		}
		storetest.Send(t, s, mours, storetest.Card("A1"))
		wantState(t, s, "A1  06 11 11 11 11")
	})
}

func endOf(t *testing.T, s *store.Store) string {
	t.Helper()
	var contents []string
	if err := s.Read(ctx, &contents, "SELECT content FROM cards"); err != nil || len(contents) != 1 {
		t.Fatal(contents, err)
	}
	return decode(t, contents[0]).Enrolment.End
}

// A backup may hold as valid what ended early since, be it by the library's own
// hand: a library that only fetches is written to, again where it was told
// before, and its old file does not make the card valid again, before it has the
// letter or after. What it types itself then counts.
func TestARestoredBackupRevivesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		settle(t, s)
		fetch(t, s, peyrins, 0)
		storetest.Send(t, s, mours, storetest.Card("A1", early))
		wantTold(t, s, peyrins, "[A1]")
		wantTold(t, s, mours, "[]")
		for _, l := range []*cards.Library{mours, peyrins} {
			if n, err := s.DeliverAgain(ctx, l.ID, "Claire"); err != nil || n != 0 {
				t.Errorf("%s is handed %d cards, %v", l.Code, n, err)
			}
			if got := standingOf(t, s, "A1", l.Code); got.State != cards.StandsEnded || got.Has.Seq != 0 {
				t.Errorf("before it is told: %+v", got)
			}
			wantTold(t, s, l, "[A1]")
		}
		wantStanding(t, standingOf(t, s, "A1", "mours"), cards.StandsCurrent, "")
		for range 2 {
			storetest.Send(t, s, mours, storetest.Card("A1"))
			if end := endOf(t, s); end != "2024-10-01" {
				t.Fatalf("revived until %s", end)
			}
		}
		if d := onlyDispute(t, s); d.Kind != cards.NoteDoubt {
			t.Errorf("noted %+v", d)
		}
		storetest.Send(t, s, mours, storetest.Card("A1", func(c *cards.Card) { c.Enrolment.End = "2098-01-01" }))
		if end := endOf(t, s); end != "2098-01-01" {
			t.Errorf("renewed, and ends on %s", end)
		}
	})
}

// A pushed library is sent, again, what ended before an end it may hold, its
// own cards too; until it has it, its old file revives nothing, and once it has,
// it may take its end back.
func TestWhatEndedEarlyIsPushedAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		monnaie := storetest.Library(t, s, "monnaie", withPush)
		storetest.Send(t, s, monnaie, storetest.Card("A1"))
		storetest.Send(t, s, monnaie, storetest.Card("A1", early))
		if n, err := s.DeliverAgain(ctx, monnaie.ID, "Claire"); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		status, err := s.LibraryStatus(ctx, "monnaie")
		if err != nil || status.Again != 1 || status.Behind != 1 || status.Delivery.Handed != 1 {
			t.Errorf("status %+v, %v", status, err)
		}
		due, err := s.HandAgainDue(ctx, monnaie.ID, today, 9)
		if err != nil || len(due) != 1 || due[0].Number != "A1" {
			t.Fatal(due, err)
		}
		storetest.Send(t, s, monnaie, storetest.Card("A1"))
		if end := endOf(t, s); end != "2024-10-01" {
			t.Errorf("revived until %s", end)
		}
	})
}

// Once the push has put right what was restored, the library is trusted again,
// but for what its record says of before: its system took the card and kept what
// the backup had waiting.
func TestAPushedEndMayBeTakenBack(t *testing.T) {
	for name, c := range map[string]struct {
		changed time.Duration // from the push on
		end     string
	}{"changed since": {time.Hour, "2099-09-09"}, "changed before": {-time.Hour, "2024-10-01"}} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				monnaie := storetest.Library(t, s, "monnaie", withPush)
				before := time.Now().Add(-3 * time.Hour)
				storetest.Send(t, s, monnaie, changedAt(storetest.Card("A1"), before))
				storetest.Send(t, s, monnaie, changedAt(storetest.Card("A1", early), before.Add(time.Minute)))
				if _, err := s.DeliverAgain(ctx, monnaie.ID, "Claire"); err != nil {
					t.Fatal(err)
				}
				due, err := s.HandAgainDue(ctx, monnaie.ID, today, 9)
				if err != nil || len(due) != 1 {
					t.Fatal(due, err)
				}
				if err := s.SettlePush(ctx, monnaie.ID, 0, []cards.FeedItem{due[0].FeedItem}, nil); err != nil {
					t.Fatal(err)
				}
				storetest.Send(t, s, monnaie, changedAt(storetest.Card("A1"), time.Now().Add(c.changed)))
				if end := endOf(t, s); end != c.end {
					t.Errorf("it is valid until %s", end)
				}
			})
		})
	}
}

// A library that asked for everything while it fetched, and is pushed to since, was in no list handed what had ended. It is
// trusted again once that was pushed to it.
func TestWhoIsPushedToSinceARestoreIsTrustedOnceItHasTheCard(t *testing.T) {
	const older, newer = "04 75 00 00 00", "06 11 11 11 11"
	for pushed, stands := range map[bool]string{false: newer, true: older} {
		storetest.Each(t, func(t *testing.T, s *store.Store) {
			mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
			storetest.Send(t, s, mours, storetest.Card("A1"))
			settle(t, s)
			fetch(t, s, peyrins, 0)
			storetest.Send(t, s, peyrins, withPhone(storetest.Card("A1"), newer))
			storetest.Send(t, s, mours, withPhone(storetest.Card("A1", early), newer))
			_, err := s.DeliverAgain(ctx, peyrins.ID, "Claire")
			must(t, err)
			peyrins, err = s.EditLibrary(ctx, "peyrins", "", func(l *cards.Library) error { withPush(l); return nil })
			must(t, err)
			if pushed {
				feed, err := s.PushFeed(ctx, cards.FeedRange{LibraryID: peyrins.ID, Day: today, Limit: 9})
				must(t, err)
				must(t, s.SettlePush(ctx, peyrins.ID, feed[0].Seq, feed, nil))
			}
			storetest.Send(t, s, peyrins, withPhone(storetest.Card("A1"), older))
			wantState(t, s, "A1  "+stands)
		})
	}
}

// What it was to be told of by letter is pushed to it too, be it its own card or one that was pushed before: a list of what
// changed since does not hold them. Its own end that nothing brought back is no echo.
func TestWhoIsPushedToSinceARestoreIsSentTheEndsItMayLack(t *testing.T) {
	for restored, want := range map[bool]string{false: "[]", true: "[A1 A2]"} {
		storetest.Each(t, func(t *testing.T, s *store.Store) {
			mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins", withPush)
			address := func(url string) func(*cards.Library) error {
				return func(l *cards.Library) error { l.PushURL = url; return nil }
			}
			storetest.Send(t, s, mours, storetest.Card("A2"))
			storetest.Send(t, s, mours, storetest.Card("A2", early))
			feed, err := s.PushFeed(ctx, cards.FeedRange{LibraryID: peyrins.ID, Day: today, Limit: 9})
			must(t, err)
			must(t, s.SettlePush(ctx, peyrins.ID, feed[0].Seq, feed, nil))
			fetching, err := s.EditLibrary(ctx, "peyrins", "", address(""))
			must(t, err)
			storetest.Send(t, s, fetching, storetest.Card("A1"))
			storetest.Send(t, s, fetching, storetest.Card("A1", early))
			if restored {
				_, err = s.DeliverAgain(ctx, peyrins.ID, "Claire")
				must(t, err)
			}
			for range 2 { // once
				_, err = s.EditLibrary(ctx, "peyrins", "", address(peyrins.PushURL))
				must(t, err)
			}
			due, err := s.HandAgainDue(ctx, peyrins.ID, today, 9)
			must(t, err)
			items := make([]cards.FeedItem, len(due))
			for i, card := range due {
				items[i] = card.FeedItem
			}
			if got := numbers(items); got != want {
				t.Errorf("restored %v: it is sent %s, want %s", restored, got, want)
			}
		})
	}
}

// What a library sends of old is answered once. Its system that went back to a
// backup has forgotten the answer, and holds on to what waited there over what it
// is handed: it is answered anew.
func TestWhatWasAnsweredIsAnsweredAgainAfterARestore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		monnaie := storetest.Library(t, s, "monnaie", withPush)
		pushed := func() int {
			due, err := s.HandAgainDue(ctx, monnaie.ID, today, 9)
			if err != nil {
				t.Fatal(err)
			}
			for _, item := range due {
				if err := s.SettlePush(ctx, monnaie.ID, 0, []cards.FeedItem{item.FeedItem}, nil); err != nil {
					t.Fatal(err)
				}
			}
			return len(due)
		}
		storetest.Send(t, s, monnaie, storetest.Card("A1"))
		storetest.Send(t, s, monnaie, storetest.Card("A1", early))
		for round := range 2 {
			if _, err := s.DeliverAgain(ctx, monnaie.ID, "Claire"); err != nil {
				t.Fatal(err)
			}
			if n := pushed(); n != 1 {
				t.Fatalf("round %d: %d pushed", round, n)
			}
			for _, want := range []int{1, 0} {
				storetest.Send(t, s, monnaie, changedAt(storetest.Card("A1"), time.Now().Add(-time.Hour)))
				if n := pushed(); n != want {
					t.Errorf("round %d: %d pushed in answer, want %d", round, n, want)
				}
			}
		}
	})
}

func changedAt(in cards.Incoming, at time.Time) cards.Incoming {
	in.ChangedAt = at
	return in
}
