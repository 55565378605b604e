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
	on(d, get(cards.RoleReader, "get-run", "/runs/{id}", "Un travail : ce qu’il a fait"), s.run)
}

type libraryList struct {
	Status int
	ETag   string `header:"ETag"`
	Body   struct {
		Libraries []apiLibrary `json:"libraries"`
		Jobs      []apiJob     `json:"jobs" doc:"Travaux du concentrateur lui-même : dépôt FTP, courriels, reprises"`
	}
}

func (s overview) libraries(ctx context.Context, in *IfNoneMatch) (*libraryList, error) {
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
	out.ETag, out.Status, err = in.tag(out.Body)
	return out, err
}

// LibraryCode names a library in a path. It is exported for the reason ListPage is.
type LibraryCode struct {
	Code string `path:"code" pattern:"^[a-z0-9-]{1,32}$" doc:"Code de la bibliothèque"`
}

type libraryState struct {
	Status int
	ETag   string `header:"ETag"`
	Body   apiLibrary
}

func (s overview) library(ctx context.Context, in *struct {
	LibraryCode
	IfNoneMatch
}) (*libraryState, error) {
	state, err := s.store.LibraryStatus(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	out := &libraryState{Body: toLibrary(*state)}
	out.ETag, out.Status, err = in.tag(out.Body)
	return out, err
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

type oneRun struct {
	Body apiRun
}

func (s overview) run(ctx context.Context, in *struct {
	ID int64 `path:"id" minimum:"1" doc:"Numéro du travail"`
}) (*oneRun, error) {
	run, err := s.store.Run(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &oneRun{Body: toRun(*run)}, nil
}
