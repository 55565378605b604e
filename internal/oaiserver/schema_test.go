package oaiserver_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/jacoelho/xsd"

	"github.com/carte-reseau/hub/internal/exchange"
)

// validator checks responses against OAI-PMH.xsd with the schemas of all that
// may stand inside plugged in; nil where the protocol's schemas, which are not
// part of the project, are not there.
var validator = sync.OnceValues(func() (*xsd.Engine, error) {
	folder := os.Getenv("HUB_SPEC")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "shared", "spec")
	}
	card, err := exchange.Schemas.ReadFile(exchange.CardSchema)
	if err != nil {
		return nil, err
	}
	sources := []xsd.SchemaSource{xsd.Bytes(exchange.CardSchema, card)}
	for _, name := range []string{"OAI-PMH.xsd", "oai-identifier.xsd", "provenance.xsd"} {
		schema, err := os.ReadFile(filepath.Join(folder, "oai", name))
		if os.IsNotExist(err) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		sources = append(sources, xsd.Bytes(name, schema))
	}
	return xsd.Compile(context.Background(), sources...)
})

// validate checks a response of which schemas are to hand.
func validate(t testing.TB, doc []byte) {
	t.Helper()
	engine, err := validator()
	if err != nil {
		t.Fatal(err)
	}
	if engine == nil {
		return // TestSchemasAreThere says so
	}
	if err := engine.Validate(context.Background(), bytes.NewReader(doc)); err != nil {
		t.Errorf("the response is not valid: %v\n%.3000s", err, doc)
	}
}

func TestSchemasAreThere(t *testing.T) {
	engine, err := validator()
	if err != nil {
		t.Fatal(err)
	}
	if engine == nil {
		t.Skip("OAI-PMH.xsd was found neither in HUB_SPEC nor in ../shared/spec: no response was validated")
	}
	// A judge who lets everything pass would prove nothing.
	for _, wrong := range []string{
		`<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"/>`,
		`<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-11-21T08:30:02Z</responseDate><request>http://a.fr/oai</request>` +
			`<GetRecord><record><header><identifier>oai:a.fr:1</identifier><datestamp>2026-11-21</datestamp></header>` +
			`<metadata><carte xmlns="urn:carte-reseau:1"><numero>1</numero></carte></metadata></record></GetRecord></OAI-PMH>`,
	} {
		if err := engine.Validate(t.Context(), bytes.NewReader([]byte(wrong))); err == nil {
			t.Errorf("taken for valid: %s", wrong)
		}
	}
}
