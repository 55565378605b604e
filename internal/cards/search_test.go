package cards_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

func TestWhatWasTypedIsFolded(t *testing.T) {
	for _, c := range []struct {
		query cards.CardQuery
		want  string
	}{
		{cards.CardQuery{Name: "Le-Goff"}, "[{LEGOFF }]"},
		{cards.CardQuery{Name: " dupré  hel"}, "[{DUPREHEL } {DUPRE HEL} {HEL DUPRE}]"},
		{cards.CardQuery{Name: "Dupré, Hélène"}, "[{DUPREHELENE } {DUPRE HELENE} {HELENE DUPRE}]"},
		{cards.CardQuery{Name: "d’Arc", FirstName: "jean-ne"}, "[{DARC JEANNE}]"},
		{cards.CardQuery{Name: " - ", BirthDate: "29/02/1980"}, "[]1980-02-29"},
		{cards.CardQuery{BirthDate: "02/1980"}, "[]1980-02"},
		{cards.CardQuery{FirstName: "Ana", BirthDate: "1980"}, "[{ ANA}]1980"},
		{cards.CardQuery{Number: " 2610 0000 "}, "[]26100000…"},
		{cards.CardQuery{Number: "A1b"}, "[]a1b"},
		{cards.CardQuery{Number: "A.9-_z"}, "[]a.9-_z…"},
		{cards.CardQuery{Number: strings.Repeat("9", 32)}, "[]" + strings.Repeat("9", 32) + "…"},
		{cards.CardQuery{BirthDate: " 1980-02 "}, "[]1980-02"},
	} {
		s, err := c.query.Prepare()
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprint(s.Names) + s.Birth + s.Number
		if s.Prefix {
			got += "…"
		}
		if got != c.want || s.Limit != cards.SearchLimit {
			t.Errorf("%+v: %s, limit %d, want %s", c.query, got, s.Limit, c.want)
		}
	}
}

func TestWhatCannotBeSearchedFor(t *testing.T) {
	for _, q := range []cards.CardQuery{
		{}, {Name: "…"}, {FirstName: "Ana"}, {Number: "26é"}, {Number: strings.Repeat("1", 33)}, {BirthDate: "1980-02-30"}, {BirthDate: "hier"},
		{Name: strings.Repeat("long ", 50)}, {Name: "Dupré", Number: "26é"}, {Name: "Dupré", BirthDate: "hier"}, {Number: "A1", FirstName: strings.Repeat("long", 51)},
		{Name: "Dupré", Number: "26/10"}, {Name: "Dupré", Number: "26@10"}, {Name: "Dupré", Number: "[26]"},
	} {
		if _, err := q.Prepare(); cards.CodeOf(err) != cards.Invalid {
			t.Errorf("%+v: %v", q, err)
		}
	}
}

// However many words are typed, the question stays small.
func TestManyWordsAreTriedInFewWays(t *testing.T) {
	s, err := cards.CardQuery{Name: strings.Repeat("a ", 90)}.Prepare()
	if err != nil || len(s.Names) != 15 {
		t.Errorf("%d guesses, %v", len(s.Names), err)
	}
}

// As many cards as are asked for, but no more than a page holds.
func TestHowManyCardsAreFound(t *testing.T) {
	for asked, want := range map[int]int{0: cards.SearchLimit, -1: cards.SearchLimit, 1: 1, cards.SearchLimit: cards.SearchLimit, cards.SearchLimit + 1: cards.SearchLimit} {
		if s, err := (cards.CardQuery{Number: "A1", Limit: asked}).Prepare(); err != nil || s.Limit != want {
			t.Errorf("asked for %d: %+v, %v", asked, s, err)
		}
	}
}
