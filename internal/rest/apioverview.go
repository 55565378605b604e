package rest

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
)

// overview is the network's state: libraries and what was done for them.
type overview struct {
	store Overview
}

func (s overview) register(d desk) {
	on(d, get(cards.RoleReader, "list-libraries", "/libraries", "Les bibliothèques et leur état"), s.libraries)
	on(d, get(cards.RoleReader, "get-library", "/libraries/{code}", "L’état d’une bibliothèque"), s.library)
	on(d, get(cards.RoleReader, "list-runs", "/runs", "Les travaux, du plus récent au plus ancien"), s.runs)
}

type libraryList struct {
	Body struct {
		Libraries []apiLibrary `json:"libraries"`
		Jobs      []apiJob     `json:"jobs" doc:"Travaux du concentrateur lui-même : dépôt FTP, courriels, reprises"`
	}
}

func (s overview) libraries(ctx context.Context, _ *struct{}) (*libraryList, error) {
	states, err := s.store.Status(ctx)
	if err != nil {
		return nil, err
	}
	jobs, err := s.store.HubJobs(ctx)
	if err != nil {
		return nil, err
	}
	out := &libraryList{}
	out.Body.Libraries, out.Body.Jobs = each(states, toLibrary), each(jobs, toJob)
	return out, nil
}

// LibraryCode names a library in a path. It is exported for the reason ListPage is.
type LibraryCode struct {
	Code string `path:"code" pattern:"^[a-z0-9-]{1,32}$" doc:"Code de la bibliothèque"`
}

type libraryState struct {
	Body apiLibrary
}

func (s overview) library(ctx context.Context, in *LibraryCode) (*libraryState, error) {
	state, err := s.store.LibraryStatus(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	return &libraryState{Body: toLibrary(*state)}, nil
}

type runList struct {
	Body struct {
		Runs       []apiRun `json:"runs"`
		NextBefore *int64   `json:"next_before" doc:"À redonner dans before pour la suite ; null à la fin"`
	}
}

func (s overview) runs(ctx context.Context, in *struct {
	ListPage
	Job string `query:"job" enum:"moisson,push,ftp,confirmation,courriel,depots,fins,menage,ressemblances,alertes,statistiques" doc:"Nature du travail"`
}) (*runList, error) {
	rows, err := s.store.Runs(ctx, cards.RunQuery{
		Library: in.Library, Job: cards.JobKind(in.Job), Before: in.Before, Limit: in.Limit + 1,
	})
	if err != nil {
		return nil, err
	}
	out := &runList{}
	rows, out.Body.NextBefore = cut(rows, in.Limit, func(run cards.Run) int64 { return run.ID })
	out.Body.Runs = each(rows, toRun)
	return out, nil
}
