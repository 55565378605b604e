package cards_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/carte-reseau/hub/internal/cards"
)

func guardians(list ...cards.Guardian) cards.Incoming {
	return says(cards.Card{Guardians: list}, cards.Guardians)
}

// A library that cuts the names of guardians sends back the ones it was handed:
// they are no other persons, and no edit.
func TestAGuardianCutAtTheWidthIsNoSecondOne(t *testing.T) {
	narrow := &cards.Library{ID: 9, Code: "etroite", Widths: map[cards.Field]int{cards.Guardians: 8}}
	names := rapid.SampledFrom([]string{"Dupont-Martineau", "Hermenégilde", "Noël", "d’Angelo-Cœur", "Weißenborn"})
	rapid.Check(t, func(t *rapid.T) {
		whole := []cards.Guardian{{LastName: names.Draw(t, "name"), FirstName: names.Draw(t, "first name"), Relation: "mere", Phone: "04 75 00 00 00"}}
		if rapid.Bool().Draw(t, "two") {
			whole = append(whole, cards.Guardian{LastName: "Roux", FirstName: names.Draw(t, "the other's first name"), Relation: "pere"})
		}
		k := newCard()
		k.send(mours, guardians(whole...))
		k.hand(narrow)
		var cut []cards.Guardian
		for _, g := range whole {
			cut = append(cut, cards.Guardian{LastName: first(g.LastName, 8), FirstName: first(g.FirstName, 8), Relation: g.Relation, Phone: g.Phone})
		}
		if rapid.Bool().Draw(t, "names one only") {
			cut = cut[:1]
		}
		for range 2 {
			if d := k.send(narrow, guardians(cut...)); d.Result != cards.Unchanged || d.Changed != 0 {
				t.Fatalf("%v: %+v became %+v", d.Result, whole, d.Card.Guardians)
			}
		}
	})
}

func first(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n])
	}
	return s
}
