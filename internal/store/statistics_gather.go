package store

import "github.com/carte-reseau/hub/internal/cards"

// gathering makes full rows of the figures that are not zero: columns are
// months or years.
type gathering struct {
	columns int
	values  map[string]*gathered
}

type gathered struct {
	figures []cards.Figures // Active holds by how much it changes in the column
	carried []int64         // by how much it does until the next column
	before  int64           // active before the first column
}

func newGathering(columns int) *gathering {
	return &gathering{columns: columns, values: map[string]*gathered{}}
}

func (g *gathering) of(value string) *gathered {
	v := g.values[value]
	if v == nil {
		v = &gathered{figures: make([]cards.Figures, g.columns), carried: make([]int64, g.columns)}
		g.values[value] = v
	}
	return v
}

func (g *gathering) open(row figureRow) { g.of(row.Value).before += row.Change }

func (g *gathering) show(row figureRow, at int) {
	g.of(row.Value).figures[at] = cards.Figures{Enrolled: row.Enrolled, Renewed: row.Renewed, Ended: row.Ended, Active: row.Change}
}

func (g *gathering) carry(row figureRow, at int) { g.of(row.Value).carried[at] = row.Change }

// rows are the values with any figure at all, as staff read them, and their sum.
func (g *gathering) rows(d cards.Dimension, labels map[string]string) ([]cards.StatisticsRow, cards.StatisticsRow, error) {
	total := cards.StatisticsRow{Label: cards.TotalLabel, Figures: make([]cards.Figures, g.columns)}
	var rows []cards.StatisticsRow
	for value, v := range g.values {
		active, told := v.before, false
		for i := range v.figures {
			carried := active + v.carried[i]
			v.figures[i].Active += active
			active = carried
			told = told || v.figures[i] != cards.Figures{}
			total.Figures[i] = total.Figures[i].Plus(v.figures[i])
		}
		if told {
			rows = append(rows, cards.StatisticsRow{Value: value, Label: d.Label(value, labels[value]), Figures: v.figures})
		}
	}
	d.Sort(rows)
	return rows, total, nil
}
