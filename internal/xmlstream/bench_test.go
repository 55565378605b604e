package xmlstream_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/xmlstream"
)

const card = `  <carte>
    <numero>2610000012345</numero>
    <nom>Dupré</nom><nom-naissance/><prenom>Hélène</prenom><date-naissance>1980-02-29</date-naissance><sexe>F</sexe>
    <adresse>
      <ligne>12 rue des Lilas</ligne><ligne>Bâtiment C</ligne>
      <code-postal>26100</code-postal><commune>Romans-sur-Isère</commune><pays>FR</pays>
    </adresse>
    <telephone>04 75 00 00 00</telephone><portable>06 00 00 00 00</portable><courriel>helene.dupre@example.org</courriel>
    <inscription><etablissement>mours</etablissement><premiere>2024-09-03</premiere><reinscription>2026-09-10</reinscription><fin>2027-09-09</fin></inscription>
  </carte>
`

func document(n int) []byte {
	return []byte(`<cartes xmlns="urn:carte-reseau:1" etablissement="mours">` + "\n" + strings.Repeat(card, n) + "</cartes>\n")
}

func BenchmarkDecoder(b *testing.B) {
	source := document(2000)
	b.SetBytes(int64(len(source)))
	b.ReportAllocs()
	for b.Loop() {
		d := xmlstream.NewDecoder(bytes.NewReader(source), xmlstream.Limits{})
		var err error
		for err == nil {
			_, err = d.Next()
		}
		if !errors.Is(err, io.EOF) {
			b.Fatal(err)
		}
	}
}

// BenchmarkStandard is encoding/xml on the same document, for the comparison.
func BenchmarkStandard(b *testing.B) {
	source := document(2000)
	b.SetBytes(int64(len(source)))
	b.ReportAllocs()
	for b.Loop() {
		d := xml.NewDecoder(bytes.NewReader(source))
		var err error
		for err == nil {
			_, err = d.Token()
		}
	}
}
