package ftpdrop

import (
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// The letters write figures as the pages do; what numbers a deposit is not grouped.
func TestFiguresOfLettersAreGrouped(t *testing.T) {
	t.Parallel()
	p, lib := &Poller{opt: Options{Location: time.UTC}}, &cards.Library{Code: "mours", Name: "Mours"}
	d := &cards.Deposit{ID: 12345, Name: "a.xml", Counts: cards.Counts{Received: 56789, Created: 1234, Modified: 2345, Unchanged: 3456, Rejected: 4567}}
	d.Status = cards.Partial
	subject, partial := p.refusalText(lib, d, enclosure{named: []string{"carte n° 1"}})
	d.Status = cards.Suspended
	suspended := p.decisionLetter(lib, d).Body
	d.Status = cards.Integrated
	accepted := p.decisionLetter(lib, d).Body
	for text, wanted := range map[string][]string{
		subject: {"4 567 cartes refusées"}, suspended: {"modifierait 2 345 cartes"},
		partial:  {"sauf 4 567 cartes refusées sur 56 789.", "créées : 1 234\n", "modifiées : 2 345\n", "inchangées : 3 456\n", "refusées : 4 567\n", "… et 4 566 autres"},
		accepted: {"créées : 1 234\n", "modifiées : 2 345\n", "inchangées : 3 456\n"},
	} {
		for _, want := range wanted {
			if grouped := strings.NewReplacer("1 2", "1\u202f2", "2 3", "2\u202f3", "3 4", "3\u202f4", "4 5", "4\u202f5", "56 7", "56\u202f7").Replace(want); !strings.Contains(text, grouped) {
				t.Errorf("%q is not said in\n%s", grouped, text)
			}
		}
		if text != subject && !strings.Contains(text, "épôt n° 12345") {
			t.Errorf("the deposit is not named in\n%s", text)
		}
	}
}
