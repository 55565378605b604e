package store_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// Two persons who change one library's settings at the same time: who read the
// older ones is told.
func TestNobodyOverwritesSettingsTheyHaveNotSeen(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Library(t, s, "mours")
		before, err := s.Library(ctx, "mours")
		if err != nil || before.Version == "" {
			t.Fatal(err)
		}
		rename := func(name string) func(*cards.Library) error {
			return func(l *cards.Library) error { l.Name, l.Code = name, "other"; return nil }
		}
		after, err := s.EditLibrary(ctx, "mours", before.Version, rename("Mours"))
		if err != nil || after.Name != "Mours" || after.Code != "mours" || after.Version == before.Version {
			t.Errorf("%+v, %v", after, err)
		}
		if _, err := s.EditLibrary(ctx, "mours", before.Version, rename("Mours-Saint-Eusèbe")); cards.CodeOf(err) != cards.Changed {
			t.Errorf("what was not seen is overwritten: %v", err)
		}
		if err := s.PauseLibrary(ctx, after.ID, cards.Quote("panne")); err != nil {
			t.Fatal(err)
		}
		if err := s.SetAttention(ctx, after.ID, cards.Quote("Voir.")); err != nil {
			t.Fatal(err)
		}
		again, err := s.EditLibrary(ctx, "mours", after.Version, func(l *cards.Library) error { l.ILSPassword = "un mot de passe"; return nil })
		if err != nil || !again.Paused || again.ILSPassword == "" || again.Version == after.Version {
			t.Errorf("a pause is no other setting: %+v, %v", again, err)
		}
		if _, err := s.EditLibrary(ctx, "mours", "", func(l *cards.Library) error { l.Email = "non"; return nil }); cards.CodeOf(err) != cards.Invalid {
			t.Error(err)
		}
		if _, err := s.EditLibrary(ctx, "peyrins", "", rename("?")); cards.CodeOf(err) != cards.NotFound {
			t.Error(err)
		}
	})
}

// Who brings the same settings every night changes nothing: a form that is open
// is not refused, and a library that is silent goes on being silent.
func TestTheSameSettingsAreNoChange(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		given := storetest.Library(t, s, "mours", func(l *cards.Library) {
			l.PushURL, l.ILSUser, l.ILSPassword = "https://sigb.example.org/cartes", "reseau", "un mot de passe"
			l.Serves, l.Widths = []string{"annexe"}, map[cards.Field]int{cards.LastName: 30}
		})
		long := time.Now().AddDate(0, 0, -40)
		must(t, s.Exec(ctx, "UPDATE libraries SET changed = ? WHERE id = ?", long.UnixMicro(), given.ID))
		before, err := s.Library(ctx, "mours")
		must(t, err)
		again := *before
		again.Serves, again.Widths = []string{"annexe"}, map[cards.Field]int{cards.LastName: 30}
		storetest.Change(t, s, again)
		must(t, s.SetLibraryKey(ctx, given.ID, storetest.Key))
		must(t, s.SetAttention(ctx, given.ID, cards.Quote("Voir.")))
		if after, err := s.Library(ctx, "mours"); err != nil || !after.Changed.Equal(before.Changed) || after.Version != before.Version {
			t.Errorf("changed at %v, version %s; before %v, %s", after.Changed, after.Version, before.Changed, before.Version)
		}
		for what, change := range map[string]func(){
			"another password": func() { again.ILSPassword = "un autre"; storetest.Change(t, s, again) },
			"another width":    func() { again.Widths[cards.LastName] = 31; storetest.Change(t, s, again) },
			"another key":      func() { must(t, s.SetLibraryKey(ctx, given.ID, "une clé neuve et longue")) },
		} {
			must(t, s.Exec(ctx, "UPDATE libraries SET changed = ? WHERE id = ?", long.UnixMicro(), given.ID))
			change()
			if after, err := s.Library(ctx, "mours"); err != nil || after.Changed.Equal(before.Changed) {
				t.Errorf("%s is no change: %v", what, err)
			}
		}
	})
}

// Two administrators give one establishment to two libraries at once: one of
// them is told.
func TestAnEstablishmentGoesToOneLibrary(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var taken atomic.Int64
		var all sync.WaitGroup
		for i := range 8 {
			code := fmt.Sprintf("bibliotheque-%d", i)
			all.Go(func() {
				l := cards.Library{Code: code, Name: code, Email: "m@example.org"}
				if _, err := s.AddLibrary(ctx, l, storetest.Key); err != nil {
					t.Error(err)
				}
				_, err := s.EditLibrary(ctx, code, "", func(l *cards.Library) error { l.Serves = []string{"annexe"}; return nil })
				switch {
				case err == nil:
					taken.Add(1)
				case cards.CodeOf(err) != cards.Conflict:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := taken.Load(); n != 1 {
			t.Errorf("%d libraries serve one establishment", n)
		}
	})
}

// Edits that name no version all count, whatever their order.
func TestEditsAtTheSameTimeAllCount(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Library(t, s, "mours")
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				_, err := s.EditLibrary(ctx, "mours", "", func(l *cards.Library) error {
					l.Serves = append(l.Serves, fmt.Sprintf("annexe-%d", i))
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if l, err := s.Library(ctx, "mours"); err != nil || len(l.Serves) != 8 {
			t.Errorf("%+v, %v", l, err)
		}
	})
}

// A system that had no field for something gets one: what it was handed before
// did not reach it, so an empty field is not cleared for all.
func TestAFieldThatIsHeldFromNowOn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		peyrins := storetest.Library(t, s, "peyrins", func(l *cards.Library) { l.NotHeld = cards.FieldsOf(cards.Phone, cards.Title) })
		storetest.Send(t, s, mours, storetest.Card("A1"), storetest.Card("A2"), storetest.Card("A3"), storetest.Card("A4"))
		settle(t, s)
		_, stamp := fetch(t, s, peyrins, 0)
		l := *peyrins
		l.NotHeld = cards.FieldsOf(cards.Title)
		storetest.Change(t, s, l)
		now, err := s.Library(ctx, "peyrins")
		must(t, err)
		empty := func(number string) cards.Incoming { return withPhone(storetest.Card(number), "") }
		if out := storetest.Send(t, s, now, empty("A1"))[0]; out.Changed.Has(cards.Phone) {
			t.Errorf("what its old system could not hold is cleared: %+v", out)
		}
		if n, err := s.DeliverAgain(ctx, peyrins.ID, "Claire"); err != nil || n == 0 {
			t.Fatal(n, err)
		}
		if out := storetest.Send(t, s, now, empty("A2"))[0]; out.Changed.Has(cards.Phone) {
			t.Errorf("what it was to be handed again is cleared: %+v", out)
		}
		settle(t, s)
		fetch(t, s, peyrins, 0)
		if out := storetest.Send(t, s, now, empty("A4"))[0]; !out.Changed.Has(cards.Phone) {
			t.Errorf("it clears what it was handed again, and is not heard: %+v", out)
		}
		storetest.Send(t, s, mours, withPhone(storetest.Card("A3"), "06 11 11 11 11"))
		settle(t, s)
		if items, _ := fetch(t, s, peyrins, stamp+1); len(items) == 0 {
			t.Fatal("nothing was handed over")
		}
		if out := storetest.Send(t, s, now, empty("A3"))[0]; !out.Changed.Has(cards.Phone) {
			t.Errorf("it clears what it holds now, and is not heard: %+v", out)
		}
		again, err := s.Library(ctx, "peyrins")
		must(t, err)
		if again.HeldSince[cards.Phone] == 0 || len(again.HeldSince) != 1 || again.Version != now.Version {
			t.Errorf("%+v", again.HeldSince)
		}
	})
}
