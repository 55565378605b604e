package exchange_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
	"github.com/carte-reseau/hub/internal/xmlstream"
)

// FuzzReader: a document is read to its end or refused with a fault of the closed list, as the schema would have it; a card
// without faults can be written and is then valid by the schema; what is given back is XML.
func FuzzReader(f *testing.F) {
	f.Add([]byte(example))
	for _, c := range cardFaults {
		if len(c.card) < 1000 {
			f.Add([]byte(wrap(c.card)))
		}
	}
	for _, s := range []string{"", "<cartes/>", `<cartes etablissement="mours"><carte/></cartes>`, `<cartes etablissement="mours"><carte><nom>a</carte></cartes>`,
		`<cartes etablissement="mours"><carte/><carte><nom>a`, `<cartes etablissement="mours"><carte/>x<carte/></cartes>`, "\xff\xfe<\x00a\x00/\x00>\x00"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		read, all := 0, []cards.Fault(nil)
		r, err := exchange.NewReader(bytes.NewReader(source), exchange.Options{})
		for ; err == nil; read++ {
			item, nextErr := r.Next()
			if err = nextErr; err != nil {
				break
			}
			if again, err := readAll(`<cartes etablissement="mours">`+string(item.Raw)+`</cartes>`, exchange.Options{}); err != nil || len(again) != 1 {
				t.Fatalf("given back %q: %v", item.Raw, err)
			}
			for _, fault := range item.Faults {
				checkCode(t, fault.Code, false)
			}
			all = append(all, item.Faults...)
			if len(item.Faults) > 0 {
				continue
			}
			if err := validate(cardEngine(), exchange.AppendCarte(nil, &item.Incoming.Card, "")); err != nil {
				t.Fatalf("%+v: %v", item.Incoming, err)
			}
		}
		if !errors.Is(err, io.EOF) {
			fault, ok := exchange.FaultOf(err)
			if !ok {
				t.Fatal(err)
			}
			checkCode(t, fault.Code, true)
		}
		if schemaJudges(source) {
			checkSchema(t, source, structural(all), err)
		}
		if passed, passErr := passAll(source); fmt.Sprint(passErr) != fmt.Sprint(err) || err == io.EOF && passed != read { //nolint:errorlint // EOF itself, by contract
			t.Fatalf("%d cards read, then %v; %d passed, then %v", read, err, passed, passErr)
		}
	})
}

// schemaJudges says whether the schema can be asked about a document: the reader is meant to forgive a document without
// namespace, characters nobody sees, blanks of other alphabets, and what NFC makes shorter, but nothing else.
func schemaJudges(source []byte) bool {
	if !isASCII(source) {
		return false
	}
	root, err := xmlstream.NewDecoder(bytes.NewReader(source), xmlstream.Limits{}).Next()
	return err == nil && root.Local == "cartes" && root.Space == exchange.Namespace && !bytes.Contains(source, []byte("encoding"))
}

// checkSchema: what was accepted is valid, what is valid was accepted. What is left out the reader refuses on purpose: a text of
// more than 8 KiB, however blank, and types and nil of XML Schema's own.
func checkSchema(t *testing.T, source []byte, faults []cards.Fault, err error) {
	t.Helper()
	invalid := validate(cardEngine(), source)
	fault, _ := exchange.FaultOf(err)
	switch envelope := fault.Code == exchange.CodeEnvelope || fault.Code == exchange.CodeEstablishment; {
	case errors.Is(err, io.EOF) && len(faults) == 0 && invalid != nil:
		t.Fatalf("accepted, but the schema says: %v", invalid)
	case invalid == nil && (len(faults) > 0 || envelope) && len(source) < 8<<10 && !bytes.Contains(source, []byte("XMLSchema-instance")):
		t.Fatalf("valid, but refused: %+v, %v", faults, err)
	}
}

// passAll goes past every card, to the error that ends it.
func passAll(source []byte) (read int, err error) {
	r, err := exchange.NewReader(bytes.NewReader(source), exchange.Options{})
	for err == nil {
		err = r.Pass()
		read = r.Cards()
	}
	return read, err
}

func checkCode(t *testing.T, code string, document bool) {
	t.Helper()
	for _, known := range exchange.Codes {
		if known.Code == code && known.Document == document {
			return
		}
	}
	t.Fatalf("code %q is not in the list", code)
}

// FuzzReport: the reply of a stranger is read or refused, and what is kept of it is bounded; encoding/xml finds the same in it.
func FuzzReport(f *testing.F) {
	for _, s := range []string{
		"", `<rapport recues="1"/>`, `<rapport xmlns="urn:carte-reseau:1" statut="partiel" recues="2" rejetees="1"><carte numero="1" resultat="rejetee">` +
			`<erreur code="nom" champ="nom" ligne-source="3">Non.</erreur></carte><carte numero="2" resultat="creee"/></rapport>`,
		`<rapport><erreur code="etablissement">x</erreur></rapport>`, `<html/>`, `<rapport recues="99999999999999999999"/>`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		summary, rejected, err := readReport(string(source))
		if _, ok := exchange.FaultOf(err); err != nil && !ok {
			t.Fatal(err)
		}
		if err == nil {
			checkReport(t, source, summary, len(rejected))
		}
		for _, o := range rejected {
			var kept strings.Builder
			kept.WriteString(o.Number + o.NewNumber)
			for _, fault := range o.Faults {
				kept.WriteString(fault.Code + fault.Field + fault.Message)
			}
			if kept.Len() > 100_000 {
				t.Fatalf("%d bytes were kept of one card", kept.Len())
			}
		}
	})
}

// checkReport compares what was read of a report with what encoding/xml finds under the same names, where it can.
func checkReport(t *testing.T, source []byte, s exchange.Summary, rejected int) {
	t.Helper()
	var found struct {
		Received string `xml:"recues,attr"`
		Cards    []struct {
			Result string     `xml:"resultat,attr"`
			Faults []struct{} `xml:"erreur"`
		} `xml:"carte"`
	}
	if !isASCII(source) || xml.Unmarshal(source, &found) != nil {
		return // it forgives less, and knows no other encodings
	}
	want := 0
	for _, c := range found.Cards {
		if len(c.Faults) > 0 || strings.EqualFold(strings.TrimSpace(c.Result), "rejetee") {
			want++
		}
	}
	received, err := strconv.Atoi(strings.TrimSpace(found.Received))
	if rejected != want || err == nil && received != s.Counts.Received {
		t.Fatalf("%d received, %d rejected; encoding/xml: %q, %d", s.Counts.Received, rejected, found.Received, want)
	}
}

func isASCII(source []byte) bool {
	return !bytes.ContainsFunc(source, func(r rune) bool { return r >= utf8.RuneSelf })
}
