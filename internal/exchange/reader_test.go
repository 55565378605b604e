package exchange_test

import (
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
)

// example is the document of the design.
const example = `<cartes xmlns="urn:carte-reseau:1" etablissement="mours" mode="incremental" genere-le="2026-11-21T09:30:00+01:00">
  <carte>
    <numero>2610000012345</numero>
    <nom>Dupré</nom><prenom>Hélène</prenom><date-naissance>1980-02-29</date-naissance>
    <adresse><ligne>12 rue des Lilas</ligne><code-postal>26100</code-postal><commune>Romans-sur-Isère</commune></adresse>
    <telephone>04 75 00 00 00</telephone>
    <inscription><premiere>2024-09-03</premiere><reinscription>2026-09-10</reinscription><fin>2027-09-09</fin></inscription>
  </carte>
</cartes>
`

func TestExample(t *testing.T) {
	t.Parallel()
	r, err := exchange.NewReader(strings.NewReader(example), exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if e := r.Envelope; e.Establishment != "mours" || e.Mode != exchange.Incremental || !e.Made.Equal(time.Date(2026, 11, 21, 8, 30, 0, 0, time.UTC)) {
		t.Errorf("envelope %+v", e)
	}
	item, err := r.Next()
	if err != nil || len(item.Faults) > 0 {
		t.Fatal(err, item.Faults)
	}
	given := cards.FieldsOf(cards.LastName, cards.FirstName, cards.BirthDate, cards.PostalAddress, cards.Phone, cards.EnrolmentDates)
	if item.Line != 2 || item.Ordinal != 1 || item.Incoming.Given != given || item.Incoming.FirstName != "Hélène" {
		t.Errorf("%+v", item)
	}
	if !strings.HasPrefix(string(item.Raw), `<carte xmlns="urn:carte-reseau:1">`) || !strings.HasSuffix(string(item.Raw), "</carte>") {
		t.Errorf("raw %s", item.Raw)
	}
}
