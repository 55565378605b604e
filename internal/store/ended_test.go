package store_test

import (
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

const today = "2026-11-21"

func early(c *cards.Card) { c.Enrolment.Renewed, c.Enrolment.End = "", "2024-10-01" }

// tellEnded writes the letter a library is owed, and returns what it names.
func tellEnded(t *testing.T, s *store.Store, l *cards.Library) string {
	t.Helper()
	ended, err := s.EndedEarly(ctx, l.ID, today, 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(ended) > 0 {
		if err := s.TellEnded(ctx, l.ID, ended, cards.Message{To: l.Email, Subject: "fins"}); err != nil {
			t.Fatal(err)
		}
	}
	items := make([]cards.FeedItem, len(ended))
	for i, card := range ended {
		items[i] = card.FeedItem
	}
	return numbers(items)
}

func wantTold(t *testing.T, s *store.Store, l *cards.Library, want string) {
	t.Helper()
	if got := tellEnded(t, s, l); got != want {
		t.Errorf("%s is told of %s, want %s", l.Code, got, want)
	}
	if again := tellEnded(t, s, l); again != "[]" {
		t.Errorf("%s is told twice of %s", l.Code, again)
	}
}

// A card that ends early, is renewed and ends early again is told of each time.
func TestCardThatEndsTwiceIsToldOfTwice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		settle(t, s)
		_, stamp := fetch(t, s, peyrins, 0)
		storetest.Send(t, s, mours, storetest.Card("A1", early))
		wantTold(t, s, peyrins, "[A1]")
		wantStanding(t, standingOf(t, s, "A1", "peyrins"), cards.StandsEnded, "prévenue par courriel")
		storetest.Send(t, s, mours, storetest.Card("A1", func(c *cards.Card) { c.Enrolment.End = "2098-01-01" }))
		wantTold(t, s, peyrins, "[]")
		settle(t, s)
		if items, _ := fetch(t, s, peyrins, stamp+1); numbers(items) != "[A1]" {
			t.Errorf("renewed, and handed %s", numbers(items))
		}
		storetest.Send(t, s, mours, storetest.Card("A1", func(c *cards.Card) { c.Enrolment.Renewed, c.Enrolment.End = "", "2025-02-03" }))
		wantTold(t, s, peyrins, "[A1]")
		wantTold(t, s, mours, "[]")
	})
}

// A card that a library asked for by itself it may still take for valid, though it never fetched a list.
func TestWhoAskedForACardByItselfIsToldOfItsEnd(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"), storetest.Card("A2"))
		item, _, err := s.CardByOAIID(ctx, oaiIDOf(t, s, "A1"))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.NoteAsked(ctx, peyrins.ID, item); err != nil {
			t.Fatal(err)
		}
		storetest.Send(t, s, mours, storetest.Card("A1", early), storetest.Card("A2", early))
		wantTold(t, s, peyrins, "[A1]")
	})
}

// An end moved to a day still to come is told of when that day is over, also
// where other cards were told of in between; not to a library that fetched the
// card before that day.
func TestEndMovedToADayToComeIsToldOfThen(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins, genissieux := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins"), storetest.Library(t, s, "genissieux")
		storetest.Send(t, s, mours, storetest.Card("SOON"), storetest.Card("NOW"))
		settle(t, s)
		_, stamp := fetch(t, s, peyrins, 0)
		fetch(t, s, genissieux, 0)
		storetest.Send(t, s, mours, storetest.Card("SOON", func(c *cards.Card) { c.Enrolment.End = "2097-01-01" }))
		settle(t, s)
		fetch(t, s, genissieux, stamp+1)
		storetest.Send(t, s, mours, storetest.Card("NOW", early))
		wantTold(t, s, peyrins, "[NOW]")
		wantTold(t, s, genissieux, "[NOW]")
		if err := s.Exec(ctx, "UPDATE cards SET ends = '2026-11-20' WHERE number = 'SOON'"); err != nil { // as time does
			t.Fatal(err)
		}
		if err := s.Exec(ctx, "UPDATE mark_moves SET moved = 1700000000000000"); err != nil { // long before
			t.Fatal(err)
		}
		wantTold(t, s, peyrins, "[SOON]")
		wantTold(t, s, genissieux, "[]")
	})
}

// A library's system refused the card that was to end, and the day is over before
// it comes again: no set shows it any more.
func TestWhoRefusedAnEndIsToldOfIt(t *testing.T) {
	for name, c := range map[string]struct {
		report cards.Confirmation
		again  bool // it comes for it in time
		want   string
	}{
		"refused":              {report: cards.Confirmation{Refused: []cards.NumberRefusal{{Number: "SOON"}}}, want: "[SOON]"},
		"refused, then handed": {report: cards.Confirmation{Refused: []cards.NumberRefusal{{Number: "SOON"}}}, again: true, want: "[]"},
		"integrated":           {want: "[]"},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
				storetest.Send(t, s, mours, storetest.Card("SOON"))
				settle(t, s)
				_, stamp := fetch(t, s, peyrins, 0)
				must(t, s.ConfirmPull(ctx, peyrins.ID, cards.Confirmation{}))
				storetest.Send(t, s, mours, storetest.Card("SOON", func(c *cards.Card) { c.Enrolment.End = "2097-01-01" }))
				settle(t, s)
				_, stamp = fetch(t, s, peyrins, stamp+1)
				must(t, s.ConfirmPull(ctx, peyrins.ID, c.report))
				settle(t, s)
				if c.again {
					fetch(t, s, peyrins, stamp+1)
				}
				must(t, s.Exec(ctx, "UPDATE cards SET ends = '2026-11-20' WHERE number = 'SOON'")) // as time does
				must(t, s.Exec(ctx, "UPDATE mark_moves SET moved = 1700000000000000"))             // long before
				wantTold(t, s, peyrins, c.want)
			})
		})
	}
}

// A library that meets a card as it ended, and sent a later end that is not
// believed, takes it for valid though no set ever showed it so: by push it is
// sent the card, by letter it is told of it.
func TestWhoSentALaterEndHearsOfTheEnd(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins, monnaie := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins"), storetest.Library(t, s, "monnaie", withPush)
		storetest.Send(t, s, mours, storetest.Card("A1", early), storetest.Card("A2", early))
		storetest.Send(t, s, peyrins, storetest.Card("A1"), storetest.Card("A2", early))
		wantTold(t, s, peyrins, "[A1]")
		storetest.Send(t, s, monnaie, storetest.Card("A1"), storetest.Card("A2", early))
		feed, err := s.PushFeed(ctx, cards.FeedRange{LibraryID: monnaie.ID, Day: today, Limit: 10})
		if err != nil || numbers(feed) != "[A1]" {
			t.Errorf("monnaie is sent %s, %v", numbers(feed), err)
		}
	})
}

// A library ends a card itself, and a file of its own that may be older or newer says it is still valid: that is kept out,
// and by the time the library comes for what stands the card is in no set. It fetches for the first time too late.
func TestWhoIsNotBelievedHearsOfItsOwnEnd(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		noon := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
		harvested := func(minute int, in ...cards.Incoming) cards.Batch {
			return cards.Batch{Library: mours, Door: cards.DoorHarvest, Moment: cards.Moment{Arrived: noon.Add(time.Duration(minute) * time.Minute), Asked: true}, Items: itemsOf(in...)}
		}
		dropped := cards.Moment{Made: noon.Add(59 * time.Minute), Arrived: noon.Add(61 * time.Minute)}
		for _, b := range []cards.Batch{
			harvested(0, storetest.Card("A1"), storetest.Card("A2")),
			harvested(60, storetest.Card("A1", early), storetest.Card("A2", early)),
			{Library: mours, Door: cards.DoorFTP, Moment: dropped, Items: itemsOf(storetest.Card("A1"))},
		} {
			_, err := s.Apply(ctx, b)
			must(t, err)
		}
		settle(t, s)
		if items, stamp := fetch(t, s, mours, 0); len(items) > 0 {
			t.Fatal(numbers(items))
		} else if items, _ = fetch(t, s, mours, stamp+1); len(items) > 0 {
			t.Fatal(numbers(items))
		}
		wantTold(t, s, mours, "[A1]")
	})
}

// A reader renews at a library that only ever fetched the card, after it had
// ended and longer after it was fetched than movements are kept.
func TestALateRenewalElsewhereIsNoConflict(t *testing.T) {
	later(t, func(t *testing.T, s *store.Store, wait func(time.Duration)) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		now, err := s.Now(ctx)
		must(t, err)
		until := func(renewed, end string) cards.Incoming {
			return storetest.Card("A1", func(c *cards.Card) { c.Enrolment.Renewed, c.Enrolment.End = renewed, end })
		}
		send := func(l *cards.Library, in cards.Incoming) {
			at, err := s.Now(ctx)
			must(t, err)
			_, err = s.Apply(ctx, cards.Batch{Library: l, Door: cards.DoorPost, Moment: cards.Moment{Arrived: at}, Items: itemsOf(in)})
			must(t, err)
		}
		send(mours, until("", now.AddDate(0, 0, 10).Format(time.DateOnly)))
		settle(t, s)
		items, stamp := fetch(t, s, peyrins, 0)
		if len(items) != 1 {
			t.Fatal(numbers(items))
		}
		_, stamp = fetchAnother(t, s, mours, peyrins, stamp)
		wait(45 * 24 * time.Hour)
		must(t, s.Purge(ctx, 30*24*time.Hour))
		send(peyrins, until(now.AddDate(0, 0, 45).Format(time.DateOnly), "2099-09-09"))
		settle(t, s)
		if items, _ := fetch(t, s, peyrins, stamp+1); len(items) != 0 {
			t.Errorf("it is handed its own renewal: %s", numbers(items))
		}
		if notes, err := s.Disputes(ctx, cards.DisputeQuery{Limit: 9}); err != nil || len(notes) != 0 {
			t.Errorf("%d conflicts, %v", len(notes), err)
		}
	})
}
