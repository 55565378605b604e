package exchange_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"slices"
	"strings"
	"sync"
	"testing"

	xsd "github.com/jacoelho/xsd"

	"github.com/carte-reseau/hub/internal/exchange"
)

func engine(name string) func() *xsd.Engine {
	return sync.OnceValue(func() *xsd.Engine {
		source, err := exchange.Schemas.ReadFile(name)
		if err != nil {
			panic(err)
		}
		e, err := xsd.Compile(context.Background(), xsd.Bytes(name, source))
		if err != nil {
			panic(err)
		}
		return e
	})
}

// The two schemas, compiled once.
var (
	cardEngine   = engine(exchange.CardSchema)
	reportEngine = engine(exchange.ReportSchema)
)

// validate checks a document against a schema.
func validate(e *xsd.Engine, document []byte) error {
	return e.Validate(context.Background(), bytes.NewReader(document))
}

// TestCodes: the table of codes and the schema's enumeration are the same list, explained in the same words.
func TestCodes(t *testing.T) {
	t.Parallel()
	source, err := exchange.Schemas.ReadFile(exchange.ReportSchema)
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Types []struct {
			Name   string `xml:"name,attr"`
			Values []struct {
				Value   string `xml:"value,attr"`
				Meaning string `xml:"annotation>documentation"`
			} `xml:"restriction>enumeration"`
		} `xml:"simpleType"`
	}
	if err := xml.Unmarshal(source, &schema); err != nil {
		t.Fatal(err)
	}
	var inSchema, inTable []string
	for _, kind := range schema.Types {
		for _, v := range kind.Values {
			if kind.Name == "rapport-code" {
				inSchema = append(inSchema, v.Value+": "+strings.TrimSpace(v.Meaning))
			}
		}
	}
	for _, c := range exchange.Codes {
		inTable = append(inTable, c.Code+": "+c.Meaning)
	}
	if !slices.Equal(inSchema, inTable) {
		t.Errorf("schema %q\ntable %q", inSchema, inTable)
	}
	slices.Sort(inTable)
	if len(slices.Compact(inTable)) != len(exchange.Codes) {
		t.Error("a code stands twice in the table")
	}
}

// TestSchemasTogether: one namespace, two files; who loads both must not find a clash.
func TestSchemasTogether(t *testing.T) {
	t.Parallel()
	var sources []xsd.SchemaSource
	for _, name := range []string{exchange.CardSchema, exchange.ReportSchema} {
		source, err := exchange.Schemas.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, xsd.Bytes(name, source))
	}
	e, err := xsd.Compile(context.Background(), sources...)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate(e, []byte(example)); err != nil {
		t.Error(err)
	}
}
