package store

import (
	"context"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// Reading touches aggregates only, never a card: the answer takes as long for a
// million cards as for ten. Each table is read by one statement, so that what
// the job commits meanwhile is seen as a whole or not at all.

// figureRow is a row of the aggregates, or a sum of some.
type figureRow struct {
	Part     int
	Value    string
	At       int // the month or year; 0 for all that come before
	Enrolled int64
	Renewed  int64
	Ended    int64
	Change   int64
}

// Parts of a table.
const (
	partWhole  = iota // months, or whole years
	partBefore        // what changed before the first of them
	partOfYear        // years that are cut after a month
)

const (
	sumsOfMonths = `CAST(sum(enrolled) AS bigint), CAST(sum(renewed) AS bigint), CAST(sum(ended) AS bigint), CAST(sum(change) AS bigint)`
	yearsBefore  = `SELECT 1, value, 0, 0, 0, 0, CAST(sum(change) AS bigint) FROM statistics_years WHERE dimension = @dimension AND year < @from GROUP BY value`
	monthsOf     = `SELECT 0 AS part, value, month AS at, enrolled, renewed, ended, change FROM statistics
			WHERE dimension = @dimension AND month BETWEEN @january AND @upto
		UNION ALL ` + yearsBefore
	yearsOf = `SELECT 0 AS part, value, year AS at, enrolled, renewed, ended, change FROM statistics_years
			WHERE dimension = @dimension AND year BETWEEN @from AND @to
		UNION ALL SELECT 2, value, month / 12, ` + sumsOfMonths + ` FROM statistics
			WHERE dimension = @dimension AND month BETWEEN @january AND @upto AND month % 12 < @through GROUP BY value, month / 12
		UNION ALL ` + yearsBefore
)

// Statistics are a dimension's figures month by month, until the current month.
func (s *Store) Statistics(ctx context.Context, q cards.StatisticsQuery) (*cards.Statistics, error) {
	if err := q.Validate(); err != nil {
		return nil, err
	}
	counting, err := s.counted(ctx)
	if err != nil {
		return nil, err
	}
	q.To = max(min(q.To, counting.Month()), q.From)
	rows, err := s.figures(ctx, monthsOf, map[string]any{
		"dimension": q.Dimension, "from": q.From.Year(), "january": cards.MonthOf(q.From.Year(), 1), "upto": min(q.To, counting.Month()),
	})
	if err != nil {
		return nil, err
	}
	g := newGathering(int(q.To-q.From) + 1)
	for _, row := range rows {
		if at := row.At - int(q.From); row.Part == partWhole && at >= 0 {
			g.show(row, at)
			g.carry(row, at)
		} else {
			g.open(row)
		}
	}
	found := &cards.Statistics{StatisticsQuery: q, Counting: *counting}
	found.Rows, found.Total, err = s.finish(ctx, q.Dimension, g)
	return found, err
}

// StatisticsYears are a dimension's figures year by year, until the current
// month.
func (s *Store) StatisticsYears(ctx context.Context, q cards.YearsQuery) (*cards.YearlyStatistics, error) {
	if err := q.Validate(); err != nil {
		return nil, err
	}
	counting, err := s.counted(ctx)
	if err != nil {
		return nil, err
	}
	now := counting.Month()
	q.To = max(min(q.To, now.Year()), q.From)
	cut := func(year int) bool { return q.Through != 0 || year == now.Year() }
	through, cutFrom := q.Through, q.From
	if through == 0 {
		through, cutFrom = cards.MonthsOfYear, now.Year()
	}
	rows, err := s.figures(ctx, yearsOf, map[string]any{
		"dimension": q.Dimension, "from": q.From, "to": min(q.To, now.Year()), "through": through,
		"january": cards.MonthOf(cutFrom, 1), "upto": min(now, cards.MonthOf(q.To, cards.MonthsOfYear)),
	})
	if err != nil {
		return nil, err
	}
	g := newGathering(q.To - q.From + 1)
	for _, row := range rows {
		if row.Part == partBefore {
			g.open(row)
			continue
		}
		if cut(row.At) == (row.Part == partOfYear) {
			g.show(row, row.At-q.From)
		}
		if row.Part == partWhole {
			g.carry(row, row.At-q.From)
		}
	}
	found := &cards.YearlyStatistics{YearsQuery: q, Counting: *counting}
	found.Rows, found.Total, err = s.finish(ctx, q.Dimension, g)
	return found, err
}

// figures reads row by row: by way of gorm thousands of rows take three times as
// long.
func (s *Store) figures(ctx context.Context, query string, args map[string]any) ([]figureRow, error) {
	rows, err := s.query(ctx).Raw(query, args).Rows()
	if err != nil {
		return nil, s.explain(err)
	}
	defer func() { _ = rows.Close() }()
	var all []figureRow
	for rows.Next() {
		var r figureRow
		if err := rows.Scan(&r.Part, &r.Value, &r.At, &r.Enrolled, &r.Renewed, &r.Ended, &r.Change); err != nil {
			return nil, s.explain(err)
		}
		all = append(all, r)
	}
	return all, s.explain(rows.Err())
}

// counted tells how far the statistics have got.
func (s *Store) counted(ctx context.Context) (*cards.Counting, error) {
	mark, err := s.Mark(ctx, cards.HubID, doorStatistics)
	if err != nil {
		return nil, err
	}
	now, err := s.Now(ctx)
	if err != nil {
		return nil, err
	}
	counting := &cards.Counting{Today: s.today(now.Unix())}
	if mark.Stamp > 0 {
		counting.AsOf = time.Unix(mark.Stamp, 0).UTC()
	}
	err = s.query(ctx).Raw("SELECT count(*) FROM (SELECT 1 FROM cards WHERE seq > ? LIMIT ?) AS behind", mark.Seq, cards.MaxBehind).
		Scan(&counting.Behind).Error
	return counting, s.explain(err)
}

// finish adds the active cards up and names the values.
func (s *Store) finish(ctx context.Context, d cards.Dimension, g *gathering) ([]cards.StatisticsRow, cards.StatisticsRow, error) {
	labels, err := s.statisticLabels(ctx, d)
	if err != nil {
		return nil, cards.StatisticsRow{}, err
	}
	return g.rows(d, labels)
}

// statisticLabels are the names staff read of a dimension's values, where those
// are not told by the value itself.
func (s *Store) statisticLabels(ctx context.Context, d cards.Dimension) (map[string]string, error) {
	var query string
	switch d {
	case cards.ByTown:
		query = "SELECT value, label FROM statistics_towns"
	case cards.ByEstablishment:
		query = "SELECT code AS value, name AS label FROM libraries ORDER BY removed DESC, id" // of one code the library that is there counts
	default:
		return nil, nil
	}
	var rows []townRow
	err := s.query(ctx).Raw(query).Scan(&rows).Error
	labels := make(map[string]string, len(rows))
	for _, row := range rows {
		labels[row.Value] = row.Label
	}
	return labels, s.explain(err)
}
