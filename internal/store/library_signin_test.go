package store_test

import (
	"reflect"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// Whoever is admitted is told the library as it stands, and of the closed second
// nothing that CloseSecond would not tell.
func TestAdmit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		given := storetest.Library(t, s, "mours", func(l *cards.Library) {
			l.Serves, l.Widths, l.NotHeld = []string{"mours-annexe"}, map[cards.Field]int{cards.LastName: 20}, cards.FieldsOf(cards.Email)
			l.OAIURL, l.OAISet, l.OAIPrefix, l.Harvest = "http://sigb.exemple.fr/oai", "tout", "carte", "@every 1h"
			l.PushURL, l.ILSUser, l.ILSPassword = "http://sigb.exemple.fr/cartes", "hub", "secret de la bibliothèque"
		})
		stored, err := s.Library(ctx, "mours")
		if err != nil {
			t.Fatal(err)
		}
		told := 0
		for range 100 {
			before, err := s.CloseSecond(ctx)
			if err != nil {
				t.Fatal(err)
			}
			l, closed, err := s.Admit(ctx, "mours", storetest.Key)
			if err != nil || !reflect.DeepEqual(l, stored) {
				t.Fatalf("%+v, %v, want %+v", l, err, stored)
			}
			if closed != 0 && closed != before {
				t.Fatalf("%d was closed, %d is told", before, closed)
			}
			if closed != 0 {
				told++
			}
		}
		if told == 0 {
			t.Error("the closed second was never told")
		}
		settle(t, s)
		for name, try := range map[string][2]string{"a wrong key": {"mours", "x"}, "no key": {"mours", ""}, "nobody": {"nobody", storetest.Key}, "nobody without a key": {"", ""}} {
			if l, closed, err := s.Admit(ctx, try[0], try[1]); l != nil || closed != 0 || cards.CodeOf(err) != cards.Unauthorized {
				t.Errorf("%s: %+v, %d, %v", name, l, closed, err)
			}
		}
		if err := s.SetLibraryKey(ctx, given.ID, "une-autre-cle-assez-longue"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Admit(ctx, "mours", storetest.Key); cards.CodeOf(err) != cards.Unauthorized {
			t.Errorf("the old key: %v", err)
		}
		if err := s.RemoveLibrary(ctx, given.ID); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Admit(ctx, "mours", ""); cards.CodeOf(err) != cards.Unauthorized {
			t.Errorf("a library that is gone: %v", err)
		}
	})
}
