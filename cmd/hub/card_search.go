package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/rest"
)

// cardSearch looks for cards. What it is told is a reader's, and others on the machine can see it on the command line.
type cardSearch struct {
	Number    string `name:"number" placeholder:"NUMÉRO" help:"Numéro actuel ou ancien ; à partir de 4 caractères, aussi un début."`
	Name      string `name:"name" placeholder:"NOM" help:"Début du nom d’usage ou de naissance, avec ou sans prénom, dans les deux ordres."`
	FirstName string `name:"first-name" placeholder:"PRÉNOM" help:"Début du prénom, si --name ne le contient pas."`
	BirthDate string `name:"birth-date" placeholder:"DATE" help:"Jour, mois ou année de naissance (AAAA-MM-JJ, AAAA-MM, AAAA)."`
	Limit     int    `name:"limit" default:"50" help:"Nombre de cartes ; 0 : toutes."`
	JSON      bool   `name:"json" help:"Un document JSON par ligne, comme dans /api/v1/cards/search."`
}

// Help says how to keep what is looked for off the command line.
func (cardSearch) Help() string {
	return "« - » à la place d’un numéro, d’un nom, d’un prénom ou d’une date le lit sur l’entrée standard, pour qu’il ne paraisse pas dans la liste " +
		"des processus : une ligne pour chacun, dans l’ordre ci-dessous."
}

// Run tells page by page which cards were found, each once it is recorded whose they are.
func (a cardSearch) Run(ctx context.Context, s *Settings, c console) error {
	q, err := a.query(c.lines())
	if err != nil {
		return err
	}
	f, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	defer f.close()
	for left := a.Limit; ; {
		if a.Limit > 0 {
			q.Limit = min(left, cards.SearchLimit)
		}
		page, err := f.store.SearchCards(ctx, q)
		if err != nil {
			return err
		}
		if err := f.showing(ctx, "search-cards", "", opaqueOf(page.Cards), func() error { return a.print(c, page, q.Cursor == "") }); err != nil {
			return err
		}
		left -= len(page.Cards)
		if q.Cursor = page.Next; q.Cursor == "" {
			return nil
		}
		if a.Limit > 0 && left <= 0 {
			return a.more(c)
		}
	}
}

func (a cardSearch) query(in *bufio.Reader) (q cards.CardQuery, err error) {
	for _, one := range []struct {
		given string
		into  *string
	}{{a.Number, &q.Number}, {a.Name, &q.Name}, {a.FirstName, &q.FirstName}, {a.BirthDate, &q.BirthDate}} {
		if *one.into, err = typed(one.given, in); err != nil {
			return q, err
		}
	}
	return q, nil
}

// typed is what was given, read from in where "-" stands for it.
func typed(given string, in *bufio.Reader) (string, error) {
	if given != "-" {
		return given, nil
	}
	line, err := in.ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", cards.WrapError(cards.Invalid, err, "impossible de lire l’entrée standard")
	}
	if line = strings.TrimSpace(line); line == "" {
		return "", cards.Errorf(cards.Invalid, "rien sur l’entrée standard, où « - » dit de lire")
	}
	return line, nil
}

func opaqueOf(found []cards.FoundCard) []string {
	ids := make([]string, len(found))
	for i := range found {
		ids[i] = found[i].OAIID
	}
	return ids
}

func (a cardSearch) print(c console, page cards.CardPage, first bool) error {
	if first && page.Filling { // no part of the answer
		_, _ = fmt.Fprintln(c.err, "L’index de recherche se remplit encore : une carte qui n’est pas trouvée existe peut-être ; recommencez dans quelques minutes.")
	}
	switch {
	case a.JSON:
		return eachAsJSON(c, page.Cards, rest.FoundCardDocument)
	case len(page.Cards) == 0 && first:
		c.printf("Aucune carte ne correspond.\n")
		return nil
	}
	return printFound(c, page.Cards)
}

func (a cardSearch) more(c console) error {
	if !a.JSON {
		c.printf("D’autres cartes correspondent (--limit 0 : toutes).\n")
	}
	return nil
}

func printFound(c console, found []cards.FoundCard) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "NUMÉRO\tNOM\tPRÉNOM\tNÉ LE\tCOMMUNE\tINSCRIT À\tAU")
	for _, f := range found {
		number, name := f.Number, f.LastName
		if f.Former != "" {
			number += " (avant : " + f.Former + ")"
		}
		if f.BirthName != "" {
			name += " (né(e) " + f.BirthName + ")"
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", number, name, f.FirstName, cards.ShownDay(f.BirthDate), f.Town, f.EnrolledAt, cards.ShownDay(f.End))
	}
	return w.Flush()
}
