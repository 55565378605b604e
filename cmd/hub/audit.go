package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/rest"
)

type auditCommand struct {
	List   auditList   `cmd:"" help:"Lister qui a vu ou fait quoi, du plus récent au plus ancien."`
	Export auditExport `cmd:"" help:"Écrire tout le journal en CSV sur la sortie standard."`
}

// auditFilter narrows the log.
type auditFilter struct {
	Actor   string `name:"actor" placeholder:"NOM" help:"Seulement ce compte."`
	Action  string `name:"action" placeholder:"OPÉRATION" help:"Seulement cette opération (look-up-card, erase-card…)."`
	Subject string `name:"subject" placeholder:"SUJET" help:"Seulement ce qui porte là-dessus (« dépôt 12 », « carte abc… »)."`
	From    string `name:"from" placeholder:"AAAA-MM-JJ" help:"À partir de ce jour."`
	To      string `name:"to" placeholder:"AAAA-MM-JJ" help:"Jusqu’à ce jour compris."`
}

func (a auditFilter) query(place *time.Location) (q cards.AuditQuery, err error) {
	q = cards.AuditQuery{Actor: a.Actor, Action: a.Action, Subject: cards.AuditSubjectTyped(a.Subject)}
	if q.From, err = dayIn(place, "--from", a.From); err != nil {
		return q, err
	}
	if q.To, err = dayIn(place, "--to", a.To); err != nil || q.To.IsZero() {
		return q, err
	}
	q.To = q.To.AddDate(0, 0, 1)
	return q, nil
}

// dayIn reads the beginning of a day; the zero time where none is given.
func dayIn(place *time.Location, option, day string) (time.Time, error) {
	if day == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, day, place)
	if err != nil {
		return t, cards.Errorf(cards.Invalid, "%s : un jour comme 2026-11-28 est attendu", option)
	}
	return t, nil
}

type auditList struct {
	auditFilter
	Limit int  `name:"limit" default:"50" help:"Nombre de lignes ; 0 : toutes."`
	JSON  bool `name:"json" help:"Un document JSON par ligne, comme dans /api/v1/audit."`
}

// Run lists entries. Who reads the log is in it.
func (a auditList) Run(ctx context.Context, s *Settings, c console) error {
	f, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	defer f.close()
	q, err := a.query(f.place)
	if err != nil {
		return err
	}
	return f.carryOut(ctx, "list-audit", "", "", func() error {
		var rows []cards.AuditEntry
		for e, err := range f.store.AuditAll(ctx, q) {
			if err != nil {
				return err
			}
			if rows = append(rows, e); len(rows) == a.Limit {
				break
			}
		}
		return wholeList[cards.AuditEntry]{rest.AuditDocument, printAudit, "Rien de tel au journal d’audit."}.write(c, f, rows, a.JSON)
	})
}

func printAudit(c console, rows []cards.AuditEntry, place *time.Location) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "N°\tMOMENT\tQUI\tRÔLE\tPAR\tOPÉRATION\tSUJET\tDÉTAIL")
	for _, e := range rows {
		_, _ = fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", e.ID, e.At.In(place).Format("02/01/2006 15:04:05"), e.Actor,
			orDash(string(e.Role)), e.Door, e.Action, orDash(cards.AuditInWords(e.Subject)), cards.AuditInWords(e.Detail))
	}
	return w.Flush()
}

type auditExport struct {
	auditFilter
	JSON bool `name:"json" help:"Un document JSON par ligne au lieu du CSV."`
}

// Run writes the log as a table.
func (a auditExport) Run(ctx context.Context, s *Settings, c console) error {
	f, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	defer f.close()
	q, err := a.query(f.place)
	if err != nil {
		return err
	}
	return f.carryOut(ctx, "export-audit", "", "", func() error {
		entries := f.store.AuditAll(ctx, q)
		if !a.JSON {
			return rest.WriteAuditCSV(c.out, entries)
		}
		for e, err := range entries {
			if err != nil {
				return err
			}
			if err := eachAsJSON(c, []cards.AuditEntry{e}, rest.AuditDocument); err != nil {
				return err
			}
		}
		return nil
	})
}
