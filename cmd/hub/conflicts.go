package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/rest"
)

type conflictsCommand struct {
	List   conflictsList   `cmd:"" help:"Lister les conflits et les doutes à trancher, du plus récent au plus ancien."`
	Show   conflictsShow   `cmd:"" help:"Montrer un conflit ou un doute : les deux valeurs, d’où elles viennent, ce qui est en place."`
	Keep   conflictsKeep   `cmd:"" help:"Garder la valeur en place."`
	Choose conflictsChoose `cmd:"" help:"Mettre l’autre valeur en place, dans toutes les bibliothèques."`
}

type conflictsList struct {
	Library string `name:"library" placeholder:"CODE" help:"Seulement ceux où cette bibliothèque a sa part."`
	Card    string `name:"card" placeholder:"NUMÉRO" help:"Seulement ceux de cette carte (numéro actuel ou ancien)."`
	All     bool   `name:"all" help:"Aussi ceux qui sont tranchés."`
	JSON    bool   `name:"json" help:"Un document JSON par ligne, comme dans /api/v1/conflicts."`
}

// Run lists the disputes.
func (a conflictsList) Run(ctx context.Context, s *Settings, c console) error {
	f, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	defer f.close()
	return listing[cards.Dispute]{
		action: "list-conflicts",
		read: func(before int64) ([]cards.Dispute, error) {
			return f.store.Disputes(ctx, cards.DisputeQuery{
				Library: a.Library, Number: a.Card, Decided: a.All, Before: before, Limit: pageOfRows,
			})
		},
		id:       func(d cards.Dispute) int64 { return d.ID },
		whose:    func(d cards.Dispute) []string { return []string{d.OAIID} },
		table:    func(page []cards.Dispute) error { return printDisputes(c, page, f.place) },
		document: func(d cards.Dispute) any { return rest.ConflictDocument(d, s.Code) },
		none:     "Aucun conflit, aucun doute.",
	}.write(ctx, f, c, a.JSON)
}

func printDisputes(c console, page []cards.Dispute, place *time.Location) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "N°\tTYPE\tCARTE\tCHAMP\tRESTÉE\tAUTRE\tNOTÉ LE\tÉTAT")
	for _, d := range page {
		_, _ = fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", d.ID, d.Kind, d.Number, d.Field,
			shortened(claimText(d.Field, d.Kept.Value)), shortened(claimText(d.Field, d.Lost.Value)), shown(d.Noted, place), disputeState(&d, place))
	}
	return w.Flush()
}

// claimText is a value as staff read it.
func claimText(field string, value cards.Card) string {
	return orEmpty(cards.ShownValue(field, &value))
}

func shortened(text string) string {
	const widest = 32
	if runes := []rune(text); len(runes) > widest {
		return string(runes[:widest-1]) + "…"
	}
	return text
}

func disputeState(d *cards.Dispute, place *time.Location) string {
	switch {
	case d.Verdict == cards.VerdictKept:
		return "gardée par " + d.DecidedBy + " le " + shown(d.Decided, place)
	case d.Verdict == cards.VerdictOther:
		return "remplacée par " + d.DecidedBy + " le " + shown(d.Decided, place)
	case d.Overtaken():
		return "dépassé"
	}
	return "à trancher"
}

type conflictsShow struct {
	ID   int64 `arg:"" help:"Numéro du conflit."`
	JSON bool  `name:"json" help:"Le document JSON, comme dans /api/v1/conflicts."`
}

// Run shows one dispute in full, and how to decide it.
func (a conflictsShow) Run(ctx context.Context, s *Settings, c console) error {
	f, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	defer f.close()
	d, err := f.store.Dispute(ctx, a.ID)
	if err != nil {
		return err
	}
	return f.showing(ctx, "get-conflict", cards.SubjectConflict(a.ID), []string{d.OAIID}, func() error {
		if a.JSON {
			return eachAsJSON(c, []cards.Dispute{*d}, func(d cards.Dispute) any { return rest.ConflictDocument(d, s.Code) })
		}
		return a.print(c, d, s.Code, f.place)
	})
}

func (conflictsShow) print(c console, d *cards.Dispute, hubCode string, place *time.Location) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	writeFacts(w, [][2]string{
		{"carte", d.Number}, {"champ", d.Field}, {"type", string(d.Kind)}, {"noté le", shown(d.Noted, place)},
		{"valeur restée", claimLine(d.Field, d.Kept, hubCode, place)}, {"autre valeur", claimLine(d.Field, d.Lost, hubCode, place)},
		{"en place", fmt.Sprintf("%s (version %d)", claimText(d.Field, d.Current), d.Version)},
		{"pourquoi", d.Why()}, {"état", disputeState(d, place)},
	})
	if err := w.Flush(); err != nil || d.Verdict != "" {
		return err
	}
	c.printf("\nPour garder ce qui est en place : hub conflicts keep %d\nPour mettre l’autre valeur : hub conflicts choose %d --seen=%d\n",
		d.ID, d.ID, d.Version)
	return nil
}

func claimLine(field string, claim cards.Claim, hubCode string, place *time.Location) string {
	library := claim.Library
	if library == "" {
		library = hubCode
	}
	return fmt.Sprintf("%s (%s, %s)", claimText(field, claim.Value), library, shown(claim.At, place))
}

type conflictsKeep struct {
	ID int64 `arg:"" help:"Numéro du conflit."`
	answers
}

// Run closes a dispute; nothing changes.
func (a conflictsKeep) Run(ctx context.Context, s *Settings, c console) error {
	return decide(ctx, s, c, func(f *foundation) error {
		err := f.carryOut(ctx, "keep-conflict", cards.SubjectConflict(a.ID), "", func() error { return f.store.KeepValue(ctx, a.ID, atConsole()) })
		if err != nil {
			return err
		}
		return a.tell(c, conflictDone{ID: a.ID, Verdict: cards.VerdictKept}, "Conflit %d : la valeur en place reste.\n", a.ID)
	})
}

type conflictsChoose struct {
	ID   int64 `arg:"" help:"Numéro du conflit."`
	Seen int64 `name:"seen" placeholder:"VERSION" help:"Version en place telle que show l’a montrée : obligatoire si le conflit est dépassé."`
	answers
}

// Run puts the other value in place.
func (a conflictsChoose) Run(ctx context.Context, s *Settings, c console) error {
	return decide(ctx, s, c, func(f *foundation) error {
		err := f.carryOut(ctx, "choose-conflict", cards.SubjectConflict(a.ID), "", func() error {
			return f.store.ChooseOther(ctx, a.ID, a.Seen, atConsole())
		})
		if err != nil {
			return err
		}
		return a.tell(c, conflictDone{ID: a.ID, Verdict: cards.VerdictOther},
			"Conflit %d : l’autre valeur est en place ; toutes les bibliothèques vont la recevoir.\n", a.ID)
	})
}

// eachAsJSON writes one document a line.
func eachAsJSON[T any](c console, list []T, document func(T) any) error {
	encoder := json.NewEncoder(c.out)
	encoder.SetEscapeHTML(false)
	for _, row := range list {
		if err := encoder.Encode(document(row)); err != nil {
			return err
		}
	}
	return nil
}

// writeFacts writes what is known of one thing, a line each.
func writeFacts(w io.Writer, facts [][2]string) {
	for _, fact := range facts {
		_, _ = fmt.Fprintf(w, "%s\t%s\n", fact[0], fact[1])
	}
}
