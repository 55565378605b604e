package cards

import (
	"slices"
	"strconv"
)

// Table is statistics laid out as staff read them: on a page, in a spreadsheet,
// on a screen.
type Table struct {
	Counting
	Title string
	// Corner stands above the labels, Columns above the cells.
	Corner  string
	Columns []string
	Rows    []TableRow
	// Total is the sum of the rows; nil where they do not add up, as cards active
	// in one month after the other.
	Total *TableRow
}

// TableRow is one line of a table.
type TableRow struct {
	Value string // the row's value in the dimension, a month as YYYY-MM, or a month's number
	Label string
	Cells []Cell
}

// Cell is one figure of a table.
type Cell struct {
	Count int64
	// Empty is set where time has not come yet.
	Empty bool
}

// ByYears lays one measure of the whole out, months down, years across, so that
// years stand side by side. A row is a month of every year. The sum of a year
// that is not over yet is that of its months so far.
func (s *Statistics) ByYears(m Measure) *Table {
	t := &Table{Counting: s.Counting, Title: m.Title() + " par mois", Corner: "Mois"}
	first, last := s.From.Year(), s.To.Year()
	for year := first; year <= last; year++ {
		t.Columns = append(t.Columns, strconv.Itoa(year))
	}
	sums := TableRow{Label: TotalLabel, Cells: make([]Cell, len(t.Columns))}
	for number := 1; number <= MonthsOfYear; number++ {
		row := TableRow{Value: strconv.Itoa(number), Label: MonthName(number), Cells: make([]Cell, len(t.Columns))}
		for i := range row.Cells {
			month := MonthOf(first+i, number)
			if month < s.From || month > s.To {
				row.Cells[i].Empty = true
				continue
			}
			row.Cells[i].Count = s.Total.Figures[month-s.From].Of(m)
			sums.Cells[i].Count += row.Cells[i].Count
		}
		t.Rows = append(t.Rows, row)
	}
	if m != MeasureActive {
		t.Total = &sums
	}
	return t
}

// ByMonths lays one measure out, the dimension's values down, months across.
func (s *Statistics) ByMonths(m Measure) *Table {
	t := &Table{Counting: s.Counting, Title: m.Title() + " par mois", Corner: s.Dimension.Title()}
	for month := s.From; month <= s.To; month++ {
		t.Columns = append(t.Columns, month.String())
	}
	t.fill(s.Rows, s.Total, m)
	return t
}

// ByMeasures lays all measures of the whole out, months down.
func (s *Statistics) ByMeasures() *Table {
	t := &Table{Counting: s.Counting, Title: "Inscriptions par mois", Corner: "Mois"}
	for _, m := range Measures() {
		t.Columns = append(t.Columns, m.Title())
	}
	for i, f := range s.Total.Figures {
		month := s.From + Month(i)
		row := TableRow{Value: month.String(), Label: MonthName(month.Number()) + " " + strconv.Itoa(month.Year())}
		for _, m := range Measures() {
			row.Cells = append(row.Cells, Cell{Count: f.Of(m)})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// ByYears lays one measure out, the dimension's values down, years across.
func (y *YearlyStatistics) ByYears(m Measure) *Table {
	t := &Table{Counting: y.Counting, Title: m.Title() + " par an", Corner: y.Dimension.Title()}
	if y.Through != 0 && y.Through != MonthsOfYear {
		t.Title += ", de janvier à " + MonthName(y.Through)
	}
	for year := y.From; year <= y.To; year++ {
		t.Columns = append(t.Columns, strconv.Itoa(year))
	}
	t.fill(y.Rows, y.Total, m)
	return t
}

// ByMeasures lays all measures of one year out, the dimension's values down.
func (y *YearlyStatistics) ByMeasures(year int) *Table {
	t := &Table{Counting: y.Counting, Title: "Inscriptions en " + strconv.Itoa(year), Corner: y.Dimension.Title()}
	for _, m := range Measures() {
		t.Columns = append(t.Columns, m.Title())
	}
	if year < y.From || year > y.To {
		return t
	}
	line := func(r StatisticsRow) TableRow {
		row := TableRow{Value: r.Value, Label: r.Label}
		for _, m := range Measures() {
			row.Cells = append(row.Cells, Cell{Count: r.Figures[year-y.From].Of(m)})
		}
		return row
	}
	for _, r := range y.Rows {
		if r.Figures[year-y.From] != (Figures{}) {
			t.Rows = append(t.Rows, line(r))
		}
	}
	total := line(y.Total)
	t.Total = &total
	return t
}

func (t *Table) fill(rows []StatisticsRow, total StatisticsRow, m Measure) {
	line := func(r StatisticsRow) TableRow {
		row := TableRow{Value: r.Value, Label: r.Label, Cells: make([]Cell, len(r.Figures))}
		for i, f := range r.Figures {
			row.Cells[i].Count = f.Of(m)
		}
		return row
	}
	for _, r := range rows {
		if slices.ContainsFunc(r.Figures, func(f Figures) bool { return f.Of(m) != 0 }) {
			t.Rows = append(t.Rows, line(r))
		}
	}
	sums := line(total)
	t.Total = &sums
}

// Records are the table as lines of text, its head first.
func (t *Table) Records() [][]string {
	records := [][]string{append([]string{t.Corner}, t.Columns...)}
	line := func(r TableRow) {
		record := []string{r.Label}
		for _, c := range r.Cells {
			record = append(record, c.String())
		}
		records = append(records, record)
	}
	for _, r := range t.Rows {
		line(r)
	}
	if t.Total != nil {
		line(*t.Total)
	}
	return records
}

// String writes the figure; nothing where time has not come yet.
func (c Cell) String() string {
	if c.Empty {
		return ""
	}
	return strconv.FormatInt(c.Count, 10)
}
