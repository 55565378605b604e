package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/rest"
)

type duplicatesCommand struct {
	List      duplicatesList      `cmd:"" help:"Lister les cartes qui semblent être d’une même personne."`
	Same      duplicatesSame      `cmd:"" help:"C’est une seule personne : une carte reprend l’autre, dont le numéro devient un ancien numéro."`
	Different duplicatesDifferent `cmd:"" help:"Ce sont deux personnes (jumeaux, homonymes) : la question ne sera plus posée."`
}

type duplicatesList struct {
	JSON bool `name:"json" help:"Un document JSON par ligne, comme dans /api/v1/duplicates."`
}

// Run lists the pairs nobody has decided on.
func (a duplicatesList) Run(ctx context.Context, s *Settings, c console) error {
	f, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	defer f.close()
	return listing[cards.Likeness]{
		action: "list-duplicates",
		read: func(before int64) ([]cards.Likeness, error) {
			return f.store.Likenesses(ctx, cards.LikenessQuery{Before: before, Limit: pageOfRows})
		},
		id:       func(l cards.Likeness) int64 { return l.ID },
		whose:    func(l cards.Likeness) []string { return []string{l.Cards[0].OAIID, l.Cards[1].OAIID} },
		table:    func(page []cards.Likeness) error { return printLikenesses(c, page, f.place) },
		document: rest.DuplicateDocument,
		none:     "Aucun doublon probable.",
	}.write(ctx, f, c, a.JSON)
}

func printLikenesses(c console, page []cards.Likeness, place *time.Location) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "PAIRE\tNUMÉRO\tNOM\tPRÉNOM\tNÉ LE\tCOMMUNE\tINSCRIT À\tDU\tRENOUVELÉ\tAU\tENVOYÉE PAR\tMODIFIÉE LE")
	for _, l := range page {
		for i := range l.Cards {
			one := &l.Cards[i]
			pair := ""
			if i == 0 {
				pair = fmt.Sprint(l.ID)
			}
			card := &one.Card
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", pair, card.Number, card.LastName, card.FirstName,
				cards.BirthDate.Shown(card), card.Address.Town, card.EnrolledAt, cards.ShownDay(card.Enrolment.First),
				cards.ShownDay(card.Enrolment.Renewed), cards.ShownDay(card.Enrolment.End), strings.Join(one.Senders, ", "), shown(one.Changed, place))
		}
	}
	return w.Flush()
}

type duplicatesSame struct {
	GoesOn string `arg:"" help:"Numéro de la carte qui continue."`
	Other  string `arg:"" help:"Numéro de celle qu’elle reprend."`
	answers
}

// Run makes one card of two.
func (a duplicatesSame) Run(ctx context.Context, s *Settings, c console) error {
	return decide(ctx, s, c, func(f *foundation) error {
		err := f.withPairNamed(ctx, "same-person", a.GoesOn, a.Other, func() error {
			return f.store.SamePerson(ctx, a.GoesOn, a.Other, atConsole())
		})
		if err != nil {
			return err
		}
		return a.tell(c, pairDone{Number: a.GoesOn, Other: a.Other, Same: true},
			"La carte %s reprend la carte %s, dont le numéro mène désormais à elle.\n", a.GoesOn, a.Other)
	})
}

type duplicatesDifferent struct {
	Number string `arg:"" help:"Numéro de l’une."`
	Other  string `arg:"" help:"Numéro de l’autre."`
	answers
}

// Run records that they are two persons.
func (a duplicatesDifferent) Run(ctx context.Context, s *Settings, c console) error {
	return decide(ctx, s, c, func(f *foundation) error {
		err := f.withPairNamed(ctx, "two-persons", a.Number, a.Other, func() error {
			return f.store.TwoPersons(ctx, a.Number, a.Other, atConsole())
		})
		if err != nil {
			return err
		}
		return a.tell(c, pairDone{Number: a.Number, Other: a.Other}, "Deux personnes : la question ne sera plus posée.\n")
	})
}
