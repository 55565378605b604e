package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

var standingNames = map[cards.StandingState]string{
	cards.StandsCurrent: "à jour", cards.StandsOwed: "à recevoir", cards.StandsRefused: "refusée", cards.StandsEnded: "périmée",
	cards.StandsUnknown: "incertain",
}

func printStandings(c console, list []cards.Standing, place *time.Location) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "BIBLIOTHÈQUE\tÉTAT\tDEPUIS\tA LA VERSION\tCONFIRMÉ\tPOURQUOI")
	for _, s := range list {
		has, confirmed := "—", "—"
		if s.Has.Seq > 0 {
			has = fmt.Sprint(s.Has.Seq)
		}
		if s.Confirmed {
			confirmed = "oui"
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", s.Library, standingNames[s.State], day(s.Since, place), has, confirmed, s.Why)
	}
	return w.Flush()
}

// day shows a moment that may lie years back.
func day(t time.Time, place *time.Location) string {
	if t.IsZero() {
		return "—"
	}
	return t.In(place).Format("02/01/2006 15:04")
}

// cardPage writes one card out for staff.
type cardPage struct {
	console
	place *time.Location
	hub   string
}

func (p cardPage) named(code string) string {
	if code == "" {
		return p.hub
	}
	return code
}

func (p cardPage) print(f *cards.CardFile) error {
	if f.Asked != "" {
		p.printf("Le numéro %s a été remplacé : voici la carte qui continue.\n\n", f.Asked)
	}
	if err := p.fields(f); err != nil {
		return err
	}
	p.printf("\nVersions, de la plus récente à la plus ancienne :\n")
	for i := range f.Versions {
		p.version(&f.Versions[i], f.Story(i, cards.Field.Shown))
	}
	p.notTaken(f)
	p.printf("\n")
	return printStandings(p.console, f.Standings, p.place)
}

func (p cardPage) fields(f *cards.CardFile) error {
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	row := func(name, value string) { _, _ = fmt.Fprintf(w, "%s\t%s\n", name, value) }
	row("numéro", f.Card.Number)
	for _, field := range cards.AllFields() {
		if value := field.Shown(&f.Card); value != "" {
			row(field.String(), value)
		}
	}
	for _, n := range f.Former {
		row("a remplacé", fmt.Sprintf("%s (%s, %s)", n.Number, p.named(n.Library), day(n.Replaced, p.place)))
	}
	row("version", fmt.Sprintf("%d, datée du %s", f.Current.Seq, day(time.Unix(f.Current.Stamp, 0), p.place)))
	row("contenu de", p.named(f.Origin))
	row("dans le réseau depuis", day(f.Created, p.place))
	return w.Flush()
}

// notTaken are the values that stand nowhere, and are held all the same.
func (p cardPage) notTaken(f *cards.CardFile) {
	if len(f.Disputes) > 0 {
		p.printf("\nConflits et doutes, du plus récent au plus ancien :\n")
	}
	for _, d := range f.Disputes {
		p.printf("  %d  %s, %s : resté « %s », de %s ; non retenu « %s », de %s (%s)\n", d.ID, d.Kind, d.Field,
			claimText(d.Field, d.Kept.Value), p.named(d.Kept.Library), claimText(d.Field, d.Lost.Value), p.named(d.Lost.Library), disputeState(&d, p.place))
	}
	title := "\nCe qu’une bibliothèque a envoyé en dernier, où c’est autre chose que la fiche :\n"
	for _, s := range f.Sent {
		for _, field := range s.Other(&f.Card) {
			p.printf("%s  %s, %s : %s\n", title, s.Library, field, orEmpty(field.Shown(&s.Card)))
			title = ""
		}
	}
}

func (p cardPage) version(v *cards.CardVersion, story cards.VersionStory) {
	by := p.named(v.Sender)
	if v.DecidedBy != "" {
		by = "décision de " + v.DecidedBy
	}
	p.printf("  %d  %s  %s (%s)", v.Seq, day(time.Unix(v.Stamp, 0), p.place), by, v.Door)
	if v.Deposit > 0 {
		p.printf(", dépôt %d", v.Deposit)
	}
	p.printf("\n")
	p.changes(story)
	for _, r := range v.Reasons {
		verdict := "gardé"
		if r.Taken {
			verdict = "pris"
		}
		p.printf("      %s, %s : %s\n", r.Field, verdict, r.Why())
	}
}

// changes are the fields that are shown otherwise than before.
func (p cardPage) changes(story cards.VersionStory) {
	if story.Unknown {
		p.printf("      (les versions plus anciennes ne sont pas montrées, ni ce que celle-ci a changé)\n")
		return
	}
	for _, c := range story.Changes {
		switch {
		case c.From == c.To:
		case story.First:
			p.printf("      %s : %s\n", c.Field, c.To)
		default:
			p.printf("      %s : %s → %s\n", c.Field, orEmpty(c.From), orEmpty(c.To))
		}
	}
}

func orEmpty(value string) string {
	if value == "" {
		return "(vide)"
	}
	return value
}
