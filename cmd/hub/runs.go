package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/rest"
)

type runsCommand struct {
	Library string `name:"library" placeholder:"CODE" help:"Seulement ceux de cette bibliothèque."`
	Job     string `name:"job" default:"" enum:",moisson,push,ftp,confirmation,courriel,depots,fins,menage,ressemblances,alertes,statistiques" placeholder:"TRAVAIL" help:"Seulement ce travail : moisson, push (livraison), ftp (relève FTP), confirmation (rapport reçu), courriel (courriels), depots (reprise de dépôts), fins (cartes terminées), menage (ménage), ressemblances (recherche de doublons), alertes, statistiques."`
	Limit   int    `name:"limit" default:"50" help:"Nombre de travaux ; 0 : tous ceux qui sont conservés."`
	JSON    bool   `name:"json" help:"Un document JSON par ligne, comme dans /api/v1/runs."`
}

// Run lists the work done, the newest first.
func (a runsCommand) Run(ctx context.Context, s *Settings, c console) error {
	f, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	defer f.close()
	if a.Library != "" {
		if _, err := f.store.Library(ctx, a.Library); err != nil {
			return err
		}
	}
	read := func(before int64) ([]cards.Run, error) {
		return f.store.Runs(ctx, cards.RunQuery{Library: a.Library, Job: cards.JobKind(a.Job), Before: before, Limit: pageOfRows})
	}
	rows, err := newest(a.Limit, read, func(r cards.Run) int64 { return r.ID })
	if err != nil {
		return err
	}
	return wholeList[cards.Run]{rest.RunDocument, printRuns, "Aucun travail."}.write(c, f, rows, a.JSON)
}

func printRuns(c console, rows []cards.Run, place *time.Location) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "COMMENCÉ LE\tTRAVAIL\tBIBLIOTHÈQUE\tCARTES\tCRÉÉES\tMODIFIÉES\tREJETÉES\tDÉPÔT\tRÉSULTAT")
	for _, r := range rows {
		n, deposit := r.Counts, ""
		if r.Deposit != 0 {
			deposit = fmt.Sprint(r.Deposit)
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", shown(r.Started, place), r.Job.French(), r.Library,
			grouped(n.Received), grouped(n.Created), grouped(n.Modified), grouped(n.Rejected), deposit, runResult(&r))
	}
	return w.Flush()
}

func runResult(r *cards.Run) string {
	switch {
	case r.Finished.IsZero():
		return "en cours"
	case r.OK:
		return "bien"
	}
	return "échec : " + r.Error.String()
}
