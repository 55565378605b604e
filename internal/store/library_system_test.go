package store_test

import (
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// set changes a library's settings and reads it anew.
func set(t *testing.T, s *store.Store, l *cards.Library, change func(*cards.Library)) *cards.Library {
	t.Helper()
	changed := *l
	change(&changed)
	storetest.Change(t, s, changed)
	now, err := s.Library(ctx, l.Code)
	must(t, err)
	return now
}

// A library's system had a field, the next had it not, a third has it again: what the first one sent clears nothing, what
// the third sent itself it may clear, be it what the first one had sent.
func TestAFieldThatIsHeldOnceMore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		peyrins := storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, peyrins, storetest.Card("A1"), storetest.Card("A2"))
		without := set(t, s, peyrins, func(l *cards.Library) { l.NotHeld = cards.FieldsOf(cards.Phone) })
		third := set(t, s, without, func(l *cards.Library) { l.NotHeld = 0 })
		if out := storetest.Send(t, s, third, withPhone(storetest.Card("A1"), ""))[0]; out.Changed != 0 {
			t.Errorf("what its first system held is cleared: %+v", out)
		}
		storetest.Send(t, s, third, storetest.Card("A2"))
		if out := storetest.Send(t, s, third, withPhone(storetest.Card("A2"), ""))[0]; !out.Changed.Has(cards.Phone) {
			t.Errorf("it clears what it sent itself, and is not heard: %+v", out)
		}
	})
}

// A library's system cut names, the next has more room, and took over what was left of them: it sends that, and nobody
// meant it. What it is handed from now on it holds in full.
func TestAWidthThatGrew(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		peyrins := storetest.Library(t, s, "peyrins", func(l *cards.Library) { l.Widths = map[cards.Field]int{cards.LastName: 5} })
		storetest.Send(t, s, mours, called("A1", "Martineau"), called("A2", "Martineau"), called("A3", "Martineau"))
		settle(t, s)
		_, stamp := fetch(t, s, peyrins, 0)
		storetest.Send(t, s, peyrins, called("A2", "MARTI"))
		wide := set(t, s, peyrins, func(l *cards.Library) { l.Widths = map[cards.Field]int{cards.LastName: 40} })
		wide = set(t, s, wide, func(l *cards.Library) { l.Widths = nil })
		if old := wide.OldWidths[cards.LastName]; len(old) != 2 || old[0].Width != 5 || old[0].Until != 3 {
			t.Errorf("%+v", old)
		}
		for _, number := range []string{"A1", "A2"} {
			if out := storetest.Send(t, s, wide, called(number, "MARTI"))[0]; out.Changed != 0 {
				t.Errorf("what was left of the name of %s is taken: %+v", number, out)
			}
		}
		storetest.Send(t, s, mours, called("A3", "Lefebvre"))
		settle(t, s)
		fetch(t, s, peyrins, stamp+1)
		if out := storetest.Send(t, s, wide, called("A3", "Lefeb"))[0]; !out.Changed.Has(cards.LastName) {
			t.Errorf("it shortens a name that it held in full, and is not heard: %+v", out)
		}
		if notes, err := s.Disputes(ctx, cards.DisputeQuery{}); err != nil || len(notes) != 0 {
			t.Errorf("%+v, %v", notes, err)
		}
	})
}

func called(number, name string) cards.Incoming {
	return storetest.Card(number, func(c *cards.Card) { c.LastName = name })
}

// A card that had ended when a library with a new system asked for everything was not in what it got: renewed since, it
// holds nothing of it in the field it has now.
func TestWhatHadEndedWasNotHandedAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		peyrins := storetest.Library(t, s, "peyrins", func(l *cards.Library) { l.NotHeld = cards.FieldsOf(cards.Phone) })
		storetest.Send(t, s, mours, storetest.Card("A1"), storetest.Card("A2"))
		settle(t, s)
		fetch(t, s, peyrins, 0)
		ended := storetest.Card("A1", func(c *cards.Card) { c.Enrolment = cards.Registration{First: "2024-09-03", End: "2025-09-02"} })
		storetest.Send(t, s, mours, ended)
		now := set(t, s, peyrins, func(l *cards.Library) { l.NotHeld = 0 })
		if _, err := s.DeliverAgain(ctx, peyrins.ID, "Claire"); err != nil {
			t.Fatal(err)
		}
		storetest.Send(t, s, mours, storetest.Card("A1"))
		in := withPhone(storetest.Card("A1"), "")
		in.Email, in.Given = "a@example.org", in.Given.With(cards.Email)
		if out := storetest.Send(t, s, now, in)[0]; out.Changed != cards.FieldsOf(cards.Email) {
			t.Errorf("%+v", out)
		}
	})
}

// Nor was one in it that ended before the library came for it.
func TestWhatEndedBeforeItWasFetchedWasNotHandedAgain(t *testing.T) {
	later(t, func(t *testing.T, s *store.Store, wait func(time.Duration)) {
		mours := storetest.Library(t, s, "mours")
		peyrins := storetest.Library(t, s, "peyrins", func(l *cards.Library) { l.NotHeld = cards.FieldsOf(cards.Phone) })
		soon := storetest.Card("A1", func(c *cards.Card) { c.Enrolment.End = timeOf(t, s).AddDate(0, 0, 2).Format(time.DateOnly) })
		storetest.Send(t, s, mours, soon, storetest.Card("A2"))
		settle(t, s)
		_, stamp := fetch(t, s, peyrins, 0)
		now := set(t, s, peyrins, func(l *cards.Library) { l.NotHeld = 0 })
		if _, err := s.DeliverAgain(ctx, peyrins.ID, "Claire"); err != nil {
			t.Fatal(err)
		}
		wait(5 * 24 * time.Hour)
		if items, _ := fetch(t, s, peyrins, stamp+1); numbers(items) != "[A2]" {
			t.Fatal(numbers(items))
		}
		renewed := cards.FieldsOf(cards.EnrolmentDates)
		for number, want := range map[string]cards.FieldSet{"A1": renewed, "A2": renewed.With(cards.Phone)} {
			in := withPhone(storetest.Card(number), "")
			in.Enrolment.End = "2099-12-31"
			batch := cards.Batch{Library: now, Door: cards.DoorPost, Moment: cards.Moment{Arrived: timeOf(t, s)}, Items: itemsOf(in)}
			if out, err := s.Apply(ctx, batch); err != nil || out[0].Changed != want {
				t.Errorf("%s: %v, %v", number, out, err)
			}
		}
	})
}

// A library has another system, which has the field, and waits for its cards: what
// somebody else typed there meanwhile it cannot hold either. What it leaves empty
// clears nothing, and staff are told, for a list under way may have brought it.
func TestWhatStillWaitsForANewSystemIsNotCleared(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		peyrins := storetest.Library(t, s, "peyrins", func(l *cards.Library) { l.NotHeld = cards.FieldsOf(cards.Phone) })
		storetest.Send(t, s, mours, storetest.Card("A1"))
		settle(t, s)
		_, stamp := fetch(t, s, peyrins, 0)
		now := set(t, s, peyrins, func(l *cards.Library) { l.NotHeld = 0 })
		_, err := s.DeliverAgain(ctx, peyrins.ID, "Claire")
		must(t, err)
		storetest.Send(t, s, mours, withPhone(storetest.Card("A1"), "06 11 11 11 11"))
		in := withPhone(storetest.Card("A1"), "")
		in.Email, in.Given = "a@example.org", in.Given.With(cards.Email)
		if out := storetest.Send(t, s, now, in)[0]; out.Changed != cards.FieldsOf(cards.Email) {
			t.Errorf("%+v", out)
		}
		notes, err := s.Disputes(ctx, cards.DisputeQuery{Limit: 9})
		if err != nil || len(notes) != 1 || notes[0].Kind != cards.NoteDoubt {
			t.Errorf("%+v, %v", notes, err)
		}
		settle(t, s)
		if items, _ := fetch(t, s, peyrins, stamp+1); numbers(items) != "[A1]" {
			t.Errorf("it is handed %s", numbers(items))
		}
	})
}
