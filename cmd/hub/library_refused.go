package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/rest"
)

type libraryRefused struct {
	Code string `arg:"" help:"Code de la bibliothèque."`
	JSON bool   `name:"json" help:"Un document JSON par ligne, comme dans /api/v1/libraries/CODE/refused."`
}

// Run lists the cards a library's own system did not take.
func (a libraryRefused) Run(ctx context.Context, s *Settings, c console) error {
	return withLibrary(ctx, s, c, a.Code, func(f *foundation, l *cards.Library) error {
		return listing[cards.HandAgain]{
			action:   "list-refusals",
			read:     func(before int64) ([]cards.HandAgain, error) { return f.store.RefusedBy(ctx, l.ID, before, pageOfRows) },
			id:       func(r cards.HandAgain) int64 { return r.CardID },
			whose:    func(r cards.HandAgain) []string { return []string{r.OAIID} },
			table:    func(page []cards.HandAgain) error { return printRefusals(c, page, f.place) },
			document: rest.RefusalDocument,
			none:     "Aucune carte refusée.",
		}.write(ctx, f, c, a.JSON)
	})
}

func printRefusals(c console, page []cards.HandAgain, place *time.Location) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "CARTE\tESSAIS\tPROCHAIN ESSAI\tCE QU’IL A RÉPONDU")
	for _, r := range page {
		_, _ = fmt.Fprintf(w, "%s\t%d\t%s\t%s\n", r.Number, r.Attempts, shown(r.DueAt, place), r.Reason)
	}
	return w.Flush()
}
