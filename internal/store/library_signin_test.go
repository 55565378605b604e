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
			a, err := s.Admit(ctx, "mours", storetest.Key)
			if err != nil || !reflect.DeepEqual(a.Library, stored) || a.Again {
				t.Fatalf("%+v, %v, want %+v", a, err, stored)
			}
			if a.Closed != 0 && a.Closed != before {
				t.Fatalf("%d was closed, %d is told", before, a.Closed)
			}
			if a.Closed != 0 {
				told++
			}
		}
		if told == 0 {
			t.Error("the closed second was never told")
		}
		settle(t, s)
		for name, try := range map[string][2]string{"a wrong key": {"mours", "x"}, "no key": {"mours", ""}, "nobody": {"nobody", storetest.Key}, "nobody without a key": {"", ""}} {
			if a, err := s.Admit(ctx, try[0], try[1]); a != (cards.Admission{}) || cards.CodeOf(err) != cards.Unauthorized {
				t.Errorf("%s: %+v, %v", name, a, err)
			}
		}
		storetest.Send(t, s, storetest.Library(t, s, "peyrins"), storetest.Card("A1"))
		if _, err := s.DeliverAgain(ctx, given.ID, "x"); err != nil {
			t.Fatal(err)
		}
		if a, err := s.Admit(ctx, "mours", storetest.Key); err != nil || !a.Again {
			t.Errorf("a card waits: %+v, %v", a, err)
		}
		if err := s.SetLibraryKey(ctx, given.ID, "une-autre-cle-assez-longue"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Admit(ctx, "mours", storetest.Key); cards.CodeOf(err) != cards.Unauthorized {
			t.Errorf("the old key: %v", err)
		}
		if err := s.RemoveLibrary(ctx, given.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Admit(ctx, "mours", ""); cards.CodeOf(err) != cards.Unauthorized {
			t.Errorf("a library that is gone: %v", err)
		}
	})
}
