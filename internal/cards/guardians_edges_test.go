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

// Two guardians are two people where their numbers differ, be their names alike, and where their first names differ, be
// their names cut: neither takes the place of the other.
func TestGuardiansWhoAreAlikeStayTwo(t *testing.T) {
	narrow := &cards.Library{ID: 9, Code: "etroite", Widths: map[cards.Field]int{cards.Guardians: 4}}
	for why, two := range map[string][2]cards.Guardian{
		"namesakes, each with a card":     {{Number: "A8", LastName: "Dupré", FirstName: "Hélène"}, {Number: "A9", LastName: "Dupré", FirstName: "Hélène"}},
		"cut namesakes, each with a card": {{Number: "A8", LastName: "Dupré-Martin", FirstName: "Hélène"}, {Number: "A9", LastName: "Dupr", FirstName: "Hélè"}},
		"two of one cut name":             {{LastName: "Dupré-Martin", FirstName: "Hélène"}, {LastName: "Dupr", FirstName: "Jean"}},
		"two of one first name":           {{LastName: "Dupré", FirstName: "Hélène"}, {LastName: "Roux", FirstName: "Hélène"}},
		"one with a card, one without":    {{Number: "A8", LastName: "Dupré", FirstName: "Hélène"}, {LastName: "Roux", FirstName: "Jean"}},
	} {
		k := newCard()
		k.send(mours, guardians(two[0]))
		k.hand(narrow)
		if d := k.send(narrow, guardians(two[1])); !slices.Equal(d.Card.Guardians, []cards.Guardian{two[1], two[0]}) {
			t.Errorf("%s: %+v", why, d.Card.Guardians)
		}
	}
}

// A guardian who is named by name and number, by one of them, or by what a system leaves of the name, is one person: nobody
// is entered twice.
func TestAGuardianIsKnownByNameOrNumber(t *testing.T) {
	narrow := &cards.Library{ID: 9, Code: "etroite", Widths: map[cards.Field]int{cards.Guardians: 4}}
	whole := cards.Guardian{Number: "A8", LastName: "Dupré-Martin", FirstName: "Hélène"}
	cut, unnumbered, nameless := cards.Guardian{LastName: "Dupr", FirstName: "Hélè"}, whole, cards.Guardian{Number: "A8"}
	unnumbered.Number = ""
	numbered := cut
	numbered.Number = "A8"
	for why, c := range map[string]struct {
		by                 *cards.Library
		stands, sent, want cards.Guardian
	}{
		"by the number alone":            {peyrins, whole, nameless, whole},
		"by the name alone":              {peyrins, whole, unnumbered, whole},
		"by the cut name alone":          {narrow, whole, cut, whole},
		"a number is learnt":             {peyrins, unnumbered, whole, whole},
		"a number is learnt, a name cut": {narrow, unnumbered, numbered, numbered},
	} {
		k := newCard()
		k.send(mours, guardians(c.stands))
		k.hand(c.by)
		if d := k.send(c.by, guardians(c.sent)); !slices.Equal(d.Card.Guardians, []cards.Guardian{c.want}) {
			t.Errorf("%s: %+v", why, d.Card.Guardians)
		}
	}
}

// Where there is room, whom a library named before stays beside whom it names now. Staff are asked about those who had to
// go for want of room, and about nothing else: not where the list says that it is whole, nor where another field changed.
func TestOnlyWantOfRoomPushesAGuardianOut(t *testing.T) {
	a, b, c := cards.Guardian{LastName: "Dupré", FirstName: "Anne"}, cards.Guardian{LastName: "Roux", FirstName: "Jean"}, cards.Guardian{LastName: "Roux", FirstName: "Paul"}
	whole := guardians(c)
	whole.GuardiansComplete = true
	for why, one := range map[string]struct {
		stands     []cards.Guardian
		sent, then cards.Incoming
		want       []cards.Guardian
		notes      int
	}{
		"there is room":                  {[]cards.Guardian{a}, guardians(a), guardians(c), []cards.Guardian{c, a}, 0},
		"it spoke of another field only": {[]cards.Guardian{a, b}, mail("a@example.org"), guardians(c), []cards.Guardian{c, a}, 1},
		"the list is whole":              {[]cards.Guardian{a, b}, mail("a@example.org"), whole, []cards.Guardian{c}, 0},
		"another field changes":          {[]cards.Guardian{a, b}, mail("a@example.org"), mail("b@example.org"), []cards.Guardian{a, b}, 0},
	} {
		k := newCard()
		k.send(mours, guardians(one.stands...))
		k.hand(peyrins)
		k.send(peyrins, one.sent)
		k.hand(peyrins)
		d := k.send(peyrins, one.then)
		if !slices.Equal(d.Card.Guardians, one.want) || len(d.Notes) != one.notes {
			t.Errorf("%s: %+v, noted %+v", why, d.Card.Guardians, d.Notes)
		}
		for _, n := range d.Notes {
			if n.Rule != cards.RuleRoom {
				t.Errorf("%s: by rule %d", why, n.Rule)
			}
		}
	}
}

// A library that is behind with a guardian is known to be, by whichever of them it names and in whatever form.
func TestAGuardianOfBeforeIsKnownInEveryForm(t *testing.T) {
	mother, father := cards.Guardian{LastName: "Dupré", FirstName: "Hélène", Phone: "1"}, cards.Guardian{LastName: "Roux", FirstName: "Jean", Phone: "2"}
	moved := father
	moved.Phone = "3"
	plain := father
	plain.LastName, plain.FirstName = "ROUX", "JEAN"
	for why, sent := range map[string][]cards.Guardian{"both": {mother, father}, "the second alone": {father}, "in capitals": {plain}} {
		k := newCard()
		k.send(mours, guardians(mother, father))
		k.hand(peyrins)
		k.send(mours, guardians(mother, moved))
		if d := k.send(peyrins, guardians(sent...)); d.Changed != 0 || !d.Behind.Has(cards.Guardians) {
			t.Errorf("%s: %+v", why, d.Card.Guardians)
		}
	}
}
