package store_test

import (
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

type noted struct {
	Kind, Field, Kept, Lost string
	Rule                    int
	KeptBy, LostBy          int64
	KeptAt, LostAt          int64
}

func notes(t *testing.T, s *store.Store) []noted {
	t.Helper()
	var rows []noted
	if err := s.Read(ctx, &rows, "SELECT kind, field, kept, lost, rule, kept_by, lost_by, kept_at, lost_at FROM notes ORDER BY id"); err != nil {
		t.Fatal(err)
	}
	return rows
}

// A library that loads its file meets cards the network knows: the library of
// enrolment wins, each difference is noted once.
func TestLibraryMeetsKnownCards(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours", func(l *cards.Library) { l.Serves = []string{"mours-annexe"} })
		peyrins := storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1", func(c *cards.Card) { c.EnrolledAt = "mours-annexe" }))
		theirs := withPhone(storetest.Card("A1"), "06 11 11 11 11")
		for range 2 {
			wantOutcome(t, storetest.Send(t, s, peyrins, theirs)[0], cards.Unchanged, "")
		}
		wantState(t, s, "A1  04 75 00 00 00")
		rows := notes(t, s)
		if len(rows) != 1 {
			t.Fatalf("noted %+v", rows)
		}
		n := rows[0]
		if n.Kind != "conflit" || n.Field != "telephone" || n.Rule != 5 || n.KeptBy != mours.ID || n.LostBy != peyrins.ID || n.KeptAt == 0 || n.LostAt == 0 {
			t.Errorf("noted %+v", n)
		}
		if decode(t, n.Kept).Phone != "04 75 00 00 00" || decode(t, n.Lost).Phone != "06 11 11 11 11" {
			t.Errorf("kept %s, lost %s", n.Kept, n.Lost)
		}
	})
}

// Where the library of enrolment never sent the card, the later change wins.
func TestLaterChangeWinsWhereTheEnrolmentLibraryIsSilent(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		enrolled := func(day int, phone string) cards.Incoming {
			in := storetest.Card("A1", func(c *cards.Card) { c.EnrolledAt, c.ChangedAt, c.Phone = "ailleurs", november(day), phone })
			in.Given = in.Given.With(cards.EnrolledAt)
			return in
		}
		storetest.Send(t, s, mours, enrolled(3, "04 75 00 00 03"))
		wantOutcome(t, storetest.Send(t, s, peyrins, enrolled(4, "04 75 00 00 04"))[0], cards.Modified, "")
		wantState(t, s, "A1  04 75 00 00 04")
	})
}

// The version keeps by which rule it was made, and against which one.
func TestReasonsAreKeptWithTheVersion(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		storetest.Send(t, s, mours, withPhone(storetest.Card("A1"), "06 11 11 11 11"))
		var reasons []string
		if err := s.Read(ctx, &reasons, "SELECT reasons FROM versions ORDER BY seq"); err != nil {
			t.Fatal(err)
		}
		if len(reasons) != 2 || reasons[0] != "" || reasons[1] != `[{"field":8,"rule":3,"taken":true,"against":1}]` {
			t.Errorf("%q", reasons)
		}
	})
}

// What any library once said is not taken for a change when another one sends
// it late: the edits of others stay.
func TestAnyPastValueIsStale(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		settle(t, s)
		_, closed := fetch(t, s, peyrins, 0)
		for _, phone := range []string{"06 22 22 22 22", "06 33 33 33 33"} {
			storetest.Send(t, s, mours, withPhone(storetest.Card("A1"), phone))
		}
		settle(t, s)
		fetch(t, s, peyrins, closed+1)
		wantOutcome(t, storetest.Send(t, s, peyrins, withPhone(storetest.Card("A1"), "06 22 22 22 22"))[0], cards.Unchanged, "")
		wantState(t, s, "A1  06 33 33 33 33")
		if rows := notes(t, s); len(rows) != 1 || rows[0].Kind != "doute" || rows[0].Rule != 4 {
			t.Errorf("noted %+v", rows)
		}
	})
}

// Two people who were given one number stay two.
func TestTwoPeopleWithOneNumber(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		for round := range 3 {
			if round == 2 { // its system has the other's card by now
				settle(t, s)
				fetch(t, s, peyrins, 0)
			}
			out := storetest.Send(t, s, peyrins, storetest.Card("A1", func(c *cards.Card) { c.LastName, c.FirstName, c.BirthDate = "Roux", "Jean", "2011-05-04" }))
			if out[0].Result != cards.Rejected || len(out[0].Faults) != 1 || out[0].Faults[0].Code != "autre-personne" {
				t.Errorf("%+v", out[0])
			}
		}
		var sent int64
		if err := s.Read(ctx, &sent, "SELECT count(*) FROM sent WHERE library_id = ?", peyrins.ID); err != nil || sent != 0 {
			t.Errorf("a rejected card counts as sent: %d, %v", sent, err)
		}
		wantOutcome(t, storetest.Send(t, s, peyrins, withPhone(storetest.Card("A1"), "06 11 11 11 11"))[0], cards.Modified, "")
	})
}

func november(day int) time.Time { return time.Date(2026, 11, day, 8, 0, 0, 0, time.UTC) }
