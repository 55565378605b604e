package cards

import (
	"fmt"
	"strings"
	"time"
)

// Month is a calendar month, counted from January of the year 0. Its zero
// value is no month.
type Month int

// MonthsOfYear is how many months a year has.
const MonthsOfYear = 12

// MonthOf is the month of a year, 1 to 12.
func MonthOf(year, month int) Month { return Month(year*MonthsOfYear + month - 1) }

// MonthOfDay is the month of a day written YYYY-MM-DD; 0 where it is none.
func MonthOfDay(day string) Month {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return 0
	}
	return MonthOf(t.Year(), int(t.Month()))
}

// ParseMonth reads YYYY-MM.
func ParseMonth(text string) (Month, error) {
	t, err := time.Parse("2006-01", text)
	if err != nil {
		return 0, Errorf(Invalid, "mois « %s » : AAAA-MM est attendu", text)
	}
	return MonthOf(t.Year(), int(t.Month())), nil
}

// Year is the month's year.
func (m Month) Year() int { return int(m) / MonthsOfYear }

// Number is the month's place in its year, 1 to 12.
func (m Month) Number() int { return int(m)%MonthsOfYear + 1 }

// String writes the month as YYYY-MM.
func (m Month) String() string { return fmt.Sprintf("%04d-%02d", m.Year(), m.Number()) }

// LastDay is the month's last day as YYYY-MM-DD.
func (m Month) LastDay() string {
	return time.Date(m.Year(), time.Month(m.Number())+1, 0, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

var monthNames = [MonthsOfYear]string{
	"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre",
}

// MonthName is the French name of a month, 1 to 12.
func MonthName(number int) string {
	if number < 1 || number > MonthsOfYear {
		return ""
	}
	return monthNames[number-1]
}

// Dimension is what statistics are told apart by. Dimensions are never
// crossed: a table by commune and age would show single readers.
type Dimension string

// The dimensions.
const (
	ByNothing       Dimension = "reseau" // the whole network, one value
	ByEstablishment Dimension = "etablissement"
	ByTown          Dimension = "commune"
	ByAge           Dimension = "age"
)

// Dimensions lists them in the order staff see.
func Dimensions() []Dimension { return []Dimension{ByNothing, ByEstablishment, ByTown, ByAge} }

// Title is the dimension's name for staff.
func (d Dimension) Title() string {
	switch d {
	case ByNothing:
		return "Réseau"
	case ByEstablishment:
		return "Établissement d’inscription"
	case ByTown:
		return "Commune"
	case ByAge:
		return "Âge au début de l’inscription"
	}
	return string(d)
}

// ParseDimension reads a dimension's name; empty is the whole network.
func ParseDimension(text string) (Dimension, error) {
	if text == "" {
		return ByNothing, nil
	}
	return parseOne(text, "tableau", Dimensions())
}

// Measure is what is counted.
type Measure string

// The measures.
const (
	MeasureEnrolled Measure = "inscriptions"   // first enrolments in the month
	MeasureRenewed  Measure = "reinscriptions" // renewals in the month
	MeasureEnded    Measure = "fins"           // enrolments that ended in the month and were not renewed in time
	MeasureActive   Measure = "cartes-actives" // cards valid on the month's last day
)

// Measures lists them in the order staff see.
func Measures() []Measure {
	return []Measure{MeasureEnrolled, MeasureRenewed, MeasureEnded, MeasureActive}
}

// Title is the measure's name for staff.
func (m Measure) Title() string {
	switch m {
	case MeasureEnrolled:
		return "Premières inscriptions"
	case MeasureRenewed:
		return "Réinscriptions"
	case MeasureEnded:
		return "Fins d’inscription"
	case MeasureActive:
		return "Cartes actives"
	}
	return string(m)
}

// ParseMeasure reads a measure's name; empty is first enrolments.
func ParseMeasure(text string) (Measure, error) {
	if text == "" {
		return MeasureEnrolled, nil
	}
	return parseOne(text, "mesure", Measures())
}

func parseOne[T ~string](text, what string, known []T) (T, error) {
	names := make([]string, len(known))
	for i, k := range known {
		if names[i] = string(k); names[i] == text {
			return k, nil
		}
	}
	return "", Errorf(Invalid, "%s « %s » inconnu(e) ; possibles : %s", what, text, strings.Join(names, ", "))
}

// Figures are the four measures of one value in one month, or over several.
type Figures struct {
	Enrolled int64
	Renewed  int64
	Ended    int64
	Active   int64 // on the last day of the month, or of the last of several
}

// Of is one measure of them.
func (f Figures) Of(m Measure) int64 {
	switch m {
	case MeasureEnrolled:
		return f.Enrolled
	case MeasureRenewed:
		return f.Renewed
	case MeasureEnded:
		return f.Ended
	case MeasureActive:
		return f.Active
	}
	return 0
}

// Plus adds the figures of another value for the same time.
func (f Figures) Plus(g Figures) Figures {
	return Figures{f.Enrolled + g.Enrolled, f.Renewed + g.Renewed, f.Ended + g.Ended, f.Active + g.Active}
}

// StatisticsQuery selects the figures of a dimension's values, month by month.
type StatisticsQuery struct {
	Dimension Dimension
	From, To  Month // inclusive; To is cut at the current month
}

// MaxStatisticsMonths bounds a query: 30 years.
const MaxStatisticsMonths = 30 * MonthsOfYear

// Validate reports what is wrong with the query.
func (q StatisticsQuery) Validate() error {
	if _, err := ParseDimension(string(q.Dimension)); err != nil {
		return err
	}
	if q.From <= 0 || q.To < q.From || q.To-q.From >= MaxStatisticsMonths {
		return Errorf(Invalid, "La période demandée va du premier au dernier mois, sur %d ans au plus.", MaxStatisticsMonths/MonthsOfYear)
	}
	return nil
}

// Counting is how far the statistics have got: they are counted a moment after
// the cards change.
type Counting struct {
	// AsOf is when the last change that is counted was made; zero when none is.
	AsOf time.Time
	// Behind is how many changed cards are not counted yet, MaxBehind at most.
	Behind int64
	// Today is the network's calendar day: of its month, what is known so far.
	Today string
}

// MaxBehind bounds Counting.Behind: counting further would take time, and
// nobody needs to know.
const MaxBehind = 100_000

// Month is the current month.
func (c Counting) Month() Month { return MonthOfDay(c.Today) }

// Statistics are the figures of a dimension's values, month by month.
type Statistics struct {
	StatisticsQuery
	Counting
	Rows []StatisticsRow // by label; values with no figure at all are left out
	// Total is the sum of the rows.
	Total StatisticsRow
}

// StatisticsRow holds the figures of one value, one for each month of the query.
type StatisticsRow struct {
	Value   string // as in the aggregates: a code, a folded name
	Label   string // as staff read it
	Figures []Figures
}

// YearsQuery selects the figures of a dimension's values, year by year.
type YearsQuery struct {
	Dimension Dimension
	From, To  int // years, inclusive
	// Through cuts each year after a month, 1 to 12, so that a year that is not
	// over yet compares with the others; 0 leaves them whole.
	Through int
}

// Validate reports what is wrong with the query.
func (q YearsQuery) Validate() error {
	if q.Through < 0 || q.Through > MonthsOfYear {
		return Errorf(Invalid, "Le mois jusqu’où compter chaque année va de 1 à 12.")
	}
	return StatisticsQuery{Dimension: q.Dimension, From: MonthOf(q.From, 1), To: MonthOf(q.To, MonthsOfYear)}.Validate()
}

// YearlyStatistics are the figures of a dimension's values, year by year.
type YearlyStatistics struct {
	YearsQuery
	Counting
	Rows  []StatisticsRow // Figures hold one a year
	Total StatisticsRow
}

// TotalLabel is the label of a row of sums.
const TotalLabel = "Total"
