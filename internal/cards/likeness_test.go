package cards_test

import (
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

func TestPersonKey(t *testing.T) {
	person := func(last, first, birth string) string {
		return cards.PersonKey(&cards.Card{LastName: last, FirstName: first, BirthDate: birth})
	}
	want := person("Dupré-Léger", "Hélène", "1980-02-29")
	if want == "" {
		t.Fatal("nothing can be told of a card that says all")
	}
	for _, same := range [][3]string{
		{"DUPRE LEGER", "HELENE", "1980-02-29"}, {"Dupre\u0301 Le\u0301ger", "He\u0301le\u0300ne", "1980-02-29"},
		{"dupré  léger", "hélène", "1980-02-29"},
	} {
		if got := person(same[0], same[1], same[2]); got != want {
			t.Errorf("%v: %q, want %q", same, got, want)
		}
	}
	for _, other := range [][3]string{
		{"Dupré", "Hélène", "1980-02-29"}, {"Dupré-Léger", "Hélène", "1980-02"}, {"Dupré-Léger", "Hélèna", "1980-02-29"},
		{"Hélène", "Dupré-Léger", "1980-02-29"},
	} {
		if got := person(other[0], other[1], other[2]); got == want || got == "" {
			t.Errorf("%v: %q", other, got)
		}
	}
	for _, less := range [][3]string{{"", "Hélène", "1980-02-29"}, {"Dupré", "", "1980-02-29"}, {"Dupré", "Hélène", ""}, {"—", "’", "1980-02-29"}} {
		if got := person(less[0], less[1], less[2]); got != "" {
			t.Errorf("%v: %q, want nothing", less, got)
		}
	}
	if person("Du", "Pré Hélène", "1980") == person("Du Pré", "Hélène", "1980") {
		t.Error("where the name ends is forgotten")
	}
}
