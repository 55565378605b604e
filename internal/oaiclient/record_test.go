package oaiclient_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/oaiclient"
)

func TestCardsInEveryDress(t *testing.T) {
	t.Parallel()
	oddPrefixes := `<o:OAI-PMH xmlns:o="http://www.openarchives.org/OAI/2.0/" xmlns:c="urn:carte-reseau:1"><o:responseDate>` + date + `</o:responseDate>` +
		`<o:ListRecords><o:record><o:header><o:identifier>x</o:identifier><o:datestamp>` + date + `</o:datestamp></o:header><o:metadata>` +
		`<c:carte><c:numero>A1</c:numero><c:nom>Dupré</c:nom><c:prenom>Hélène</c:prenom>` +
		`<c:inscription><c:premiere>2024-09-03</c:premiere><c:fin>2099-09-09</c:fin></c:inscription></c:carte></o:metadata></o:record></o:ListRecords></o:OAI-PMH>`
	plain := strings.Replace(listOf("", record("1", "<carte>"+fields("A1", "Dupré")+"</carte>")), ` xmlns="http://www.openarchives.org/OAI/2.0/"`, "", 1)
	for name, body := range map[string]string{
		"namespace":                 listOf("", card("A1", "Dupré")),
		"inherited from OAI":        listOf("", record("1", "<carte>"+fields("A1", "Dupré")+"</carte>")),
		"no namespace":              listOf("", record("1", `<carte xmlns="">`+fields("A1", "Dupré")+"</carte>")),
		"no namespace at all":       plain,
		"odd prefixes":              oddPrefixes,
		"blank before declaration":  "\r\n\n" + listOf("", card("A1", "Dupré")),
		"byte order mark":           "\uFEFF" + listOf("", card("A1", "Dupré")),
		"white space and a comment": listOf("", record("1", "\n <!-- x --> <carte>"+fields("A1", "Dupré")+"</carte>\n ")),
		"about after":               strings.Replace(listOf("", card("A1", "Dupré")), "</metadata>", "</metadata><about><x xmlns='u'/></about>", 1),
		"control character":         listOf("", card("A1", "Du\x0Bpré")),
		"control reference":         listOf("", card("A1", "Du&#11;pré")),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ils := newScript(t, xmlAnswer(body))
			w := newWorld(t, ils.URL)
			run := w.complete(t)
			if run.Counts.Rejected != 0 {
				t.Errorf("counts %+v", run.Counts)
			}
			xml := w.handed(t)["A1"]
			if !strings.Contains(xml, "<nom>Dupré</nom>") || !strings.Contains(xml, "Hélène") {
				t.Errorf("handed on: %s", xml)
			}
		})
	}
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	text := listOf("", card("A1", "Dupré"))
	in := func(declared string) string { return strings.Replace(text, "UTF-8", declared, 1) }
	latin := func(s string) []byte {
		b, err := charmap.Windows1252.NewEncoder().Bytes([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(in("UTF-16")))
	if err != nil {
		t.Fatal(err)
	}
	half := bytes.Replace([]byte(text), []byte("Hélène"), latin("Hélène"), 1)
	for name, c := range map[string]struct {
		kind string
		body []byte
	}{
		"utf-8":                        {"text/xml", []byte(text)},
		"utf-8 said to be latin-1":     {"text/xml; charset=iso-8859-1", []byte(text)},
		"utf-8 declared latin-1":       {"text/xml", []byte(in("ISO-8859-1"))},
		"utf-8 of an unknown charset":  {"text/xml; charset=klingon", []byte(text)},
		"latin-1":                      {"text/xml; charset=iso-8859-1", latin(in("ISO-8859-1"))},
		"latin-1 declared inside only": {"text/xml", latin(in("ISO-8859-1"))},
		"latin-1 said to be utf-8":     {"text/xml; charset=utf-8", latin(text)},
		"latin-1 of unknown charset":   {"text/xml; charset=klingon", latin(in("ISO-8859-1"))},
		"one name in latin-1":          {"text/xml; charset=utf-8", half},
		"utf-16":                       {"application/xml", utf16},
		"said to be html":              {"text/html", []byte(text)},
		"said to be anything":          {"application/octet-stream", []byte(text)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ils := newScript(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", c.kind)
				_, _ = w.Write(c.body)
			})
			w := newWorld(t, ils.URL)
			run := w.complete(t)
			xml := w.handed(t)["A1"]
			if !strings.Contains(xml, "<nom>Dupré</nom>") || !strings.Contains(xml, "Hélène") {
				t.Errorf("handed on: %s", xml)
			}
			stored, err := w.store.OpenDeposit(context.Background(), run.Deposit)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(stored)
			if err != nil || !bytes.Equal(got, c.body) {
				t.Errorf("stored %q, %v", got, err)
			}
			_ = stored.Close()
		})
	}
}

func TestEveryPageIsInTheDeposit(t *testing.T) {
	t.Parallel()
	long := listOf("p2", card("A1", "X")) + strings.Repeat("\n", 3<<20)
	ils := newScript(t, xmlAnswer(long), page("", "A2"))
	w := newWorld(t, ils.URL)
	run := w.complete(t)
	stored, err := w.store.OpenDeposit(context.Background(), run.Deposit)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stored.Close() }()
	want := long + listOf("", card("A2", "Dupré"))
	if got, err := io.ReadAll(stored); err != nil || string(got) != want {
		t.Errorf("%d bytes stored of %d, %v", len(got), len(want), err)
	}
	if d := w.deposits(t)[0]; d.Size != int64(len(want)) {
		t.Errorf("size %d, want %d", d.Size, len(want))
	}
}

func TestRecordsThatAreRefused(t *testing.T) {
	t.Parallel()
	one := "<carte>" + fields("B1", "Un") + "</carte>"
	for name, c := range map[string]struct{ metadata, code, message string }{
		"two cards":      {one + strings.ReplaceAll(one, "B1", "B2"), "element-repete", "plusieurs cartes"},
		"card and other": {one + "<x/>", "element-repete", "plusieurs"},
		"envelope":       {`<cartes etablissement="x">` + one + "</cartes>", "element-inconnu", "enveloppe"},
		"dublin core":    {`<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/"/>`, "element-inconnu", "metadataPrefix"},
		"foreign space":  {`<carte xmlns="urn:autre"/>`, "element-inconnu", "urn:carte-reseau:1"},
		"nothing":        {"", "obligatoire", "ne contient pas de carte"},
		"very long":      {"<autre>" + strings.Repeat("x", 100_000) + "</autre>", "element-inconnu", "metadataPrefix"},
		"deep":           {"<autre>" + strings.Repeat("<x>", 900) + strings.Repeat("</x>", 900) + "</autre>", "element-inconnu", "metadataPrefix"},
		"unknown field":  {"<carte>" + fields("B1", "Un") + "<pret>12</pret></carte>", "element-inconnu", "pret"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ils := newScript(t, xmlAnswer(listOf("", card("A1", "X"), record("7", c.metadata), card("A2", "X"))))
			w := newWorld(t, ils.URL)
			run := w.complete(t)
			if run.Counts != (cards.Counts{Received: 3, Created: 2, Rejected: 1}) {
				t.Errorf("counts %+v", run.Counts)
			}
			w.wantNumbers(t, "A1", "A2")
			mails := w.mails(t)
			if len(mails) != 1 {
				t.Fatalf("%d mails", len(mails))
			}
			report := string(mails[0].Attachments[0].Data)
			if !strings.Contains(report, `code="`+c.code+`"`) || !strings.Contains(report, c.message) || strings.Count(report, "<carte") != 1 {
				t.Errorf("report %s", report)
			}
			if d := w.deposits(t)[0]; d.Status != cards.Partial {
				t.Errorf("deposit %+v", d)
			}
			w.silent(t, "B1", "A1")
		})
	}
}

func TestProvenance(t *testing.T) {
	t.Parallel()
	ils := newScript(t, page("", "A1"))
	w := newWorld(t, ils.URL+"/oai?cle=1")
	w.complete(t)
	items, err := w.store.PushFeed(context.Background(), cards.FeedRange{LibraryID: w.other.ID, Day: "2026-01-01", Limit: 10})
	if err != nil || len(items) != 1 || items[0].Provenance == nil {
		t.Fatalf("items %+v, %v", items, err)
	}
	p := *items[0].Provenance
	if p.Harvested == 0 {
		t.Error("the moment of the harvest is missing")
	}
	p.Harvested = 0
	want := cards.Provenance{BaseURL: ils.URL + "/oai", Identifier: "oai:ils:A1", Datestamp: "2026-11-21T09:00:00Z"}
	if p != want {
		t.Errorf("provenance %s", fmt.Sprint(p))
	}
}

// TestRecordThatIsNotWellFormed wants it refused, and the rest of its page and all pages behind read.
func TestRecordThatIsNotWellFormed(t *testing.T) {
	t.Parallel()
	bad := func(text string) string { return strings.Replace(card("B1", "BAD"), "BAD", text, 1) }
	for name, c := range map[string]struct{ record, message string }{
		"bare ampersand":  {bad("Dupond & Fils"), "bien formé"},
		"html entity":     {bad("Dupr&eacute;"), "bien formé"},
		"wrong end":       {bad("Dupré</non>"), "bien formé"},
		"stray bracket":   {bad("a <jean.dupont@example.org>"), "bien formé"},
		"open comment":    {bad("<!-- "), "bien formé"},
		"open cdata":      {bad("<![CDATA[ "), "bien formé"},
		"unbound prefix":  {bad("</nom><x:nom></x:nom><nom>"), "bien formé"},
		"doubled attr":    {strings.Replace(card("B1", "X"), "<nom>", "<nom a='1' a='2'>", 1), "bien formé"},
		"endless nesting": {bad(strings.Repeat("<a>", 5000)), "bien formé"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			places := [][]string{
				{card("A1", "X"), c.record, "\n" + card("A2", "X")}, {c.record, card("A1", "X"), card("A2", "X")}, {card("A1", "X"), card("A2", "X"), c.record},
			}
			if name != "bare ampersand" {
				places = places[:1]
			}
			for _, records := range places {
				first := xmlAnswer(listOf("p2", records...))
				ils := newScript(t, first, first, page("", "A3"))
				w := newWorld(t, ils.URL)
				run := w.complete(t)
				if run.Counts != (cards.Counts{Received: 4, Created: 3, Rejected: 1}) {
					t.Errorf("counts %+v", run.Counts)
				}
				w.wantNumbers(t, "A1", "A2", "A3")
				mails := w.mails(t)
				if len(mails) != 1 {
					t.Fatalf("%d mails", len(mails))
				}
				if report := string(mails[0].Attachments[0].Data); !strings.Contains(report, c.message) || !strings.Contains(report, "oai:ils:B1") {
					t.Errorf("report %s", report)
				}
				if back := string(mails[0].Attachments[1].Data); !strings.Contains(back, "B1&lt;/numero&gt;") {
					t.Errorf("returned %s", back)
				}
				w.silent(t, "B1", "jean.dupont")
			}
		})
	}
}

// A record that is long, wrongly encoded and not well-formed is put aside like any other, well within the time a request has.
func TestALongWrongRecordDoesNotKeepTheOthers(t *testing.T) {
	t.Parallel()
	long := strings.Replace(card("B1", "BAD"), "BAD", strings.Repeat("\xE9", 500<<10)+" & fils", 1)
	ils := newScript(t, xmlAnswer(listOf("", card("A1", "Dupr\xE9"), long, card("A2", "X"))))
	w := newWorld(t, ils.URL)
	run := w.complete(t, func(o *oaiclient.Options) { o.RequestTimeout = 10 * time.Second })
	if run.Counts != (cards.Counts{Received: 3, Created: 2, Rejected: 1}) {
		t.Errorf("counts %+v", run.Counts)
	}
	if xml := w.handed(t)["A1"]; !strings.Contains(xml, "<nom>Dupré</nom>") {
		t.Errorf("handed on: %s", xml)
	}
}

// A page whose records are fine must not be taken apart, nor one that merely broke off.
func TestPageBrokenOutsideItsRecords(t *testing.T) {
	t.Parallel()
	whole := listOf("", card("A1", "X"), card("A2", "X"))
	for name, body := range map[string]string{
		"cut behind a record": whole[:strings.LastIndex(whole, "</ListRecords>")],
		"broken root":         strings.Replace(whole, "</responseDate>", "</date>", 1),
		"broken end":          strings.Replace(whole, "</ListRecords>", "", 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ils := newScript(t, xmlAnswer(body))
			w := newWorld(t, ils.URL)
			if _, err := w.harvest(t); err == nil {
				t.Error("the harvest succeeded")
			}
			w.wantNumbers(t)
		})
	}
}
