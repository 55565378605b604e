package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// line is one row as it was measured on one database.
type line struct {
	Row      string   `json:"row"`
	Database string   `json:"database"`
	What     string   `json:"what"`
	Against  string   `json:"against"`
	Unit     string   `json:"unit"`
	Measured float64  `json:"measured"` // the median of the rounds
	Other    float64  `json:"other"`
	Ratio    float64  `json:"ratio"` // the median of the rounds' ratios
	Target   target   `json:"target"`
	Reached  bool     `json:"reached"`
	Missed   []string `json:"missed,omitempty"`
	Notes    []string `json:"notes,omitempty"`
	Rounds   rounds   `json:"rounds"`
	Seconds  float64  `json:"seconds"` // the measuring took
}

func newLine(r *row, database string, f finding) line {
	return line{
		Row: r.name, Database: database, What: r.what, Against: r.against, Unit: r.unit,
		Measured: median(f.Measured), Other: median(f.Against), Ratio: f.ratio(),
		Target: r.target, Reached: r.target.reached(f.ratio()) && len(f.missed) == 0,
		Missed: f.missed, Notes: f.notes, Rounds: f.rounds,
	}
}

// verdict is for PostgreSQL: the targets are not SQLite's.
func (l *line) verdict() string {
	switch {
	case l.Database != targeted:
		return ""
	case l.Reached:
		return "yes"
	default:
		return "NO"
	}
}

// targeted is the database the targets are for.
const targeted = "postgres"

// writeTable writes the lines as a table, and below it what is to be said of single ones.
func writeTable(w io.Writer, lines []line) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	add := func(cells ...string) { _, _ = fmt.Fprintln(table, strings.Join(cells, "\t")) } // tabwriter keeps the error for Flush
	add("row", "database", "measured", "against", "unit", "ratio", "rounds", "reach", "reached")
	for i := range lines {
		l := &lines[i]
		least, most := l.Rounds.spread()
		add(l.Row, l.Database, figure(l.Measured), figure(l.Other), l.Unit, fmt.Sprintf("%.3f", l.Ratio),
			fmt.Sprintf("%d: %.2f-%.2f", len(l.Rounds.Measured), least, most), l.Target.String(), l.verdict())
	}
	if err := table.Flush(); err != nil {
		return err
	}
	var below strings.Builder
	told := map[string]bool{}
	for i := range lines {
		l := &lines[i]
		if !told[l.Row] {
			told[l.Row] = true
			fmt.Fprintf(&below, "\n%s: %s, against %s", l.Row, l.What, l.Against)
		}
		for _, missed := range l.Missed {
			fmt.Fprintf(&below, "\n    %s, NOT REACHED: %s", l.Database, missed)
		}
		for _, note := range l.Notes {
			fmt.Fprintf(&below, "\n    %s: %s", l.Database, note)
		}
	}
	_, err := fmt.Fprintln(w, below.String())
	return err
}

// figure is a number as people read it.
func figure(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 1:
		return fmt.Sprintf("%.2f", v)
	default:
		return fmt.Sprintf("%.4f", v)
	}
}
