package push_test

import (
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/push"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// A card that ends early leaves every set, so a library that fetches hears of
// it by one letter; a pushed library, and one that never knew the card, do not.
func TestLibrariesThatFetchAreToldOfEarlyEnds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Library(t, s, "montrigaud")
		storetest.Library(t, s, "monnaie", func(l *cards.Library) { l.PushURL = "http://sigb.example.org/cartes" })
		early := func(c *cards.Card) { c.Enrolment.Renewed, c.Enrolment.End = "", "2024-10-01" }
		storetest.Send(t, s, mours, storetest.Card("KNOWN"), storetest.Card("OPEN"))
		storetest.Send(t, s, peyrins, storetest.Card("KNOWN"))
		storetest.Send(t, s, mours, storetest.Card("KNOWN", early))
		for range 2 {
			if err := push.TellEnded(t.Context(), s, time.UTC); err != nil {
				t.Fatal(err)
			}
		}
		letters, err := s.DueMail(t.Context(), 10)
		if err != nil || len(letters) != 1 {
			t.Fatalf("%d letters, %v", len(letters), err)
		}
		if l := letters[0]; l.To != "peyrins@example.org" || !strings.Contains(l.Body, "KNOWN") || strings.Contains(l.Body, "OPEN") {
			t.Errorf("letter %+v", l)
		}
	})
}

// Handed everything again, a library is written to once more about the same
// cards, and once: also where two hubs do so at once.
func TestTheSameLetterIsWrittenAgainOnRequest(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		storetest.Send(t, s, peyrins, storetest.Card("A1"))
		storetest.Send(t, s, mours, storetest.Card("A1", func(c *cards.Card) { c.Enrolment.Renewed, c.Enrolment.End = "", "2024-10-01" }))
		for want := 1; want <= 2; want++ {
			ended, err := s.EndedEarly(t.Context(), peyrins.ID, time.Now().Format(time.DateOnly), 9)
			if err != nil || len(ended) != 1 {
				t.Fatal(ended, err)
			}
			if err := push.TellEnded(t.Context(), s, time.UTC); err != nil {
				t.Fatal(err)
			}
			if err := s.TellEnded(t.Context(), peyrins.ID, ended, cards.Message{To: peyrins.Email, Subject: "the other hub's"}); err != nil {
				t.Fatal(err)
			}
			if letters, err := s.DueMail(t.Context(), 10); err != nil || len(letters) != want {
				t.Errorf("%d letters, want %d: %v", len(letters), want, err)
			}
			if _, err := s.DeliverAgain(t.Context(), peyrins.ID, "Claire"); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// A reader got another number, and the card ended, before a library fetched: it
// knows the card by the numbers it had before alone, which the letter names.
func TestTheLetterNamesFormerNumbersToo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		replacing := func(number, former string) cards.Incoming {
			in := storetest.Card(number, func(c *cards.Card) { c.Former = []string{former} })
			in.Given = in.Given.With(cards.FormerNumbers)
			return in
		}
		storetest.Send(t, s, mours, storetest.Card("Old1"), storetest.Card("SAME"))
		storetest.Send(t, s, peyrins, storetest.Card("Old1"), storetest.Card("SAME"))
		storetest.Send(t, s, mours, replacing("MID2", "Old1"))
		storetest.Send(t, s, mours, replacing("NEW3", "MID2"))
		early := func(c *cards.Card) { c.Enrolment.Renewed, c.Enrolment.End = "", "2024-10-01" }
		ended := replacing("NEW3", "MID2")
		early(&ended.Card)
		storetest.Send(t, s, mours, ended, storetest.Card("SAME", early))
		if err := push.TellEnded(t.Context(), s, time.UTC); err != nil {
			t.Fatal(err)
		}
		letters, err := s.DueMail(t.Context(), 10)
		if err != nil || len(letters) != 1 || letters[0].To != "peyrins@example.org" {
			t.Fatalf("%+v, %v", letters, err)
		}
		if body := letters[0].Body; !strings.Contains(body, "\n  NEW3 (auparavant : MID2, Old1)\n") || !strings.Contains(body, "\n  SAME\n") ||
			!strings.Contains(body, "anciens numéros") || strings.Contains(body, "Dupré") {
			t.Errorf("letter:\n%s", body)
		}
	})
}

// A library that fetches and is pushed to hears of an early end by the push,
// which brings the ended card itself; it gets no letter besides.
func TestLibraryPulledAndPushedIsPushedTheEnd(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		both := storetest.Library(t, s, "monnaie", func(l *cards.Library) { l.PushURL = "http://sigb.example.org/cartes" })
		storetest.Send(t, s, mours, storetest.Card("A1"))
		seq, err := s.Seq(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.FinishList(t.Context(), cards.List{LibraryID: both.ID, Until: time.Now().Unix(), UpperSeq: seq}); err != nil {
			t.Fatal(err)
		}
		if err := s.SettlePush(t.Context(), both.ID, seq, nil, nil); err != nil {
			t.Fatal(err)
		}
		storetest.Send(t, s, mours, storetest.Card("A1", func(c *cards.Card) { c.Enrolment.Renewed, c.Enrolment.End = "", "2024-10-01" }))
		if err := push.TellEnded(t.Context(), s, time.UTC); err != nil {
			t.Fatal(err)
		}
		if letters, err := s.DueMail(t.Context(), 10); err != nil || len(letters) != 0 {
			t.Errorf("%d letters, %v", len(letters), err)
		}
		feed, err := s.PushFeed(t.Context(), cards.FeedRange{LibraryID: both.ID, After: seq, Day: time.Now().Format(time.DateOnly), Limit: 10})
		if err != nil || len(feed) != 1 || feed[0].Number != "A1" {
			t.Errorf("pushed %+v, %v", feed, err)
		}
	})
}
