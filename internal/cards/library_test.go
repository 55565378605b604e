package cards_test

import (
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

// What a library's settings may be, and which rule each of the others breaks: the pages and the JSON interface say it in
// words of their own.
func TestWhatALibrarysSettingsMayBe(t *testing.T) {
	good := func() cards.Library {
		return cards.Library{
			Code: "mours", Name: "Mours", Email: "bib@mours.example.org", Serves: []string{"mours-annexe"},
			OAIURL: "http://mours.example.org/oai", OAIPrefix: "carte", PushURL: "https://mours.example.org/cartes",
			Widths: map[cards.Field]int{cards.LastName: 1}, NotHeld: cards.FieldsOf(cards.Mobile),
		}
	}
	for rule, change := range map[string]func(*cards.Library){
		"":                      func(*cards.Library) {},
		"code-bibliotheque":     func(l *cards.Library) { l.Code = "Mours" },
		"bibliotheque-sans-nom": func(l *cards.Library) { l.Name = "" },
		"bibliotheque-courriel": func(l *cards.Library) { l.Email = "bib" },
		"code-etablissement":    func(l *cards.Library) { l.Serves = []string{"mours annexe"} },
		"champ-obligatoire":     func(l *cards.Library) { l.NotHeld = cards.FieldsOf(cards.EnrolmentDates) },
		"champ-largeur":         func(l *cards.Library) { l.Widths[cards.LastName] = 0 },
		"adresse-secrete":       func(l *cards.Library) { l.PushURL = "https://hub:secret@mours.example.org/cartes" },
		"sans-prefixe":          func(l *cards.Library) { l.OAIPrefix = "" },
	} {
		l := good()
		change(&l)
		err := l.Validate()
		if got := cards.RuleOf(err); got != rule || (err == nil) != (rule == "") {
			t.Errorf("%q: %q, %v", rule, got, err)
		}
	}
	for _, address := range []string{"ftp://mours.example.org/", "mours.example.org/oai", "https://", "http:///oai", "http://a b/", "://"} {
		l := good()
		l.OAIURL = address
		if err := l.Validate(); cards.RuleOf(err) != "adresse-http" {
			t.Errorf("%s: %v", address, err)
		}
	}
	fetches := good()
	fetches.OAIURL, fetches.OAIPrefix, fetches.PushURL = "", "", ""
	if err := fetches.Validate(); err != nil {
		t.Errorf("one that comes by itself: %v", err)
	}
}
