package store_test

import (
	"fmt"
	"sync"
	"testing"

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
