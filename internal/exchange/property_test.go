package exchange_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
	"github.com/carte-reseau/hub/internal/xmlstream"
)

// allFields are given by everything the hub writes; where the reader enrolled only if it is known.
func allFields(c *cards.Card) cards.FieldSet {
	all := cards.FieldsOf(cards.AllFields()...)
	if c.EnrolledAt == "" {
		all = all.Without(cards.EnrolledAt)
	}
	return all
}

// TestRoundTrip: what is written is valid by the schema on its own, and read back equal.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		written := card().Draw(t, "card")
		source := exchange.AppendCarte(nil, &written, rapid.SampledFrom([]string{"", "mours"}).Draw(t, "origin"))
		if err := validate(cardEngine(), source); err != nil {
			t.Fatalf("not valid: %v\n%s", err, source)
		}
		dec := xmlstream.NewDecoder(bytes.NewReader(source), xmlstream.Limits{})
		start, err := dec.Next()
		if err != nil {
			t.Fatal(err)
		}
		item, err := exchange.DecodeCard(dec, start, exchange.Options{})
		if err != nil || len(item.Faults) > 0 {
			t.Fatalf("%v, %v\n%s", err, item.Faults, source)
		}
		if !item.Incoming.ChangedAt.Equal(written.ChangedAt) {
			t.Fatalf("changed at %v, written %v", item.Incoming.ChangedAt, written.ChangedAt)
		}
		item.Incoming.ChangedAt = written.ChangedAt
		if !reflect.DeepEqual(item.Incoming.Card, written) || item.Incoming.Given != allFields(&written) {
			t.Fatalf("read %+v\nwritten %+v", item.Incoming, written)
		}
		if complete := len(written.Guardians) < 2; item.Incoming.GuardiansComplete != complete {
			t.Fatalf("guardians complete: %v", item.Incoming.GuardiansComplete)
		}
		if !bytes.Equal(item.Raw, source) {
			t.Fatalf("raw %s\nsource %s", item.Raw, source)
		}
	})
}

// structural leaves out what a schema cannot say.
func structural(faults []cards.Fault) []cards.Fault {
	var left []cards.Fault
	for _, f := range faults {
		if f.Code != exchange.CodeDates && f.Code != exchange.CodeGuardian {
			left = append(left, f)
		}
	}
	return left
}

// TestSchemaAgrees: a card without a structural fault is valid by the schema, and the other way round.
func TestSchemaAgrees(t *testing.T) {
	t.Parallel()
	good, bad := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		w := wild{t, rapid.SampledFrom([]int{8, 60, 1000}).Draw(t, "oddity")}
		source := wrap("<carte>" + w.inside(carteParts) + "</carte>")
		items, err := readAll(source, exchange.Options{})
		if err != nil || len(items) != 1 {
			t.Fatalf("%d items, %v", len(items), err)
		}
		invalid := validate(cardEngine(), []byte(source))
		faults := structural(items[0].Faults)
		if (invalid == nil) != (len(faults) == 0) {
			t.Fatalf("schema: %v\nreader: %+v\n%s", invalid, faults, source)
		}
		if invalid == nil {
			good++
		} else {
			bad++
		}
		again, err := readAll(wrap(string(items[0].Raw)), exchange.Options{})
		if err != nil || len(again) != 1 || len(again[0].Faults) != len(items[0].Faults) {
			t.Fatalf("given back %s\n%v: %+v", items[0].Raw, err, again)
		}
	})
	if good == 0 || bad == 0 {
		t.Errorf("%d valid and %d invalid documents prove nothing", good, bad)
	}
}

// TestSchemaAgreesOnTheEnvelope: an attribute that is refused is not valid by the schema either, and the other way round.
func TestSchemaAgreesOnTheEnvelope(t *testing.T) {
	t.Parallel()
	for attribute, tried := range map[string][]string{
		"etablissement": values["etablissement"], "genere-le": values["modifie-le"], "mode": {"", "complet", " incremental\n", "Complet", "complet incremental"},
		"x": {""}, "xmlns:x='u' x:mode": {"complet"}, "xml:lang": {"fr"}, "xml:space": {"preserve"},
		"xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:schemaLocation": {"u v"}, "xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:noNamespaceSchemaLocation": {"v"},
	} {
		for _, value := range tried {
			source := `<cartes xmlns="urn:carte-reseau:1" etablissement="mours" ` + attribute + `="` + value + `"/>`
			if attribute == "etablissement" {
				source = strings.Replace(source, `etablissement="mours" `, "", 1)
			}
			_, err := readAll(source, exchange.Options{})
			if invalid := validate(cardEngine(), []byte(source)); (err == nil) != (invalid == nil) {
				t.Errorf("%s: %v; schema: %v", source, err, invalid)
			}
		}
	}
}

// TestWriter: the document of many cards is valid and says what it was given.
func TestWriter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(card(), 0, 5).Draw(t, "cards")
		envelope := exchange.Envelope{Establishment: "reseau", Mode: exchange.Complete}
		var out bytes.Buffer
		w, err := exchange.NewWriter(&out, envelope)
		for i := range all {
			if err == nil {
				err = w.WriteRendered(exchange.AppendCarte(nil, &all[i], "mours"))
			}
		}
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(cardEngine(), out.Bytes()); err != nil {
			t.Fatal(err)
		}
		r, err := exchange.NewReader(strings.NewReader(out.String()), exchange.Options{})
		if err != nil || r.Envelope != envelope {
			t.Fatalf("%+v, %v", r, err)
		}
		items, err := readAll(out.String(), exchange.Options{})
		if err != nil || len(items) != len(all) {
			t.Fatalf("%d of %d cards, %v", len(items), len(all), err)
		}
	})
}
