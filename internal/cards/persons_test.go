package cards_test

import (
	"slices"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

// A guardian who is named otherwise than one who stands is recognised by their own card: by a number that was replaced, or
// by the name of the reader who has the number. A number is not given up for a name.
func TestAGuardianIsRecognisedByTheirCard(t *testing.T) {
	helene := cards.Card{Number: "B9", LastName: "Dupré", BirthName: "Martin", FirstName: "Hélène"}
	persons := cards.Persons{"a9": helene, "b9": helene, "c7": {Number: "C7", LastName: "Roux", FirstName: "Jean"}}
	full := cards.Guardian{Number: "B9", LastName: "Dupré", FirstName: "Hélène"}
	for why, c := range map[string]struct{ stands, sent, want cards.Guardian }{
		"under a number that was replaced": {full, cards.Guardian{Number: "A9", Phone: "1"}, cards.Guardian{Number: "B9", LastName: "Dupré", FirstName: "Hélène", Phone: "1"}},
		"under a new number":               {cards.Guardian{Number: "a9"}, cards.Guardian{Number: "B9"}, cards.Guardian{Number: "a9"}},
		"by name, who stands by number":    {cards.Guardian{Number: "B9"}, cards.Guardian{LastName: "DUPRE", FirstName: "HELENE"}, cards.Guardian{Number: "B9"}},
		"by birth name":                    {cards.Guardian{Number: "B9"}, cards.Guardian{LastName: "Martin", FirstName: "Hélène"}, cards.Guardian{Number: "B9"}},
		"by number, who stands by name":    {cards.Guardian{LastName: "Dupré", FirstName: "Hélène"}, cards.Guardian{Number: "A9"}, cards.Guardian{Number: "A9", LastName: "Dupré", FirstName: "Hélène"}},
		"another reader's number":          {full, cards.Guardian{Number: "C7"}, cards.Guardian{Number: "C7"}},
		"a number nobody has":              {full, cards.Guardian{Number: "Z1"}, cards.Guardian{Number: "Z1"}},
		"another name":                     {cards.Guardian{Number: "B9"}, cards.Guardian{LastName: "Roux", FirstName: "Hélène"}, cards.Guardian{LastName: "Roux", FirstName: "Hélène"}},
		"another first name":               {cards.Guardian{Number: "B9"}, cards.Guardian{LastName: "Dupré", FirstName: "Jean"}, cards.Guardian{LastName: "Dupré", FirstName: "Jean"}},
		"no name but a first name":         {cards.Guardian{Number: "Z1"}, cards.Guardian{FirstName: "Jean"}, cards.Guardian{FirstName: "Jean"}},
	} {
		x := cards.Card{Guardians: []cards.Guardian{c.stands}}
		in := guardians(c.sent)
		sent := in.Guardians
		in.Recognise(&x, persons)
		if !slices.Equal(in.Guardians, []cards.Guardian{c.want}) {
			t.Errorf("%s: %+v", why, in.Guardians)
		}
		if sent[0] != c.sent {
			t.Errorf("%s: the document itself is changed", why)
		}
	}
}

// Each guardian who stands is recognised once, and who is known already is left alone.
func TestTwoGuardiansAreNotRecognisedAsOne(t *testing.T) {
	helene := cards.Card{Number: "B9", LastName: "Dupré", FirstName: "Hélène"}
	persons := cards.Persons{"a9": helene, "a8": helene, "b9": helene}
	known := cards.Guardian{LastName: "Roux", FirstName: "Jean"}
	x := cards.Card{Guardians: []cards.Guardian{known, {Number: "B9"}}}
	in := guardians(cards.Guardian{Number: "A9"}, cards.Guardian{Number: "A8"}, known)
	in.Recognise(&x, persons)
	if want := []cards.Guardian{{Number: "B9"}, {Number: "A8"}, known}; !slices.Equal(in.Guardians, want) {
		t.Errorf("%+v, want %+v", in.Guardians, want)
	}
}

// Cards are looked up only where guardians on both sides are not known to the other.
func TestWhoseCardsAreLookedUp(t *testing.T) {
	a, b := cards.Guardian{Number: "A9", LastName: "Dupré"}, cards.Guardian{Number: "B9", LastName: "Roux"}
	byName := cards.Guardian{LastName: "Martin"}
	for why, c := range map[string]struct {
		stands []cards.Guardian
		in     cards.Incoming
		want   []string
	}{
		"two numbers":            {[]cards.Guardian{a}, guardians(b), []string{"B9", "A9"}},
		"a number and a name":    {[]cards.Guardian{a}, guardians(byName), []string{"A9"}},
		"the same":               {[]cards.Guardian{a}, guardians(a), nil},
		"one more":               {[]cards.Guardian{a}, guardians(a, b), nil},
		"one less":               {[]cards.Guardian{a, b}, guardians(a), nil},
		"guardians are not sent": {[]cards.Guardian{a}, phone("1"), nil},
	} {
		if got := c.in.Strangers(&cards.Card{Guardians: c.stands}); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v", why, got)
		}
	}
}
