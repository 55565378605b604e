package exchange_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
)

// pieces gives rendered results batch by batch, as the store does.
func pieces(all ...[]byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, piece := range all {
			if !yield(piece, nil) {
				return
			}
		}
	}
}

// readReport reads a report to its end.
func readReport(source string) (exchange.Summary, []cards.Outcome, error) {
	r, err := exchange.NewReportReader(strings.NewReader(source), "")
	if err != nil {
		return exchange.Summary{}, nil, err
	}
	var rejected []cards.Outcome
	for {
		o, err := r.Next()
		if errors.Is(err, io.EOF) {
			return r.Summary, rejected, nil
		}
		if err != nil {
			return r.Summary, rejected, err
		}
		rejected = append(rejected, o)
	}
}

// TestReportOfTheDesign is the example of the design, to the letter but for line ends and dates.
func TestReportOfTheDesign(t *testing.T) {
	t.Parallel()
	results := exchange.AppendResult(nil, cards.Outcome{Ordinal: 1, Number: "2610000012345", Result: cards.Created})
	results = exchange.AppendResult(results, cards.Outcome{Ordinal: 2, Number: "2610000012346", Line: 19, Result: cards.Rejected, Faults: []cards.Fault{
		{Code: exchange.CodeDates, Field: "inscription/fin", Message: "La date de fin (01/01/2020) précède la première inscription (03/09/2024)."},
	}})
	var out bytes.Buffer
	err := exchange.WriteReport(&out, exchange.Summary{
		Establishment: "mours", Date: time.Date(2026, 11, 21, 9, 30, 2, 5, time.FixedZone("", 3600)), Deposit: 12, Status: cards.Partial,
		Counts: cards.Counts{Received: 2, Created: 1, Rejected: 1},
	}, pieces(results))
	if err != nil {
		t.Fatal(err)
	}
	const want = `<?xml version="1.0" encoding="UTF-8"?>
<rapport xmlns="urn:carte-reseau:1" etablissement="mours" date="2026-11-21T08:30:02Z" depot="12" statut="partiel" recues="2" creees="1" modifiees="0" inchangees="0" rejetees="1">
<carte numero="2610000012345" resultat="creee"/>
<carte numero="2610000012346" ligne-source="19" resultat="rejetee"><erreur code="dates" champ="inscription/fin">La date de fin (01/01/2020) précède la première inscription (03/09/2024).</erreur></carte>
</rapport>
`
	if out.String() != want {
		t.Errorf("got  %s\nwant %s", out.String(), want)
	}
	if err := validate(reportEngine(), out.Bytes()); err != nil {
		t.Error(err)
	}
}

func fault() *rapid.Generator[cards.Fault] {
	return rapid.Custom(func(t *rapid.T) cards.Fault {
		return cards.Fault{
			Code:  rapid.SampledFrom(exchange.Codes).Draw(t, "code").Code,
			Field: rapid.SampledFrom([]string{"", "nom", "inscription/fin"}).Draw(t, "field"),
			Line:  rapid.IntRange(0, 1e6).Draw(t, "line"), Message: words(0, 80).Draw(t, "message"),
		}
	})
}

func outcome() *rapid.Generator[cards.Outcome] {
	return rapid.Custom(func(t *rapid.T) cards.Outcome {
		o := cards.Outcome{
			Line: rapid.IntRange(0, 1e6).Draw(t, "line"), Number: optional(words(1, 40)).Draw(t, "number"),
			Result:    rapid.SampledFrom([]cards.Result{cards.Created, cards.Modified, cards.Unchanged, cards.Rejected, cards.Stale}).Draw(t, "result"),
			NewNumber: optional(number()).Draw(t, "new number"),
		}
		if o.Result == cards.Rejected {
			o.Faults = rapid.SliceOfN(fault(), 1, 4).Draw(t, "faults")
		}
		return o
	})
}

// TestReportRoundTrip: what is written is valid, and its counts and rejected cards are read back equal.
func TestReportRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		written := exchange.Summary{
			Establishment: optional(rapid.StringMatching(`[a-z0-9\-]{1,32}`)).Draw(t, "establishment"),
			Date:          time.Unix(1_800_000_000, 0), Deposit: rapid.Int64Range(0, 1e9).Draw(t, "deposit"),
			Status: rapid.SampledFrom([]cards.DepositStatus{cards.Integrated, cards.Partial, cards.Refused, cards.Suspended, cards.Simulated}).Draw(t, "status"),
		}
		if rapid.Bool().Draw(t, "failed") {
			f := fault().Draw(t, "fault")
			written.Fault = &f
		}
		var rendered []byte
		var rejected []cards.Outcome
		for _, o := range rapid.SliceOfN(outcome(), 0, 6).Draw(t, "outcomes") {
			written.Counts.Add(o.Result)
			rendered = exchange.AppendResult(rendered, o)
			if o.Result == cards.Rejected {
				rejected = append(rejected, o)
			}
		}
		var out bytes.Buffer
		if err := exchange.WriteReport(&out, written, pieces(rendered)); err != nil {
			t.Fatal(err)
		}
		if err := validate(reportEngine(), out.Bytes()); err != nil {
			t.Fatalf("%v\n%s", err, out.String())
		}
		got, outcomes, err := readReport(out.String())
		if err != nil || got.Counts != written.Counts || got.Status != written.Status || got.Establishment != written.Establishment {
			t.Fatalf("%v: read %+v, written %+v", err, got, written)
		}
		if !reflect.DeepEqual(outcomes, rejected) || !reflect.DeepEqual(got.Fault, written.Fault) {
			t.Fatalf("read %+v %+v\nwritten %+v %+v", outcomes, got.Fault, rejected, written.Fault)
		}
	})
}

// TestStrangeReports: what ILS send differs, and a reply that is no report is told from one.
func TestStrangeReports(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, source, code string // code empty: it is to be read
		received, rejected int
	}{
		{"plain", `<rapport recues="2" rejetees="0"/>`, "", 2, 0},
		{"with more than ours", `<rapport xmlns="urn:carte-reseau:1" version="9" recues=" 1 "><info>x</info><carte numero="1" resultat="REJETEE" x="y"><motif/></carte></rapport>`, "", 1, 1},
		{"an error without a result", `<rapport recues="1"><carte numero="1"><erreur>non</erreur></carte></rapport>`, "", 1, 1},
		{"a remark on a card that was taken", `<rapport recues="1"><carte numero="1" resultat="creee"><info>x</info></carte></rapport>`, "", 1, 0},
		{"a remark before an error", `<rapport recues="1"><carte numero="1"><info>x</info><erreur>non</erreur></carte></rapport>`, "", 1, 1},
		{"cards taken", `<rapport recues="2"><carte numero="1" resultat="creee"/><carte numero="2" resultat="inchangee"/></rapport>`, "", 2, 0},
		{"failed as a whole", `<rapport statut="refuse"><erreur code="etablissement">Inconnu.</erreur></rapport>`, "", 0, 0},
		{"windows-1252", "<?xml version='1.0' encoding='windows-1252'?><rapport recues='1'><carte resultat='rejetee'><erreur>re\xe7u</erreur></carte></rapport>", "", 1, 1},
		{"says nothing", `<rapport/>`, exchange.CodeEnvelope, 0, 0},
		{"counts left empty", `<rapport recues="1" creees="" modifiees=" " inchangees="" rejetees=""/>`, "", 1, 0},
		{"received left empty", `<rapport recues="" creees="1"/>`, exchange.CodeEnvelope, 0, 0},
		{"no number", `<rapport recues="deux"/>`, exchange.CodeEnvelope, 0, 0},
		{"negative", `<rapport recues="-1"/>`, exchange.CodeEnvelope, 0, 0},
		{"HTML", `<html><body>Erreur 500</body></html>`, exchange.CodeEnvelope, 0, 0},
		{"another namespace", `<rapport xmlns="urn:x" recues="1"/>`, exchange.CodeNamespace, 0, 0},
		{"cut off", `<rapport recues="1"><carte numero="1" resultat="creee"/>`, exchange.CodeTruncated, 0, 0},
		{"empty", ``, exchange.CodeEmpty, 0, 0},
		{"JSON", `{"recues": 1}`, exchange.CodeMalformed, 0, 0},
	} {
		got, rejected, err := readReport(c.source)
		fault, _ := exchange.FaultOf(err)
		if (err != nil) != (c.code != "") || fault.Code != c.code {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.code == "" && (got.Counts.Received != c.received || len(rejected) != c.rejected) {
			t.Errorf("%s: %+v, %+v", c.name, got, rejected)
		}
	}
}

// TestAReportMaySayMoreThanIsRead: attributes that are not ours, however many and long, do not make a report none, and what
// is refused is still heard.
func TestAReportMaySayMoreThanIsRead(t *testing.T) {
	t.Parallel()
	own := ""
	for i := range 15 {
		own += fmt.Sprintf(" x%d='y'", i)
	}
	for name, source := range map[string]string{
		"17 attributes": `<rapport xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:carte-reseau:1 rapport-1.xsd"` + own +
			` recues="1"><carte numero="1" resultat="rejetee"/></rapport>`,
		"a long one": `<rapport recues="1"><carte numero="1" resultat="rejetee" trace="` + strings.Repeat("x", 1536) + `"/></rapport>`,
	} {
		got, rejected, err := readReport(source)
		if err != nil || got.Counts.Received != 1 || len(rejected) != 1 || rejected[0].Number != "1" {
			t.Errorf("%s: %+v, %+v, %v", name, got, rejected, err)
		}
	}
}

// TestHugeReport: neither a long sentence nor many of them fill memory.
func TestHugeReport(t *testing.T) {
	t.Parallel()
	long := "<erreur code='x'>" + strings.Repeat("é<b/>", 5_000) + "</erreur>"
	_, rejected, err := readReport("<rapport recues='1'><carte>" + strings.Repeat(long, 30) + "</carte></rapport>")
	if err != nil || len(rejected) != 1 || len(rejected[0].Faults) != 20 {
		t.Fatal(err, len(rejected))
	}
	if n := len([]rune(rejected[0].Faults[0].Message)); n > 501 {
		t.Errorf("a sentence of %d characters was kept", n)
	}
}

func TestReportErrors(t *testing.T) {
	t.Parallel()
	summary := exchange.Summary{Status: cards.Integrated}
	broken := errors.New("database gone")
	err := exchange.WriteReport(io.Discard, summary, func(yield func([]byte, error) bool) { yield(nil, broken) })
	if !errors.Is(err, broken) {
		t.Error(err)
	}
	if err := exchange.WriteReport(io.Discard, exchange.Summary{Status: cards.Received}, nil); err == nil {
		t.Error("a report of a deposit not yet integrated was written")
	}
	if got := exchange.AppendResult(nil, cards.Outcome{Result: cards.Rejected, Faults: []cards.Fault{{Code: "inventé"}}}); !strings.Contains(string(got), `code="interne"`) {
		t.Errorf("%s", got)
	}
}

// A report's date is a moment or unknown: no ILS's report is lost for it.
func TestTheDateOfAReport(t *testing.T) {
	when := time.Date(2026, 11, 21, 8, 30, 2, 0, time.UTC)
	for said, want := range map[string]time.Time{
		`date="2026-11-21T08:30:02Z"`:          when,
		`date=" 2026-11-21T09:30:02.0+01:00 "`: when,
		`date="2026-11-21"`:                    {},
		`date=""`:                              {},
		``:                                     {},
	} {
		summary, _, err := readReport(`<rapport recues="0" ` + said + `/>`)
		if err != nil || !summary.Date.Equal(want) {
			t.Errorf("%s: %s, %v", said, summary.Date, err)
		}
	}
}

// What push goes by is told from what the report leaves unsaid: whether it counts the cards it rejected, and whether its date
// is a moment. Of several reasons why it failed as a whole the first is the one.
func TestWhatAReportLeavesUnsaid(t *testing.T) {
	for source, want := range map[string]struct {
		rejected, unread bool
		fault            string
	}{
		`<rapport recues="1"/>`:                                            {false, false, ""},
		`<rapport recues="1" rejetees="0"/>`:                               {true, false, ""},
		`<rapport rejetees="0" recues="1"/>`:                               {true, false, ""},
		`<rapport recues="1" rejetees=" "/>`:                               {false, false, ""},
		`<rapport recues="1" date="2026-11-21T08:30:02Z"/>`:                {false, false, ""},
		`<rapport recues="1" date="21/11/2026"/>`:                          {false, true, ""},
		`<rapport><erreur code="a">x</erreur><erreur code="b"/></rapport>`: {false, false, "a"},
	} {
		r, err := exchange.NewReportReader(strings.NewReader(source), "")
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if _, err := r.Next(); !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", source, err)
		}
		code := ""
		if r.Summary.Fault != nil {
			code = r.Summary.Fault.Code
		}
		if r.SaysRejected != want.rejected || r.DateUnread != want.unread || code != want.fault {
			t.Errorf("%s: rejected cards counted %v, date unread %v, fault %q", source, r.SaysRejected, r.DateUnread, code)
		}
	}
	_, _, err := readReport("\n\n<rapport creees='1'/>")
	if fault, _ := exchange.FaultOf(err); fault.Line != 3 {
		t.Errorf("where it says nothing: line %d", fault.Line)
	}
}

// Of the lines that were stored the rejected ones are read again, with all that is wrong with them.
func TestRejectedLinesAreReadAgain(t *testing.T) {
	rejected := cards.Outcome{Line: 19, Number: "2", Result: cards.Rejected, Faults: []cards.Fault{
		{Code: exchange.CodeDates, Field: "inscription/fin", Line: 21, Message: "Non."}, {Code: exchange.CodeEmail, Field: "courriel", Message: "Pas <vraisemblable>."},
	}}
	other := rejected
	other.Number, other.Line = "3", 0
	lines := exchange.AppendResult(nil, cards.Outcome{Number: "1", Result: cards.Created})
	lines = exchange.AppendResult(exchange.AppendResult(lines, rejected), other)
	if got, err := exchange.ReadResults(lines); err != nil || !reflect.DeepEqual(got, []cards.Outcome{rejected, other}) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := exchange.ReadResults(nil); err != nil || got != nil {
		t.Errorf("no lines: %+v, %v", got, err)
	}
	if _, err := exchange.ReadResults(lines[:len(lines)-12]); err == nil {
		t.Error("lines that are cut off are read")
	}
}
