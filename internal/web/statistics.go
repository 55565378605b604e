package web

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sheet"
)

// StatisticsPage makes the page of the network's figures, and its tables for spreadsheets.
func StatisticsPage(source sheet.Source) Page { return statisticsPage{source: source} }

type statisticsPage struct{ source sheet.Source }

func (p statisticsPage) register(d desk) {
	d.view(cards.RoleReader, "/statistiques", p.show)
	d.view(cards.RoleReader, "/statistiques.csv", p.download)
}

// statisticsChoice is what the form at the top of the page asks for.
type statisticsChoice struct {
	Measure   cards.Measure
	Dimension cards.Dimension
	From, To  int // years
	// Alike cuts each year after the current month, so that this year compares with those before.
	Alike bool
	month int
}

// The years that stand side by side.
const (
	usualYears = 3
	mostYears  = 10
)

// choice reads the form; without it the last three years, by establishment.
func (p statisticsPage) choice(v *visit) (statisticsChoice, error) {
	today := v.door.options.Now().In(v.door.options.Location)
	c := statisticsChoice{Alike: v.QueryParam("comparable") != "", month: int(today.Month())}
	var err error
	if c.Measure, err = cards.ParseMeasure(v.QueryParam("mesure")); err != nil {
		return c, err
	}
	by := v.QueryParam("tableau")
	if by == "" {
		by = string(cards.ByEstablishment)
	}
	if c.Dimension, err = cards.ParseDimension(by); err != nil {
		return c, err
	}
	if c.To, err = yearOf(v, "a", today.Year()); err != nil {
		return c, err
	}
	if c.From, err = yearOf(v, "de", c.To-usualYears+1); err != nil {
		return c, err
	}
	if c.From < 1 || c.To < c.From || c.To-c.From >= mostYears {
		return c, v.refuse(cards.Invalid, "statistiques.annees-fausses", "n", mostYears)
	}
	return c, nil
}

func yearOf(v *visit, field string, usual int) (int, error) {
	typed := strings.TrimSpace(v.QueryParam(field))
	if typed == "" {
		return usual, nil
	}
	year, err := time.Parse("2006", typed)
	if err != nil || year.Year() < 1 {
		return 0, v.refuse(cards.Invalid, "statistiques.annee-fausse")
	}
	return year.Year(), nil
}

// The tables of the page, as the address of their file names them.
const (
	tableSummary = "bilan"
	tableMonths  = "mois"
	tableValues  = "valeurs"
)

func (p statisticsPage) read(ctx context.Context, c statisticsChoice, view sheet.View, by cards.Dimension, m cards.Measure) (*cards.Table, error) {
	q := sheet.Query{View: string(view), Dimension: string(by), Measure: string(m), From: fourDigits(c.From), To: fourDigits(c.To)}
	if c.Alike && view == sheet.ViewYears {
		q.Through = c.month
	}
	return sheet.Read(ctx, p.source, q)
}

func fourDigits(year int) string {
	text := strconv.Itoa(year)
	return strings.Repeat("0", max(0, len("2006")-len(text))) + text
}

// table reads one of the page's tables, in the visitor's language.
func (p statisticsPage) table(v *visit, c statisticsChoice, name string) (*figureTable, error) {
	ctx := v.Request().Context()
	switch name {
	case tableSummary:
		return p.summary(v, c)
	case tableMonths:
		t, err := p.read(ctx, c, sheet.ViewCompare, cards.ByNothing, c.Measure)
		if err != nil {
			return nil, err
		}
		return v.inWords(t, name, c, func(r cards.TableRow) string { return v.text("mois.m" + r.Value) }), nil
	case tableValues:
		t, err := p.read(ctx, c, sheet.ViewYears, c.Dimension, c.Measure)
		if err != nil {
			return nil, err
		}
		return v.inWords(t, name, c, func(r cards.TableRow) string { return v.valueLabel(c.Dimension, r) }), nil
	}
	return nil, v.notHere()
}

// summary puts the four measures of the whole network side by side, year by year.
func (p statisticsPage) summary(v *visit, c statisticsChoice) (*figureTable, error) {
	var all *cards.Table
	for _, m := range cards.Measures() {
		t, err := p.read(v.Request().Context(), c, sheet.ViewYears, cards.ByNothing, m)
		if err != nil {
			return nil, err
		}
		row := cards.TableRow{Value: string(m), Cells: make([]cards.Cell, len(t.Columns))}
		if t.Total != nil {
			copy(row.Cells, t.Total.Cells)
		}
		if all == nil {
			all = &cards.Table{Counting: t.Counting, Columns: t.Columns}
		}
		all.Rows = append(all.Rows, row)
	}
	return v.inWords(all, tableSummary, c, func(r cards.TableRow) string { return v.text("mesure." + r.Value) }), nil
}

// figureTable is a table in the visitor's words.
type figureTable struct {
	*cards.Table
	Name string
	// File is the address of the same table for spreadsheets.
	File string
}

func (v *visit) inWords(t *cards.Table, name string, c statisticsChoice, label func(cards.TableRow) string) *figureTable {
	for i := range t.Rows {
		t.Rows[i].Label = label(t.Rows[i])
	}
	if t.Total != nil {
		t.Total.Label = v.text("statistiques.total")
	}
	switch name {
	case tableSummary:
		t.Title, t.Corner = v.text("statistiques.bilan"), v.text("statistiques.mesure")
	case tableMonths:
		t.Title, t.Corner = v.text("statistiques.par-mois", "mesure", v.text("mesure."+string(c.Measure))), v.text("statistiques.mois")
	case tableValues:
		by := v.text("dimension." + string(c.Dimension))
		t.Title, t.Corner = v.text("statistiques.par-valeur", "mesure", v.text("mesure."+string(c.Measure)), "par", strings.ToLower(by)), by
	}
	if c.Alike && name != tableMonths {
		t.Title += " (" + v.text("statistiques.jusqu-a", "mois", v.text("mois.m"+strconv.Itoa(c.month))) + ")"
	}
	query := v.Request().URL.Query()
	query.Set("fichier", name)
	return &figureTable{Table: t, Name: name, File: "/statistiques.csv?" + query.Encode()}
}

// valueLabel is what a row of a dimension is called; towns and libraries have names of their own.
func (v *visit) valueLabel(by cards.Dimension, r cards.TableRow) string {
	switch {
	case by == cards.ByNothing:
		return v.text("dimension." + string(cards.ByNothing))
	case r.Value == cards.UnknownValue:
		return v.text("statistiques.inconnu")
	case by == cards.ByAge:
		if known := v.door.pages.known(v.lang, "age."+strings.ReplaceAll(r.Value, "+", "-plus")); known != "" {
			return known
		}
	}
	return r.Label
}

type statisticsView struct {
	Choice     statisticsChoice
	Measures   []cards.Measure
	Dimensions []cards.Dimension
	Counting   cards.Counting
	Summary    *figureTable
	Months     *figureTable
	Values     *figureTable
	Lines      *lineChart
	Bars       *barChart
}

func (p statisticsPage) show(v *visit) error {
	c, err := p.choice(v)
	if err != nil {
		return err
	}
	view := statisticsView{Choice: c, Measures: cards.Measures(), Dimensions: cards.Dimensions()}
	for name, into := range map[string]**figureTable{tableSummary: &view.Summary, tableMonths: &view.Months, tableValues: &view.Values} {
		if *into, err = p.table(v, c, name); err != nil {
			return err
		}
	}
	view.Counting = view.Months.Counting
	view.Lines = drawLines(view.Months.Table, func(n int64) string { return formatNumber(v.lang, n) },
		func(month string) string { return v.text("mois-court.m" + month) },
		func(name, value string) string { return v.text("hub.nomme", "nom", name, "valeur", value) })
	if c.Dimension != cards.ByNothing {
		view.Bars = drawBars(view.Values.Table)
	}
	return v.render(http.StatusOK, "statistics", view)
}

// download writes one of the page's tables for spreadsheets.
func (p statisticsPage) download(v *visit) error {
	c, err := p.choice(v)
	if err != nil {
		return err
	}
	name := v.QueryParam("fichier")
	if name == "" {
		name = tableMonths
	}
	t, err := p.table(v, c, name)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := sheet.WriteCSV(&out, t.Records()); err != nil {
		return err
	}
	words := []string{name, string(c.Measure), strconv.Itoa(c.From), strconv.Itoa(c.To)}
	if name == tableValues {
		words = slices.Insert(words, 1, string(c.Dimension))
	}
	v.attach(sheet.FileName(words...))
	return v.Blob(http.StatusOK, sheet.ContentType, out.Bytes())
}

// attach has the browser keep the answer as a file.
func (v *visit) attach(file string) {
	v.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="`+file+`"`)
}
