package sheet_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sheet"
)

func TestASpreadsheetOpensItAndRunsNothing(t *testing.T) {
	var out bytes.Buffer
	records := [][]string{
		{"Commune", "2025", "2026"}, {"Romans-sur-Isère", "12", "-3"}, {"=HYPERLINK(\"http://x\";\"y\")", "1", "2"}, {"+33", "@A1", "-2+3"}, {"a;b", "\tx", "%x"}, {"-inf", "-0x1p-2", "-3,5"},
	}
	if err := sheet.WriteCSV(&out, records); err != nil {
		t.Fatal(err)
	}
	text, marked := strings.CutPrefix(out.String(), "\ufeff")
	if !marked || !strings.HasPrefix(text, "Commune;2025;2026\r\nRomans-sur-Isère;12;-3\r\n") {
		t.Errorf("%q", out.String())
	}
	read := csv.NewReader(strings.NewReader(text))
	read.Comma = ';'
	lines, err := read.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][]string{records[0], records[1], {"'=HYPERLINK(\"http://x\";\"y\")", "1", "2"}, {"+33", "'@A1", "'-2+3"}, {"a;b", "'\tx", "'%x"}, {"'-inf", "'-0x1p-2", "-3,5"}} {
		if fmt.Sprint(lines[i]) != fmt.Sprint(want) {
			t.Errorf("line %d: %q, want %q", i, lines[i], want)
		}
	}
}

// asked remembers what was read.
type asked struct {
	months cards.StatisticsQuery
	years  cards.YearsQuery
}

func (a *asked) Statistics(_ context.Context, q cards.StatisticsQuery) (*cards.Statistics, error) {
	a.months = q
	return &cards.Statistics{StatisticsQuery: q, Total: cards.StatisticsRow{Figures: make([]cards.Figures, q.To-q.From+1)}}, q.Validate()
}

func (a *asked) StatisticsYears(_ context.Context, q cards.YearsQuery) (*cards.YearlyStatistics, error) {
	a.years = q
	return &cards.YearlyStatistics{YearsQuery: q, Total: cards.StatisticsRow{Figures: make([]cards.Figures, q.To-q.From+1)}}, q.Validate()
}

func (*asked) Today(context.Context) (string, error) { return "2026-11-28", nil }

func TestWhatAQueryAsksFor(t *testing.T) {
	for _, c := range []struct {
		q    sheet.Query
		want string
	}{
		{sheet.Query{}, "reseau 2025-12 2026-11"},
		{sheet.Query{Dimension: "age", Measure: "fins", From: "2024", To: "2025"}, "age 2024-01 2025-12"},
		{sheet.Query{From: "2024-03", To: "2024-05"}, "reseau 2024-03 2024-05"},
		{sheet.Query{View: "mesures", To: "2024-05"}, "reseau 2023-06 2024-05"},
		{sheet.Query{View: "comparaison"}, "reseau 2024-01 2026-12"},
		{sheet.Query{View: "comparaison", From: "2025-03", To: "2026-02"}, "reseau 2025-01 2026-12"},
		{sheet.Query{View: "annees", Dimension: "commune"}, "commune 2024 2026 0"},
		{sheet.Query{View: "annees", Dimension: "commune", From: "2022", To: "2023-05", Through: 6}, "commune 2022 2023 6"},
		{sheet.Query{View: "bilan", Dimension: "etablissement"}, "etablissement 2026 2026 0"},
		{sheet.Query{View: "bilan", Dimension: "etablissement", From: "2025", To: "2025"}, "etablissement 2025 2025 0"},
	} {
		var a asked
		if _, err := sheet.Read(t.Context(), &a, c.q); err != nil {
			t.Errorf("%+v: %v", c.q, err)
			continue
		}
		got := fmt.Sprintf("%s %s %s", a.months.Dimension, a.months.From, a.months.To)
		if a.years.To != 0 {
			got = fmt.Sprintf("%s %d %d %d", a.years.Dimension, a.years.From, a.years.To, a.years.Through)
		}
		if got != c.want {
			t.Errorf("%+v asks for %s, want %s", c.q, got, c.want)
		}
	}
}

func TestQueriesThatMakeNoTable(t *testing.T) {
	for _, q := range []sheet.Query{
		{View: "tarte"}, {Dimension: "nom"}, {Measure: "prêts"}, {From: "2024-13"}, {From: "hier"}, {To: "20"}, {From: "2025", To: "2024"}, {From: "1900"},
		{View: "comparaison", Dimension: "age"}, {View: "mesures", Dimension: "commune"}, {Through: 3}, {View: "annees", Through: 13},
		{View: "bilan", From: "2024", To: "2025"}, {From: "0000"}, {From: "+202", To: "+202"},
	} {
		if _, err := sheet.Read(t.Context(), &asked{}, q); cards.CodeOf(err) != cards.Invalid {
			t.Errorf("%+v: %v", q, err)
		}
	}
}
