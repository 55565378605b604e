package cards_test

import (
	"fmt"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

func TestMonths(t *testing.T) {
	for text, last := range map[string]string{"2024-01": "2024-01-31", "2024-02": "2024-02-29", "2025-02": "2025-02-28", "2025-12": "2025-12-31"} {
		m, err := cards.ParseMonth(text)
		if err != nil || m.String() != text || m.LastDay() != last || cards.MonthOf(m.Year(), m.Number()) != m || cards.MonthOfDay(last) != m {
			t.Errorf("%s: %s, last day %s, %v", text, m, m.LastDay(), err)
		}
	}
	for _, text := range []string{"", "2024", "2024-13", "2024-1", "2024-01-01"} {
		if _, err := cards.ParseMonth(text); cards.CodeOf(err) != cards.Invalid {
			t.Errorf("%q: %v", text, err)
		}
	}
	if cards.MonthOfDay("2024-02-30") != 0 || cards.MonthName(0) != "" || cards.MonthName(13) != "" || cards.MonthName(1) != "janvier" || cards.MonthName(12) != "décembre" {
		t.Error("a month that is none, or another's name")
	}
}

func TestWhatMayBeAskedOfStatistics(t *testing.T) {
	month := cards.MonthOf
	for why, c := range map[string]struct {
		q    cards.StatisticsQuery
		good bool
	}{
		"one month":          {cards.StatisticsQuery{Dimension: cards.ByTown, From: month(2026, 1), To: month(2026, 1)}, true},
		"the whole network":  {cards.StatisticsQuery{From: month(2026, 1), To: month(2026, 2)}, true},
		"thirty years":       {cards.StatisticsQuery{From: month(1997, 1), To: month(2026, 12)}, true},
		"and a month":        {cards.StatisticsQuery{From: month(1996, 12), To: month(2026, 12)}, false},
		"backwards":          {cards.StatisticsQuery{From: month(2026, 2), To: month(2026, 1)}, false},
		"from no month":      {cards.StatisticsQuery{To: month(1, 1)}, false},
		"by another measure": {cards.StatisticsQuery{Dimension: "lecteur", From: month(2026, 1), To: month(2026, 1)}, false},
	} {
		if err := c.q.Validate(); (err == nil) != c.good || err != nil && cards.CodeOf(err) != cards.Invalid {
			t.Errorf("%s: %v", why, err)
		}
	}
	for why, c := range map[string]struct {
		q    cards.YearsQuery
		good bool
	}{
		"a year":            {cards.YearsQuery{From: 2026, To: 2026}, true},
		"up to December":    {cards.YearsQuery{From: 2025, To: 2026, Through: 12}, true},
		"up to no month":    {cards.YearsQuery{From: 2025, To: 2026, Through: 13}, false},
		"below":             {cards.YearsQuery{From: 2025, To: 2026, Through: -1}, false},
		"thirty years":      {cards.YearsQuery{From: 1997, To: 2026}, true},
		"and one":           {cards.YearsQuery{From: 1996, To: 2026}, false},
		"another dimension": {cards.YearsQuery{Dimension: "lecteur", From: 2026, To: 2026}, false},
	} {
		if err := c.q.Validate(); (err == nil) != c.good {
			t.Errorf("%s: %v", why, err)
		}
	}
	for _, d := range cards.Dimensions() {
		if got, err := cards.ParseDimension(string(d)); got != d || err != nil {
			t.Errorf("%s: %s, %v", d, got, err)
		}
	}
	for _, m := range cards.Measures() {
		if got, err := cards.ParseMeasure(string(m)); got != m || err != nil {
			t.Errorf("%s: %s, %v", m, got, err)
		}
	}
	if d, err := cards.ParseDimension(""); d != cards.ByNothing || err != nil {
		t.Errorf("no dimension: %s, %v", d, err)
	}
	if m, err := cards.ParseMeasure(""); m != cards.MeasureEnrolled || err != nil {
		t.Errorf("no measure: %s, %v", m, err)
	}
	if _, err := cards.ParseMeasure("amendes"); cards.CodeOf(err) != cards.Invalid {
		t.Errorf("another measure: %v", err)
	}
}

// Figures keep their place whatever way a table is laid out: rows without any are left out, a month that has not come is
// empty, and cards that are active in one month after the other are not summed up.
func TestTablesOfFigures(t *testing.T) {
	figures := func(list ...int64) (made []cards.Figures) {
		for _, n := range list {
			made = append(made, cards.Figures{Enrolled: n, Renewed: 10 * n, Ended: 100 * n, Active: 1000 * n})
		}
		return made
	}
	romans, mours := cards.StatisticsRow{Value: "ROMANS", Label: "Romans", Figures: figures(1, 0, 3)}, cards.StatisticsRow{Value: "MOURS", Label: "Mours", Figures: figures(0, 4, 0)}
	none := cards.StatisticsRow{Value: "DIE", Label: "Die", Figures: figures(0, 0, 0)}
	total := cards.StatisticsRow{Label: cards.TotalLabel}
	for i := range romans.Figures {
		total.Figures = append(total.Figures, romans.Figures[i].Plus(mours.Figures[i]))
	}
	rows := []cards.StatisticsRow{mours, none, romans}
	months := &cards.Statistics{
		StatisticsQuery: cards.StatisticsQuery{Dimension: cards.ByTown, From: cards.MonthOf(2025, 12), To: cards.MonthOf(2026, 2)}, Rows: rows, Total: total,
	}
	years := &cards.YearlyStatistics{YearsQuery: cards.YearsQuery{Dimension: cards.ByTown, From: 2024, To: 2026}, Rows: rows, Total: total}
	head := func(t *cards.Table, lines ...int) (records [][]string) {
		all := t.Records()
		for _, i := range lines {
			records = append(records, all[i])
		}
		return append(records, []string{fmt.Sprint(len(all), " lines")})
	}
	for what, c := range map[string]struct {
		got  [][]string
		want string
	}{
		"months of years":           {head(months.ByYears(cards.MeasureRenewed), 0, 1, 2, 3, 12, 13), "[[Mois 2025 2026] [janvier  40] [février  30] [mars  ] [décembre 10 ] [Total 10 70] [14 lines]]"},
		"months of years, active":   {head(months.ByYears(cards.MeasureActive), 0, 1), "[[Mois 2025 2026] [janvier  4000] [13 lines]]"},
		"towns by months":           {months.ByMonths(cards.MeasureEnded).Records(), "[[Commune 2025-12 2026-01 2026-02] [Mours 0 400 0] [Romans 100 0 300] [Total 100 400 300]]"},
		"months by measures":        {months.ByMeasures().Records(), "[[Mois Premières inscriptions Réinscriptions Fins d’inscription Cartes actives] [décembre 2025 1 10 100 1000] [janvier 2026 4 40 400 4000] [février 2026 3 30 300 3000]]"},
		"towns by years":            {years.ByYears(cards.MeasureActive).Records(), "[[Commune 2024 2025 2026] [Mours 0 4000 0] [Romans 1000 0 3000] [Total 1000 4000 3000]]"},
		"a year's measures":         {years.ByMeasures(2025).Records(), "[[Commune Premières inscriptions Réinscriptions Fins d’inscription Cartes actives] [Mours 4 40 400 4000] [Total 4 40 400 4000]]"},
		"the first year's measures": {years.ByMeasures(2024).Records()[1:], "[[Romans 1 10 100 1000] [Total 1 10 100 1000]]"},
		"the last year's measures":  {years.ByMeasures(2026).Records()[1:], "[[Romans 3 30 300 3000] [Total 3 30 300 3000]]"},
		"a year that was not asked": {years.ByMeasures(2027).Records()[1:], "[]"},
		"a year before":             {years.ByMeasures(2023).Records()[1:], "[]"},
	} {
		if got := fmt.Sprint(c.got); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", what, got, c.want)
		}
	}
	if row := months.ByMonths(cards.MeasureEnded).Rows[0]; row.Value != "MOURS" {
		t.Errorf("a row's value: %+v", row)
	}
	if row := months.ByYears(cards.MeasureEnded).Rows[11]; row.Value != "12" {
		t.Errorf("a month's number: %+v", row)
	}
	if row := months.ByMeasures().Rows[1]; row.Value != "2026-01" {
		t.Errorf("a month's value: %+v", row)
	}
	for through, title := range map[int]string{0: "Cartes actives par an", 12: "Cartes actives par an", 3: "Cartes actives par an, de janvier à mars"} {
		if years.Through = through; years.ByYears(cards.MeasureActive).Title != title {
			t.Errorf("up to month %d: %q", through, years.ByYears(cards.MeasureActive).Title)
		}
	}
}
