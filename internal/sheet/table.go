package sheet

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// Source is where statistics are read.
type Source interface {
	Statistics(ctx context.Context, q cards.StatisticsQuery) (*cards.Statistics, error)
	StatisticsYears(ctx context.Context, q cards.YearsQuery) (*cards.YearlyStatistics, error)
	// Today is the network's day (YYYY-MM-DD).
	Today(ctx context.Context) (string, error)
}

// View is how a table is laid out.
type View string

// The views.
const (
	ViewMonths   View = "mois"        // one measure: values down, months across
	ViewYears    View = "annees"      // one measure: values down, years across
	ViewCompare  View = "comparaison" // one measure of the network: months down, years across
	ViewMeasures View = "mesures"     // all measures of the network: months down
	ViewSummary  View = "bilan"       // all measures of one year: values down
)

// Views lists them.
func Views() []View { return []View{ViewMonths, ViewYears, ViewCompare, ViewMeasures, ViewSummary} }

// Query names a table by the words of an address or a command line; each may be
// empty. From and To are YYYY or YYYY-MM: without them the last twelve months,
// three years, or this year.
type Query struct {
	View      string
	Dimension string
	Measure   string
	From, To  string
	Through   int // of ViewYears: cut each year after a month
}

const (
	usualMonths = 12
	usualYears  = 3
)

// wanted is a query in the hub's own terms.
type wanted struct {
	view      View
	dimension cards.Dimension
	measure   cards.Measure
	from, to  cards.Month
	through   int
}

// Read reads the table a query names. One whose end is not said ends with the network's month.
func Read(ctx context.Context, source Source, q Query) (*cards.Table, error) {
	if q.To == "" {
		today, err := source.Today(ctx)
		if err != nil {
			return nil, err
		}
		q.To = cards.MonthOfDay(today).String()
	}
	w, err := q.parse()
	if err != nil {
		return nil, err
	}
	if w.view == ViewYears || w.view == ViewSummary {
		found, err := source.StatisticsYears(ctx, cards.YearsQuery{Dimension: w.dimension, From: w.from.Year(), To: w.to.Year(), Through: w.through})
		if err != nil {
			return nil, err
		}
		if w.view == ViewSummary {
			return found.ByMeasures(w.to.Year()), nil
		}
		return found.ByYears(w.measure), nil
	}
	found, err := source.Statistics(ctx, cards.StatisticsQuery{Dimension: w.dimension, From: w.from, To: w.to})
	if err != nil {
		return nil, err
	}
	switch w.view {
	case ViewCompare:
		return found.ByYears(w.measure), nil
	case ViewMeasures:
		return found.ByMeasures(), nil
	}
	return found.ByMonths(w.measure), nil
}

func (q Query) parse() (w wanted, err error) {
	if w.view, err = parseView(q.View); err != nil {
		return w, err
	}
	if w.dimension, err = cards.ParseDimension(q.Dimension); err != nil {
		return w, err
	}
	if w.measure, err = cards.ParseMeasure(q.Measure); err != nil {
		return w, err
	}
	if w.to, err = parseEnd(q.To, cards.MonthsOfYear); err != nil {
		return w, err
	}
	switch w.view {
	case ViewYears, ViewCompare:
		w.from = cards.MonthOf(w.to.Year()-usualYears+1, 1)
	case ViewSummary:
		w.from = cards.MonthOf(w.to.Year(), 1)
	default:
		w.from = w.to - usualMonths + 1
	}
	if q.From != "" {
		if w.from, err = parseEnd(q.From, 1); err != nil {
			return w, err
		}
	}
	if w.view == ViewCompare {
		w.from, w.to = cards.MonthOf(w.from.Year(), 1), cards.MonthOf(w.to.Year(), cards.MonthsOfYear)
	}
	w.through = q.Through
	return w, w.fit()
}

// fit refuses what a view would pass over in silence.
func (w wanted) fit() error {
	switch {
	case w.through != 0 && w.view != ViewYears && w.view != ViewSummary:
		return cards.Errorf(cards.Invalid, "Le mois jusqu’où compter chaque année n’a de sens que dans les vues « %s » et « %s ».", ViewYears, ViewSummary)
	case w.view == ViewSummary && w.from.Year() != w.to.Year():
		return cards.Errorf(cards.Invalid, "La vue « %s » est celle d’une seule année.", ViewSummary)
	case w.dimension != cards.ByNothing && (w.view == ViewCompare || w.view == ViewMeasures):
		return cards.Errorf(cards.Invalid, "La vue « %s » est celle du réseau entier ; par %s : « %s » ou « %s ».", w.view, w.dimension, ViewMonths, ViewYears)
	}
	return nil
}

func parseView(text string) (View, error) {
	view := View(cmp.Or(text, string(ViewMonths)))
	names := make([]string, 0, len(Views()))
	for _, known := range Views() {
		if known == view {
			return view, nil
		}
		names = append(names, string(known))
	}
	return "", cards.Errorf(cards.Invalid, "vue « %s » inconnue ; possibles : %s", text, strings.Join(names, ", "))
}

// parseEnd reads one end of a span: a month, or a year, of which number names
// the month.
func parseEnd(text string, number int) (cards.Month, error) {
	if year, err := time.Parse("2006", text); err == nil && year.Year() > 0 {
		return cards.MonthOf(year.Year(), number), nil
	}
	return cards.ParseMonth(text)
}
