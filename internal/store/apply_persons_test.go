package store_test

import (
	"slices"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// One guardian is one, though one library names them by their card, another by a number that was replaced, and a third by
// name: nobody is doubled, nobody pushed out, and nothing goes to and fro.
func TestAGuardianIsKnownByTheirCard(t *testing.T) {
	father := cards.Guardian{LastName: "Roux", FirstName: "Jean", Relation: "pere"}
	byOld, byNew := cards.Guardian{Number: "G1", Relation: "mere", Phone: "1"}, cards.Guardian{Number: "G2", Relation: "mere", Phone: "1"}
	byName := cards.Guardian{LastName: "DUPRE", FirstName: "Anne", Relation: "mere", Phone: "1"}
	moved := cards.Guardian{LastName: "Dupré", FirstName: "Anne", Relation: "mere", Phone: "2"}
	for why, c := range map[string]struct {
		stands, sent cards.Guardian
		want         cards.Guardian
		result       cards.Result
	}{
		"its number was replaced":      {byOld, byNew, byOld, cards.Unchanged},
		"by the number that was":       {byNew, byOld, byNew, cards.Unchanged},
		"by name":                      {byNew, byName, byNew, cards.Unchanged},
		"by name, the number was":      {byOld, byName, byOld, cards.Unchanged},
		"by name, with another phone":  {byNew, moved, cards.Guardian{Number: "G2", Relation: "mere", Phone: "2"}, cards.Modified},
		"its card, where the name is":  {byName, byNew, cards.Guardian{Number: "G2", LastName: "DUPRE", FirstName: "Anne", Relation: "mere", Phone: "1"}, cards.Modified},
		"another reader's card":        {byNew, cards.Guardian{Number: "A9"}, cards.Guardian{Number: "A9"}, cards.Modified},
		"a card that nobody has":       {byNew, cards.Guardian{Number: "Z9"}, cards.Guardian{Number: "Z9"}, cards.Modified},
		"somebody of another name":     {byNew, cards.Guardian{LastName: "Dupré", FirstName: "Paul"}, cards.Guardian{LastName: "Dupré", FirstName: "Paul"}, cards.Modified},
		"by name, of a card not given": {cards.Guardian{Number: "Z9"}, byName, byName, cards.Modified},
	} {
		t.Run(why, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
				reader := func(number, first string, former ...string) cards.Incoming {
					in := storetest.Card(number, func(c *cards.Card) { c.FirstName, c.Former = first, former })
					if len(former) > 0 {
						in.Given = in.Given.With(cards.FormerNumbers)
					}
					return in
				}
				child := func(g ...cards.Guardian) cards.Incoming {
					in := reader("C1", "Léo")
					in.Guardians, in.Given = g, in.Given.With(cards.Guardians)
					return in
				}
				storetest.Send(t, s, mours, reader("G1", "Anne"), reader("A9", "Zoé"))
				storetest.Send(t, s, mours, reader("G2", "Anne", "G1"))
				storetest.Send(t, s, mours, child(c.stands, father))
				settle(t, s)
				fetch(t, s, peyrins, 0)
				out := storetest.Send(t, s, peyrins, child(c.sent))[0]
				now := guardiansOf(t, s, "C1")
				if out.Result != c.result || len(now) != 2 || !slices.Contains(now, c.want) {
					t.Fatalf("%+v: %+v", out, now)
				}
				for range 2 {
					for _, l := range []*cards.Library{mours, peyrins} {
						settle(t, s)
						fetch(t, s, l, 0)
					}
					if out := storetest.Send(t, s, peyrins, child(c.sent))[0]; out.Changed != 0 || !slices.Equal(guardiansOf(t, s, "C1"), now) {
						t.Errorf("it does not settle: %+v, %+v", out, guardiansOf(t, s, "C1"))
					}
				}
			})
		})
	}
}

func guardiansOf(t *testing.T, s *store.Store, number string) []cards.Guardian {
	t.Helper()
	file, err := s.CardFile(ctx, number)
	must(t, err)
	return file.Card.Guardians
}

// The document that names a guardian by a new number may be the one that brings it.
func TestAGuardianIsKnownByTheCardOfOneDocument(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		card := func(number string, given cards.Field, change func(*cards.Card)) cards.Incoming {
			in := storetest.Card(number, change)
			in.Given = in.Given.With(given)
			return in
		}
		child := func(guardian string) cards.Incoming {
			return card("C1", cards.Guardians, func(c *cards.Card) { c.Guardians = []cards.Guardian{{Number: guardian}} })
		}
		storetest.Send(t, s, mours, storetest.Card("G1"), child("G1"))
		out := storetest.Send(t, s, mours, child("G2"), card("G2", cards.FormerNumbers, func(c *cards.Card) { c.Former = []string{"G1"} }))
		if now := guardiansOf(t, s, "C1"); out[0].Changed != 0 || len(now) != 1 {
			t.Errorf("%+v: %+v", out, now)
		}
	})
}
