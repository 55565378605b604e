package oai_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/oai"
	"github.com/carte-reseau/hub/internal/xmlstream"
)

func FuzzReader(f *testing.F) {
	f.Add(`<OAI-PMH><responseDate>2026-11-21</responseDate><ListRecords><record><header><identifier>a</identifier></header><metadata><x><y/></x></metadata></record><resumptionToken cursor="1">t</resumptionToken></ListRecords></OAI-PMH>`)
	f.Add(`<OAI-PMH><ListIdentifiers><header status="deleted"><identifier>a</identifier><setSpec>s</setSpec></header></ListIdentifiers></OAI-PMH>`)
	f.Add(`<OAI-PMH><error code="noRecordsMatch"/></OAI-PMH>`)
	f.Add(`<OAI-PMH><ListRecords><record><metadata/><metadata><a/></metadata></record></ListRecords></OAI-PMH>`)
	f.Add(`<OAI-PMH><ListRecords/><ListRecords><record/></ListRecords></OAI-PMH>`)
	f.Fuzz(func(t *testing.T, doc string) {
		first, firstErr := read(doc, 0)
		for take := 1; take < 3; take++ {
			got, err := read(doc, take)
			if fmt.Sprint(err) != fmt.Sprint(firstErr) || err == nil && !reflect.DeepEqual(got, first) {
				t.Fatalf("what the caller reads of metadata changes the rest:\n%+v %v\n%+v %v", first, firstErr, got, err)
			}
		}
		if firstErr == nil && !wellFormed(doc) {
			t.Fatal("a document that is not well-formed was taken for a response")
		}
		if records, failures, ok := found(doc); firstErr == nil && ok && (records != len(first.records) || min(failures, 16) != len(first.errors)) {
			t.Fatalf("%+v; encoding/xml: %d records, %d errors", first, records, failures)
		}
	})
}

func wellFormed(doc string) bool {
	d := xmlstream.NewDecoder(strings.NewReader(doc), xmlstream.Limits{})
	for {
		if _, err := d.Next(); err != nil {
			return errors.Is(err, io.EOF)
		}
	}
}

// found counts records and errors by their names and depth, in the tokens of encoding/xml; ok where it can read the document.
func found(doc string) (records, failures int, ok bool) {
	verbs := []string{
		string(oai.Identify), string(oai.ListMetadataFormats), string(oai.ListSets),
		string(oai.GetRecord), string(oai.ListIdentifiers), string(oai.ListRecords),
	}
	d := xml.NewDecoder(strings.NewReader(doc))
	var open []string
	for {
		token, err := d.Token()
		if err != nil {
			return records, failures, errors.Is(err, io.EOF)
		}
		switch t := token.(type) {
		case xml.StartElement:
			open = append(open, t.Name.Local)
			switch {
			case len(open) == 2 && t.Name.Local == "error":
				failures++
			case len(open) == 3 && slices.Contains(verbs, open[1]) && (t.Name.Local == "record" || t.Name.Local == "header"):
				records++
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
}
