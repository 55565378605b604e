package rest_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/jacoelho/xsd"

	"github.com/carte-reseau/hub/internal/exchange"
)

var compiledReport = sync.OnceValues(func() (*xsd.Engine, error) {
	source, err := exchange.Schemas.ReadFile(exchange.ReportSchema)
	if err != nil {
		return nil, err
	}
	return xsd.Compile(context.Background(), xsd.Bytes(exchange.ReportSchema, source))
})

func reportEngine(t *testing.T) *xsd.Engine {
	t.Helper()
	engine, err := compiledReport()
	if err != nil {
		t.Fatal(err)
	}
	return engine
}

func validate(t *testing.T, engine *xsd.Engine, document string) {
	t.Helper()
	if err := engine.Validate(context.Background(), strings.NewReader(document)); err != nil {
		t.Errorf("not valid: %v\n%.1000s", err, document)
	}
}
