package exchange_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/exchange"
)

// FuzzReader: a document is read to its end or refused with a fault of the closed list; a card without faults can be
// written and is then valid by the schema; what is given back is XML.
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
		read := 0
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
		if passed, passErr := passAll(source); fmt.Sprint(passErr) != fmt.Sprint(err) || err == io.EOF && passed != read { //nolint:errorlint // EOF itself, by contract
			t.Fatalf("%d cards read, then %v; %d passed, then %v", read, err, passed, passErr)
		}
	})
}

// passAll goes past every card, to the error that ends it.
func passAll(source []byte) (cards int, err error) {
	r, err := exchange.NewReader(bytes.NewReader(source), exchange.Options{})
	for err == nil {
		err = r.Pass()
		cards = r.Cards()
	}
	return cards, err
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

// FuzzReport: the reply of a stranger is read or refused, and what is kept of it is bounded.
func FuzzReport(f *testing.F) {
	for _, s := range []string{
		"", `<rapport recues="1"/>`, `<rapport xmlns="urn:carte-reseau:1" statut="partiel" recues="2" rejetees="1"><carte numero="1" resultat="rejetee">` +
			`<erreur code="nom" champ="nom" ligne-source="3">Non.</erreur></carte><carte numero="2" resultat="creee"/></rapport>`,
		`<rapport><erreur code="etablissement">x</erreur></rapport>`, `<html/>`, `<rapport recues="99999999999999999999"/>`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		_, rejected, err := readReport(string(source))
		if _, ok := exchange.FaultOf(err); err != nil && !ok {
			t.Fatal(err)
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
