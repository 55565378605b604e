package cards_test

import (
	"slices"
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

// A system has room for one guardian, or knows of one: who replaces that one at its desk replaces no other, and where it
// cannot be told which of two it replaced, staff are.
func TestAGuardianReplacedPushesNoOtherOut(t *testing.T) {
	a, b, c := cards.Guardian{LastName: "Dupré", FirstName: "Anne"}, cards.Guardian{LastName: "Roux", FirstName: "Jean"}, cards.Guardian{LastName: "Roux", FirstName: "Paul"}
	for why, one := range map[string]struct {
		sent, then, want []cards.Guardian
		notes            int
	}{
		"the one it had named":          {[]cards.Guardian{a}, []cards.Guardian{c}, []cards.Guardian{c, b}, 0},
		"the other one it had named":    {[]cards.Guardian{b}, []cards.Guardian{c}, []cards.Guardian{c, a}, 0},
		"one of two it names":           {[]cards.Guardian{a, b}, []cards.Guardian{a, c}, []cards.Guardian{a, c}, 0},
		"nobody knows which":            {nil, []cards.Guardian{c}, []cards.Guardian{c, a}, 1},
		"the one it does not name":      {nil, []cards.Guardian{a, c}, []cards.Guardian{a, c}, 0},
		"the one it named, in capitals": {[]cards.Guardian{{LastName: "ROUX", FirstName: "JEAN"}}, []cards.Guardian{c}, []cards.Guardian{c, a}, 0},
	} {
		k := newCard()
		k.send(mours, guardians(a, b))
		k.hand(peyrins)
		if one.sent != nil {
			k.send(peyrins, guardians(one.sent...))
		}
		d := k.send(peyrins, guardians(one.then...))
		if !slices.Equal(d.Card.Guardians, one.want) || len(d.Notes) != one.notes {
			t.Errorf("%s: %+v, %d notes", why, d.Card.Guardians, len(d.Notes))
		}
		for _, n := range d.Notes {
			if n.Kind != cards.NoteConflict || !n.Taken || len(n.Lost.Guardians) != 2 {
				t.Errorf("%s: %+v", why, n)
			}
		}
		if again := k.send(peyrins, guardians(one.then...)); again.Changed != 0 || again.Notes != nil {
			t.Errorf("%s, sent again: %+v", why, again)
		}
	}
}
