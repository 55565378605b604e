package store

import (
	"cmp"
	"slices"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// statisticRow is a row of the aggregates, but for its month or year.
type statisticRow struct {
	Dimension string
	Value     string
	Enrolled  int64
	Renewed   int64
	Ended     int64
	Change    int64
}

func (r *statisticRow) set(n cards.Count) {
	r.Enrolled, r.Renewed, r.Ended, r.Change = n.Enrolled, n.Renewed, n.Ended, n.Change
}

type monthRow struct {
	Month int64
	Sums  statisticRow `gorm:"embedded"`
}

func (monthRow) TableName() string { return "statistics" }

type yearRow struct {
	Year int64
	Sums statisticRow `gorm:"embedded"`
}

func (yearRow) TableName() string { return "statistics_years" }

type townRow struct{ Value, Label string }

func (townRow) TableName() string { return "statistics_towns" }

// saveTally adds the portion's differences to the aggregates.
func (c *counting) saveTally() error {
	if err := c.saveTowns(); err != nil {
		return err
	}
	months := make([]monthRow, 0, len(c.tally))
	sums := map[yearRow]cards.Count{}
	for key, n := range c.tally {
		row := statisticRow{Dimension: string(key.Dimension), Value: key.Value}
		year := yearRow{Year: int64(key.Month.Year()), Sums: row}
		sums[year] = sums[year].Plus(n)
		row.set(n)
		months = append(months, monthRow{Month: int64(key.Month), Sums: row})
	}
	years := make([]yearRow, 0, len(sums))
	for row, n := range sums {
		row.Sums.set(n)
		years = append(years, row)
	}
	slices.SortFunc(months, func(a, b monthRow) int {
		return cmp.Or(cmp.Compare(a.Sums.Dimension, b.Sums.Dimension), cmp.Compare(a.Month, b.Month), cmp.Compare(a.Sums.Value, b.Sums.Value))
	})
	if err := addTo(c.tx, months, "statistics", "month"); err != nil {
		return err
	}
	return addTo(c.tx, years, "statistics_years", "year")
}

// addTo adds to what stands in the aggregates.
func addTo[Row any](tx *gorm.DB, rows []Row, table, when string) error {
	if len(rows) == 0 {
		return nil
	}
	sum := map[string]any{}
	for _, column := range []string{"enrolled", "renewed", "ended", "change"} {
		sum[column] = gorm.Expr(table + "." + column + " + excluded." + column)
	}
	return tx.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "dimension"}, {Name: when}, {Name: "value"}}, DoUpdates: clause.Assignments(sum),
	}).CreateInBatches(&rows, rowsPerInsert).Error
}

// saveTowns keeps the nicest spelling of each town.
func (c *counting) saveTowns() error {
	keys := make([]string, 0, len(c.towns))
	for key := range c.towns {
		keys = append(keys, key)
	}
	known, err := inPortions[townRow](c.tx, "SELECT value, label FROM statistics_towns WHERE value IN ?", keys)
	if err != nil {
		return err
	}
	for _, row := range known {
		if cards.NicerTown(row.Label, c.towns[row.Value]) == row.Label {
			delete(c.towns, row.Value)
		}
	}
	rows := make([]townRow, 0, len(c.towns))
	for key, label := range c.towns {
		rows = append(rows, townRow{key, label})
	}
	if len(rows) == 0 {
		return nil
	}
	slices.SortFunc(rows, func(a, b townRow) int { return cmp.Compare(a.Value, b.Value) })
	return c.tx.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "value"}}, DoUpdates: clause.AssignmentColumns([]string{"label"}),
	}).CreateInBatches(&rows, rowsPerInsert).Error
}
