package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/rest"
)

type erasuresCommand struct {
	List    erasuresList    `cmd:"" help:"Lister les effacements, du plus récent au plus ancien."`
	Show    erasuresShow    `cmd:"" help:"Montrer un effacement : qui doit le confirmer, qui l’a fait."`
	Confirm erasuresConfirm `cmd:"" help:"Noter qu’une bibliothèque a effacé la carte, ou ne l’avait pas."`
}

type erasuresList struct {
	JSON bool `name:"json" help:"Un document JSON par ligne, comme dans /api/v1/erasures."`
}

// Run lists the erasures.
func (a erasuresList) Run(ctx context.Context, s *Settings, c console) error {
	f, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	defer f.close()
	read := func(before int64) ([]cards.Erasure, error) { return f.store.Erasures(ctx, before, pageOfRows) }
	list := func(page []cards.Erasure) error { return printErasures(c, page, f.place) }
	if a.JSON {
		list = func(page []cards.Erasure) error { return eachAsJSON(c, page, rest.ErasureDocument) }
	}
	return f.carryOut(ctx, "list-erasures", "", "", func() error {
		n, err := eachPage(read, func(e cards.Erasure) int64 { return e.ID }, list)
		if err == nil && n == 0 && !a.JSON {
			c.printf("Aucun effacement.\n")
		}
		return err
	})
}

func printErasures(c console, page []cards.Erasure, place *time.Location) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "N°\tCARTE\tDEMANDÉ LE\tPAR\tCONFIRMÉ\tÉTAT")
	for _, e := range page {
		_, _ = fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%d sur %d\t%s\n", e.ID, e.Masked, day(e.Requested, place), e.By, e.Confirmed(), len(e.Letters), erasureState(&e))
	}
	return w.Flush()
}

func erasureState(e *cards.Erasure) string {
	switch {
	case e.Finished.IsZero():
		return "documents conservés à parcourir"
	case e.Confirmed() < len(e.Letters):
		return "des bibliothèques n’ont pas confirmé"
	}
	return "terminé"
}

type erasuresShow struct {
	ID   int64 `arg:"" help:"Numéro de l’effacement."`
	JSON bool  `name:"json" help:"Le document JSON, comme dans /api/v1/erasures."`
}

// Run shows one erasure.
func (a erasuresShow) Run(ctx context.Context, s *Settings, c console) error {
	f, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	defer f.close()
	return f.carryOut(ctx, "get-erasure", cards.SubjectErasure(a.ID), "", func() error {
		e, err := f.store.Erasure(ctx, a.ID)
		if err != nil {
			return err
		}
		if a.JSON {
			return eachAsJSON(c, []cards.Erasure{*e}, rest.ErasureDocument)
		}
		return a.print(c, e, f.place)
	})
}

func (erasuresShow) print(c console, e *cards.Erasure, place *time.Location) error {
	if err := printErasures(c, []cards.Erasure{*e}, place); err != nil {
		return err
	}
	c.printf("\n")
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "BIBLIOTHÈQUE\tCOURRIEL\tCONFIRMÉ LE\tNOTÉ PAR")
	for _, l := range e.Letters {
		mail := "à envoyer"
		switch {
		case l.Sent:
			mail = "parti"
		case l.Withdrawn:
			mail = "retiré avant d’être envoyé"
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", l.Library, mail, day(l.Confirmed, place), l.ConfirmedBy)
	}
	return w.Flush()
}

type erasuresConfirm struct {
	ID      int64  `arg:"" help:"Numéro de l’effacement."`
	Library string `arg:"" help:"Code de la bibliothèque qui a confirmé."`
	answers
}

// Run takes a confirmation down.
func (a erasuresConfirm) Run(ctx context.Context, s *Settings, c console) error {
	f, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	defer f.close()
	which := ""
	if cards.ValidCode(a.Library) { // else it may be anything
		which = cards.SubjectLibrary(a.Library)
	}
	err = f.carryOut(ctx, "confirm-erasure", cards.SubjectErasure(a.ID), which, func() error {
		return f.store.ConfirmErasure(ctx, a.ID, a.Library, atConsole())
	})
	if err != nil {
		return err
	}
	e, err := f.store.Erasure(ctx, a.ID)
	if err != nil {
		return err
	}
	return a.tell(c, rest.ErasureDocument(*e), "Effacement %d : %s a confirmé (%d sur %d).\n", e.ID, a.Library, e.Confirmed(), len(e.Letters))
}
