package exchange_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
	"github.com/carte-reseau/hub/internal/xmlstream"
)

func TestDocumentFaults(t *testing.T) {
	t.Parallel()
	const head = `<cartes xmlns="urn:carte-reseau:1" etablissement="mours">`
	for _, c := range []struct {
		name, source, code string
		line               int
	}{
		{"0 bytes", "", exchange.CodeEmpty, 1},
		{"not XML", "numero;nom\n1;Dupré\n", exchange.CodeMalformed, 1},
		{"a PDF", "%PDF-1.4\n%\xe2\xe3", exchange.CodeMalformed, 1},
		{"truncated", "\n" + head + "<carte>\n<numero>1</num", exchange.CodeTruncated, 3},
		{"DOCTYPE", "<!DOCTYPE cartes [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>" + head + "</cartes>", exchange.CodeDoctype, 1},
		{"wrong namespace", `<cartes xmlns="urn:autre" etablissement="mours"/>`, exchange.CodeNamespace, 1},
		{"wrong root", `<carte xmlns="urn:carte-reseau:1"/>`, exchange.CodeEnvelope, 1},
		{"wrong encoding declared", head + "\n<carte><nom>Dupr\xe9</nom></carte></cartes>", exchange.CodeEncoding, 2},
		{"unknown encoding", `<?xml version="1.0" encoding="EBCDIC"?>` + head + "</cartes>", exchange.CodeEncoding, 1},
		{"no establishment", `<cartes xmlns="urn:carte-reseau:1"/>`, exchange.CodeEstablishment, 1},
		{"empty establishment", `<cartes etablissement=" "/>`, exchange.CodeEstablishment, 1},
		{"no code", `<cartes etablissement="Médiathèque"/>`, exchange.CodeEstablishment, 1},
		{"mode", `<cartes etablissement="mours" mode="total"/>`, exchange.CodeEnvelope, 1},
		{"genere-le", `<cartes etablissement="mours" genere-le="21/11/2026"/>`, exchange.CodeEnvelope, 1},
		{"unknown attribute", `<cartes etablissement="mours" version="2"/>`, exchange.CodeEnvelope, 1},
		{"text between cards", head + "<carte/>\nmots</cartes>", exchange.CodeEnvelope, 2},
		{"text behind a comment", head + "<carte/>\n<!-- \n\n --> <?p\n?>\nmots</cartes>", exchange.CodeEnvelope, 6},
		{"text behind blanks", head + "<carte/>" + strings.Repeat(" \n", 9000) + "mots</cartes>", exchange.CodeEnvelope, 9001},
		{"NUL bytes", head + "<carte><nom>a\x00b</nom></carte></cartes>", exchange.CodeCharacter, 1},
		{"undeclared prefix", head + "\n<x:carte/></cartes>", exchange.CodePrefix, 2},
		{"doubled attribute", `<cartes etablissement="mours" etablissement="peyrins"/>`, exchange.CodeMalformed, 1},
		{"a second root", head + "</cartes>\n<cartes/>", exchange.CodeMalformed, 2},
		{"text after the end", head + "</cartes> fin", exchange.CodeMalformed, 1},
		{"a million nested elements", head + strings.Repeat("<carte>", 1_000_000), exchange.CodeDepth, 1},
		{"an attribute of 10 MB", `<cartes etablissement="` + strings.Repeat("x", 10<<20) + `"/>`, exchange.CodeSize, 1},
	} {
		_, err := readAll(c.source, exchange.Options{})
		fault, ok := exchange.FaultOf(err)
		if !ok || fault.Code != c.code || fault.Line != c.line || fault.Message == "" {
			t.Errorf("%s: %v, %+v; want %s at line %d", c.name, err, fault, c.code, c.line)
		}
	}
}

// TestHugeName: a nom of 10 MB rejects its own card and nothing else.
func TestHugeName(t *testing.T) {
	t.Parallel()
	huge := "<carte>" + goodNumber + "<nom>" + strings.Repeat("Dupré", 2<<20) + "</nom>" + goodEnrolment + "</carte>"
	items, err := readAll(wrap(huge+between("")), exchange.Options{})
	if err != nil || len(items) != 2 {
		t.Fatal(len(items), err)
	}
	if got := summary(items[0].Faults); got != "longueur nom 2" || len(items[1].Faults) > 0 {
		t.Errorf("%s; %v", got, items[1].Faults)
	}
	if items[0].Incoming.Number != "1" || len(items[0].Raw) > 1000 {
		t.Errorf("%+v", items[0])
	}
	if again, err := readAll(wrap(string(items[0].Raw)), exchange.Options{}); err != nil || len(again) != 1 {
		t.Errorf("what is given back is not XML: %s, %v", items[0].Raw, err)
	}
}

// TestSourceError: a body that breaks off is no fault of the document.
func TestSourceError(t *testing.T) {
	t.Parallel()
	broken := errors.New("line cut")
	for _, cut := range []int{0, 50, len(example) - 20} {
		r, err := exchange.NewReader(io.MultiReader(strings.NewReader(example[:cut]), iotest.ErrReader(broken)), exchange.Options{})
		for err == nil {
			_, err = r.Next()
		}
		if _, isFault := exchange.FaultOf(err); isFault || !errors.Is(err, broken) {
			t.Errorf("after %d bytes: %v", cut, err)
		}
	}
}

// TestWithoutNamespace: old systems write plain XML; what is given back keeps that form.
func TestWithoutNamespace(t *testing.T) {
	t.Parallel()
	plain := `<cartes etablissement="mours">` + between("<prenom>P</prenom>") + `</cartes>`
	items, err := readAll(plain, exchange.Options{})
	if err != nil || len(items) != 1 || len(items[0].Faults) > 0 || items[0].Incoming.FirstName != "P" {
		t.Errorf("%+v, %v", items, err)
	}
	mixed := `<cartes etablissement="mours">` + strings.Replace(between(""), "<carte>", `<carte xmlns="urn:carte-reseau:1">`, 1) + `</cartes>`
	items, err = readAll(mixed, exchange.Options{})
	if err != nil || len(items) != 1 || summary(items[0].Faults) != "element-inconnu carte 1" {
		t.Errorf("%+v, %v", items, err)
	}
	if want := "L’élément « carte » est dans l’espace de noms « urn:carte-reseau:1 », mais ce qui l’entoure ne l’est pas : " +
		"déclarez cet espace de noms pour le tout, ou nulle part."; items[0].Faults[0].Message != want {
		t.Errorf("%s; want %s", items[0].Faults[0].Message, want)
	}
	prefixed := `<c:cartes xmlns:c="urn:carte-reseau:1" etablissement="mours"><c:carte><c:numero>1</c:numero><c:nom>N</c:nom><c:inscription>` +
		`<c:premiere>2024-01-01</c:premiere><c:fin>2025-01-01</c:fin></c:inscription></c:carte></c:cartes>`
	items, err = readAll(prefixed, exchange.Options{})
	if err != nil || len(items) != 1 || len(items[0].Faults) > 0 {
		t.Fatalf("%+v, %v", items, err)
	}
	if !strings.HasPrefix(string(items[0].Raw), `<c:carte xmlns:c="urn:carte-reseau:1">`) {
		t.Errorf("%s", items[0].Raw)
	}
}

// TestGiven: absent, empty and filled are three things.
func TestGiven(t *testing.T) {
	t.Parallel()
	items, err := readAll(wrap(between("<nom-naissance/><prenom>  Jean -\n Marie </prenom><adresse/><courriel> </courriel><responsable-legal><nom/></responsable-legal>")+
		"<carte><numero>2</numero><ancien-numero/><ancien-numero>1</ancien-numero><modifie-le>2026-11-21T09:30:00</modifie-le><nom>N</nom>"+
		"<adresse><ligne/><ligne>L</ligne><pays>fr</pays></adresse>"+
		"<responsable-legal><numero>9</numero></responsable-legal><responsable-legal/>"+
		"<inscription><etablissement/><premiere>2024-09-03</premiere><fin>2027-09-09</fin></inscription></carte>"), opts(t))
	if err != nil || len(items) != 2 || len(items[0].Faults)+len(items[1].Faults) > 0 {
		t.Fatalf("%+v, %v", items, err)
	}
	one, two := items[0].Incoming, items[1].Incoming
	if want := cards.FieldsOf(cards.LastName, cards.BirthName, cards.FirstName, cards.PostalAddress, cards.Email, cards.Guardians, cards.EnrolmentDates); one.Given != want {
		t.Errorf("given %v, want %v", one.Given.Fields(), want.Fields())
	}
	if one.FirstName != "Jean - Marie" || !one.GuardiansComplete || len(one.Guardians) > 0 || !one.Address.IsZero() {
		t.Errorf("%+v", one)
	}
	if want := cards.FieldsOf(cards.FormerNumbers, cards.LastName, cards.PostalAddress, cards.Guardians, cards.EnrolmentDates); two.Given != want {
		t.Errorf("given %v, want %v", two.Given.Fields(), want.Fields())
	}
	if !slices.Equal(two.Former, []string{"1"}) || !slices.Equal(two.Address.Lines, []string{"L"}) || two.Address.Country != "FR" ||
		len(two.Guardians) != 1 || !two.GuardiansComplete || !two.ChangedAt.Equal(time.Date(2026, 11, 21, 8, 30, 0, 0, time.UTC)) {
		t.Errorf("%+v", two)
	}
}

// TestInstants: times without a zone are the network's; the hour that exists twice is the one nearer to Now.
func TestInstants(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"2026-11-21T09:30:00+01:00":      "2026-11-21T08:30:00Z",
		" 2026-11-21T09:30:00.25Z ":      "2026-11-21T09:30:00.25Z",
		"2026-07-01T12:00:00":            "2026-07-01T10:00:00Z",
		"2026-10-25T02:30:00":            "2026-10-25T01:30:00Z",
		"2026-10-25T03:30:00":            "2026-10-25T02:30:00Z",
		"2026-10-25T01:59:59":            "2026-10-24T23:59:59Z",
		"2026-11-21T09:30:00.123456789Z": "2026-11-21T09:30:00.123456789Z",
		"2026-11-21":                     "",
		"2026-11-21 09:30:00":            "",
		"2026-11-21T9:30:00":             "",
		"2026-11-21T24:00:00":            "2026-11-21T23:00:00Z",
		"2026-12-31T24:00:00.000+01:00":  "2026-12-31T23:00:00Z",
		"2028-02-28T24:00:00Z":           "2028-02-29T00:00:00Z",
		"2026-11-21T24:00:01":            "",
		"2026-11-21T24:01:00Z":           "",
		"2026-11-21T24:00:00.1Z":         "",
		"2026-11-21T24:00:00.":           "",
		"2026-11-21T25:00:00":            "",
		"2026-02-29T24:00:00Z":           "",
		"0000-12-31T24:00:00Z":           "",
		"2026-11-21T09:30:00,5":          "",
		"2026-11-21T09:30:00.":           "",
		"2026-11-21T09:30:00+15:00":      "",
		"2026-11-21T09:30:00+0100":       "",
		"2026-02-30T09:30:00Z":           "",
		"":                               "",
	} {
		r, err := exchange.NewReader(strings.NewReader(`<cartes etablissement="mours" genere-le="`+given+`"/>`), opts(t))
		switch {
		case want == "" && err == nil:
			t.Errorf("%q was accepted as %v", given, r.Envelope.Made)
		case want != "" && (err != nil || r.Envelope.Made.UTC().Format(time.RFC3339Nano) != want):
			t.Errorf("%q: %v", given, err)
		}
	}
}

// TestAMomentNoYearHoldsIsNotSaid: what systems write for "never", 1 January 0001 at midnight, lies in the year 0 in UTC.
// The card is taken, nothing is made of that moment, and what the others are handed is valid.
func TestAMomentNoYearHoldsIsNotSaid(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"0001-01-01T00:00:00":       "",
		"0001-01-01T00:00:00Z":      "",
		"0001-01-01T00:00:00+01:00": "",
		"9999-12-31T23:59:59-05:00": "",
		"9999-12-31T24:00:00Z":      "",
		"0001-01-01T00:00:00-01:00": "0001-01-01T01:00:00Z",
		"9999-12-31T23:59:59":       "9999-12-31T22:59:59Z",
	} {
		source := `<cartes etablissement="mours" genere-le="` + given + `"><carte>` + goodNumber + "<modifie-le>" + given + "</modifie-le>" +
			goodName + goodEnrolment + "</carte></cartes>"
		r, err := exchange.NewReader(strings.NewReader(source), opts(t))
		if err != nil || r.Envelope.Made.IsZero() != (want == "") {
			t.Fatalf("%q: %+v, %v", given, r, err)
		}
		item, err := r.Next()
		if err != nil || len(item.Faults) > 0 {
			t.Fatalf("%q: %+v, %v", given, item.Faults, err)
		}
		rendered := exchange.AppendCarte(nil, &item.Incoming.Card, "")
		if err := validate(cardEngine(), rendered); err != nil {
			t.Errorf("%q: %v", given, err)
		}
		if want != "" && !bytes.Contains(rendered, []byte("<modifie-le>"+want+"<")) || item.Incoming.ChangedAt.IsZero() != (want == "") {
			t.Errorf("%q is written as %s", given, rendered)
		}
	}
}

// TestAnOlderCardsMomentIsWrittenOnlyIfItCanBe: such moments were kept once.
func TestAnOlderCardsMomentIsWrittenOnlyIfItCanBe(t *testing.T) {
	t.Parallel()
	items, err := readAll(wrap(between("")), opts(t))
	if err != nil || len(items) != 1 {
		t.Fatal(err)
	}
	card := items[0].Incoming.Card
	for _, year := range []int{0, 10_000} {
		card.ChangedAt = time.Date(year, 12, 31, 23, 50, 39, 0, time.UTC)
		if err := validate(cardEngine(), exchange.AppendCarte(nil, &card, "")); err != nil {
			t.Errorf("year %d: %v", year, err)
		}
	}
}

// TestEmbedded: a card within an OAI-PMH response, with its namespace, without, and in that of the response; the decoder
// goes on behind it.
func TestEmbedded(t *testing.T) {
	t.Parallel()
	const oai = "http://www.openarchives.org/OAI/2.0/"
	for _, space := range []string{` xmlns="urn:carte-reseau:1"`, ` xmlns=""`, ``} {
		carte := strings.Replace(between(""), "<carte>", "<carte"+space+">", 1)
		dec := xmlstream.NewDecoder(strings.NewReader(`<OAI-PMH xmlns="`+oai+`"><metadata>`+"\n"+carte+"</metadata><about/></OAI-PMH>"), xmlstream.Limits{})
		for {
			token, err := dec.Next()
			if err != nil {
				t.Fatal(err)
			}
			if token.Local != "carte" {
				continue
			}
			item, err := exchange.DecodeCard(dec, token, exchange.Options{})
			if err != nil || len(item.Faults) > 0 || item.Line != 2 {
				t.Errorf("%q: %+v, %v", space, item, err)
			}
			break
		}
		if token, err := dec.Next(); err != nil || token.Local != "metadata" || token.Kind != xmlstream.EndElement {
			t.Errorf("%q: the decoder stands at %+v, %v", space, token, err)
		}
	}
}
