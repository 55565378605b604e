// Package docs_test checks that what the documentation promises to those who build library systems is true: its examples
// are valid, its tables complete, its commands work as written.
package docs_test

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/jacoelho/xsd"

	"github.com/carte-reseau/hub/internal/exchange"
)

func guide(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("sigb.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var fence = regexp.MustCompile("(?s)```([a-z]+)\n(.*?)```")

// blocks are the examples of one language, in order.
func blocks(t *testing.T, language string) []string {
	t.Helper()
	var found []string
	for _, match := range fence.FindAllStringSubmatch(guide(t), -1) {
		if match[1] == language {
			found = append(found, match[2])
		}
	}
	if len(found) == 0 {
		t.Fatalf("no example in %s", language)
	}
	return found
}

func TestTheExamplesAreValid(t *testing.T) {
	cardSchema, reportSchema := compile(t, exchange.CardSchema), compile(t, exchange.ReportSchema)
	for _, example := range blocks(t, "xml") {
		schema := cardSchema
		if strings.Contains(example, "<rapport") {
			schema = reportSchema
		}
		if err := schema.Validate(context.Background(), strings.NewReader(example)); err != nil {
			t.Errorf("%v\n%s", err, example)
		}
	}
}

func TestTheFirstExampleIsAcceptedWhole(t *testing.T) {
	reader, err := exchange.NewReader(strings.NewReader(blocks(t, "xml")[0]), exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for {
		item, err := reader.Next()
		if err != nil {
			break
		}
		count++
		if len(item.Faults) > 0 {
			t.Errorf("card %d: %+v", item.Ordinal, item.Faults)
		}
	}
	if count != 2 {
		t.Errorf("%d cards read, want 2", count)
	}
}

func TestEveryCodeIsExplained(t *testing.T) {
	var want strings.Builder
	for _, code := range exchange.Codes {
		concerns := "carte"
		if code.Document {
			concerns = "document"
		}
		want.WriteString("| `" + code.Code + "` | " + concerns + " | " + code.Meaning + " |\n")
	}
	_, behind, _ := strings.Cut(guide(t), "| `code` | concerne | sens |\n|---|---|---|\n")
	got, _, found := strings.Cut(behind, "\n<!-- fin des codes -->")
	if !found || got != want.String() {
		t.Errorf("the table of codes is not the program's; it must read:\n%s", want.String())
	}
}

// A closed list of a schema: each of its values stands in the documentation.
func TestEveryStatutAndResultatIsExplained(t *testing.T) {
	source, err := exchange.Schemas.ReadFile(exchange.ReportSchema)
	if err != nil {
		t.Fatal(err)
	}
	value := regexp.MustCompile(`<xs:enumeration value="([a-z-]+)"`)
	text := guide(t)
	for _, list := range []string{"rapport-statut", "rapport-resultat"} {
		_, behind, found := strings.Cut(string(source), `<xs:simpleType name="`+list+`">`)
		inside, _, _ := strings.Cut(behind, "</xs:simpleType>")
		values := value.FindAllStringSubmatch(inside, -1)
		if !found || len(values) == 0 {
			t.Fatalf("the schema has no list %s", list)
		}
		for _, match := range values {
			if !strings.Contains(text, "\n| `"+match[1]+"` | ") {
				t.Errorf("%s %q is not explained", list, match[1])
			}
		}
	}
}

func compile(t *testing.T, name string) *xsd.Engine {
	t.Helper()
	source, err := exchange.Schemas.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	engine, err := xsd.Compile(context.Background(), xsd.Bytes(name, source))
	if err != nil {
		t.Fatal(err)
	}
	return engine
}
