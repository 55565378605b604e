package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/rest"
	"github.com/carte-reseau/hub/internal/sheet"
)

type statisticsCommand struct {
	Dimension string `enum:"reseau,etablissement,commune,age" default:"reseau" help:"Ce dont les lignes sont les valeurs : ${enum}."`
	Measure   string `enum:"inscriptions,reinscriptions,fins,cartes-actives" default:"inscriptions" help:"Ce qui est compté, là où le tableau n’a qu’une mesure : ${enum}."`
	View      string `help:"Disposition : mois, annees (côte à côte), comparaison (mois par année), mesures (par mois), bilan (d’une année). Sans elle : mesures pour le réseau, bilan pour les autres."`
	Year      string `help:"Une seule année, comme --from AAAA --to AAAA." placeholder:"AAAA" xor:"from"`
	From      string `help:"Premier mois (AAAA-MM) ou première année (AAAA)." placeholder:"AAAA[-MM]" xor:"from"`
	To        string `help:"Dernier mois ou dernière année." placeholder:"AAAA[-MM]"`
	Through   int    `help:"Ne compter chaque année que de janvier à ce mois (1 à 12), pour comparer une année en cours." placeholder:"MOIS"`
	CSV       bool   `name:"csv" help:"Un document pour un tableur : UTF-8, points-virgules." xor:"form"`
	JSON      bool   `name:"json" help:"Un document JSON, comme dans /api/v1/statistics." xor:"form"`
}

// Run prints one table.
func (a statisticsCommand) Run(ctx context.Context, s *Settings, c console) error {
	f, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	defer f.close()
	table, err := sheet.Read(ctx, f.store, a.query())
	if err != nil {
		return err
	}
	switch {
	case a.CSV:
		return sheet.WriteCSV(c.out, table.Records())
	case a.JSON:
		return eachAsJSON(c, []*cards.Table{table}, rest.TableDocument)
	}
	return printTable(c, table, f.place)
}

func (a statisticsCommand) query() sheet.Query {
	usual := sheet.ViewSummary
	if a.Dimension == string(cards.ByNothing) {
		usual = sheet.ViewMeasures
	}
	return sheet.Query{
		View: cmp.Or(a.View, string(usual)), Dimension: a.Dimension, Measure: a.Measure,
		From: cmp.Or(a.Year, a.From), To: cmp.Or(a.To, a.Year), Through: a.Through,
	}
}

func printTable(c console, table *cards.Table, place *time.Location) error {
	c.printf("%s\n\n", table.Title)
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	for i, record := range table.Records() {
		if i == 0 {
			for j, head := range record {
				record[j] = strings.ToUpper(head)
			}
		}
		_, _ = fmt.Fprintln(w, strings.Join(record, "\t"))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	switch {
	case table.Behind > 0:
		c.printf("\n%s à compter encore ; un hub en marche (hub serve) s’en charge.\n", counted(int(table.Behind), "carte modifiée reste", "cartes modifiées restent"))
	case table.AsOf.IsZero():
		c.printf("\nAucune carte n’a été comptée jusqu’ici.\n")
	default:
		c.printf("\nTout est compté, jusqu’à la dernière modification, le %s.\n", day(table.AsOf, place))
	}
	return nil
}
