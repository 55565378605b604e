package web

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
)

// Charts are drawn here, in the units of their own drawing, and written as SVG by the template: no script, and they print.
// A year is told from another by its dashes and the shape of its marks, or by its name beside the bar, never by colour alone.

// drawnYears is how many years a chart shows, the newest; there are as many shapes and dashes.
const drawnYears = 4

// The drawing of lines.
const (
	chartWidth  = 760
	chartHeight = 280
	chartLeft   = 64
	chartRight  = 16
	chartTop    = 16
	chartBottom = 32
	chartTicks  = 4
	markSize    = 4
)

type lineChart struct {
	Width, Height int
	Left, Right   int // of the grid
	Ticks         []chartTick
	Months        []chartTick
	Series        []chartLine // the newest year first
}

// chartTick is a value on an axis.
type chartTick struct {
	At     float64
	Label  string
	Second bool // every second one gives way where there is little room
}

type chartLine struct {
	Class  int
	Label  string
	Points string
	Marks  []chartMark
}

// chartMark is a point's mark; its shape is that of its line.
type chartMark struct {
	Class int
	X, Y  float64
	Title string
}

// Corners are those of the marks that are no circles.
func (m chartMark) Corners() string {
	x, y, s := m.X, m.Y, float64(markSize)
	corners := [][2]float64{{x - s, y - s}, {x + s, y - s}, {x + s, y + s}, {x - s, y + s}} // a square
	switch m.Class {
	case 2:
		corners = [][2]float64{{x, y - s - 1}, {x + s + 1, y}, {x, y + s + 1}, {x - s - 1, y}} // a diamond
	case 3:
		corners = [][2]float64{{x, y - s - 1}, {x + s + 1, y + s}, {x - s - 1, y + s}} // a triangle
	}
	words := make([]string, len(corners))
	for i, c := range corners {
		words[i] = fmt.Sprintf("%.1f,%.1f", c[0], c[1])
	}
	return strings.Join(words, " ")
}

// drawLines draws a table of months down and years across, a line a year.
func drawLines(t *cards.Table, number func(int64) string, short func(month string) string, named func(name, value string) string) *lineChart {
	first := max(0, len(t.Columns)-drawnYears)
	var most int64
	for _, r := range t.Rows {
		for _, c := range r.Cells[first:] {
			most = max(most, c.Count)
		}
	}
	step := niceStep(most)
	top := max(step, (most+step-1)/step*step)
	high := func(n int64) float64 {
		return chartTop + (chartHeight-chartTop-chartBottom)*(1-float64(n)/float64(top))
	}
	along := func(i int) float64 {
		return chartLeft + markSize*2 + float64(i)*(chartWidth-chartLeft-chartRight-markSize*4)/float64(max(1, len(t.Rows)-1))
	}
	chart := &lineChart{Width: chartWidth, Height: chartHeight, Left: chartLeft, Right: chartWidth - chartRight}
	for n := int64(0); n <= top; n += step {
		chart.Ticks = append(chart.Ticks, chartTick{At: high(n), Label: number(n)})
	}
	for i, r := range t.Rows {
		chart.Months = append(chart.Months, chartTick{At: along(i), Label: short(r.Value), Second: i%2 == 1})
	}
	for i := first; i < len(t.Columns); i++ {
		line := chartLine{Class: len(t.Columns) - 1 - i, Label: t.Columns[i]}
		var points []string
		for j, r := range t.Rows {
			if r.Cells[i].Empty {
				continue
			}
			x, y := along(j), high(r.Cells[i].Count)
			points = append(points, fmt.Sprintf("%.1f,%.1f", x, y))
			line.Marks = append(line.Marks, chartMark{Class: line.Class, X: x, Y: y, Title: named(r.Label+" "+line.Label, number(r.Cells[i].Count))})
		}
		line.Points = strings.Join(points, " ")
		chart.Series = append(chart.Series, line)
	}
	slices.Reverse(chart.Series)
	return chart
}

// niceStep is the distance of round values that divides an axis into a few parts.
func niceStep(most int64) int64 {
	rough := float64(most) / chartTicks
	if rough <= 1 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(rough)))
	for _, round := range []float64{1, 2, 5, 10} {
		if rough <= round*power {
			return int64(round * power)
		}
	}
	return int64(10 * power)
}

// The drawing of bars: above them what they are of, beside each its figure and its year. It is no wider than a phone.
const (
	barsDrawn   = 12 // values; the table holds all
	barsWidth   = 400
	barHeight   = 14
	barsGap     = 12
	barsLabel   = 18
	barsBehind  = 130
	barBaseline = barHeight - 3
	labelRunes  = 40
)

type barChart struct {
	Width, Height int
	Groups        []barGroup
	// Left out are values with less.
	Omitted int
}

type barGroup struct {
	Label string
	Y     float64
	Bars  []chartBar
}

type chartBar struct {
	Class        int
	Year         string
	Count        int64
	Y, Width, At float64 // At is where its figure stands
	Baseline     float64
}

// drawBars draws a table of values down and years across: the values with most in the newest year.
func drawBars(t *cards.Table) *barChart {
	if len(t.Rows) == 0 || len(t.Columns) == 0 {
		return nil
	}
	first := max(0, len(t.Columns)-drawnYears)
	kept := greatest(t.Rows)
	chart := &barChart{Width: barsWidth, Omitted: len(t.Rows) - len(kept)}
	var most int64 = 1
	for _, r := range kept {
		for _, c := range r.Cells[first:] {
			most = max(most, c.Count)
		}
	}
	y := float64(0)
	for _, r := range kept {
		group := barGroup{Label: shortened(r.Label), Y: y + barBaseline}
		y += barsLabel
		for i := len(t.Columns) - 1; i >= first; i-- {
			width := float64(r.Cells[i].Count) / float64(most) * (barsWidth - barsBehind)
			group.Bars = append(group.Bars, chartBar{
				Class: len(t.Columns) - 1 - i, Year: t.Columns[i], Count: r.Cells[i].Count, Y: y, Width: width, At: width + 6, Baseline: y + barBaseline,
			})
			y += barHeight + 2
		}
		chart.Groups = append(chart.Groups, group)
		y += barsGap
	}
	chart.Height = int(y)
	return chart
}

// greatest are the rows with most in the newest year, in the order of the table.
func greatest(rows []cards.TableRow) []cards.TableRow {
	if len(rows) <= barsDrawn {
		return rows
	}
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	newest := func(i int) int64 { return rows[i].Cells[len(rows[i].Cells)-1].Count }
	slices.SortStableFunc(order, func(a, b int) int { return int(newest(b) - newest(a)) })
	order = order[:barsDrawn]
	slices.Sort(order)
	kept := make([]cards.TableRow, len(order))
	for i, at := range order {
		kept[i] = rows[at]
	}
	return kept
}

func shortened(label string) string {
	runes := []rune(label)
	if len(runes) <= labelRunes {
		return label
	}
	return string(runes[:labelRunes-1]) + "…"
}
