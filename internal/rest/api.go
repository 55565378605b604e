package rest

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
)

// apiRoot is where the JSON interface begins.
const apiRoot = "/api/v1"

// apiRoutes is the JSON interface staff read the network's state from.
type apiRoutes struct {
	signIn   signIn
	overview Overview
	version  string
	log      *slog.Logger
}

func (r apiRoutes) register(e *echo.Echo) {
	api := humaecho.New(e, r.config())
	api.UseMiddleware(r.requireStaff)
	huma.Register(api, r.operation("list-libraries", "/libraries", "Les bibliothèques et leur état"), r.libraries)
	huma.Register(api, r.operation("get-library", "/libraries/{code}", "L’état d’une bibliothèque"), r.library)
	huma.Register(api, r.operation("list-runs", "/runs", "Les travaux, du plus récent au plus ancien"), r.runs)
	huma.Register(api, r.operation("list-deposits", "/deposits", "Les dépôts, du plus récent au plus ancien"), r.deposits)
	registerOpenAPI(e, api)
	e.Any(apiRoot, problem(http.StatusNotFound))
	e.Any(apiRoot+"/*", problem(http.StatusNotFound))
}

func (r apiRoutes) config() huma.Config {
	config := huma.DefaultConfig("Carte réseau", r.version)
	config.Info.Description = "État du réseau de cartes, pour le personnel."
	// The built-in pages fetch scripts from elsewhere, and the built-in document is written without a lock.
	config.DocsPath, config.OpenAPIPath, config.SchemasPath = "", "", ""
	config.CreateHooks = nil // $schema links to a path that is not served
	config.RejectUnknownQueryParameters = true
	config.Transformers = []huma.Transformer{inFrench}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"key": {Type: "http", Scheme: "bearer", Description: "Clé personnelle, donnée par hub user add"},
	}
	return config
}

func (apiRoutes) operation(id, path, summary string) huma.Operation {
	return huma.Operation{
		OperationID: id, Method: http.MethodGet, Path: apiRoot + path, Summary: summary,
		Security: []map[string][]string{{"key": {}}},
		Errors:   []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusServiceUnavailable},
	}
}

// requireStaff lets nobody pass without a key of at least a reader.
func (r apiRoutes) requireStaff(ctx huma.Context, next func(huma.Context)) {
	c := humaecho.Unwrap(ctx)
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	if refused := r.signIn.reader(c); refused != nil {
		if refused.status >= http.StatusInternalServerError {
			r.log.ErrorContext(ctx.Context(), "sign-in impossible", "error", refused.err)
		}
		_ = writeProblem(c, refused.status, refused.header, cards.MessageOf(refused.err)) // the client left
		return
	}
	next(ctx)
}

type libraryList struct {
	Body struct {
		Libraries []apiLibrary `json:"libraries"`
		Jobs      []apiJob     `json:"jobs" doc:"Travaux du concentrateur lui-même : dépôt FTP, courriels, reprises"`
	}
}

func (r apiRoutes) libraries(ctx context.Context, _ *struct{}) (*libraryList, error) {
	states, err := r.overview.Status(ctx)
	if err != nil {
		return nil, r.fail(ctx, err)
	}
	jobs, err := r.overview.HubJobs(ctx)
	if err != nil {
		return nil, r.fail(ctx, err)
	}
	out := &libraryList{}
	out.Body.Libraries, out.Body.Jobs = each(states, toLibrary), each(jobs, toJob)
	return out, nil
}

type libraryState struct {
	Body apiLibrary
}

func (r apiRoutes) library(ctx context.Context, in *struct {
	Code string `path:"code" pattern:"^[a-z0-9-]{1,32}$" doc:"Code de la bibliothèque"`
}) (*libraryState, error) {
	state, err := r.overview.LibraryStatus(ctx, in.Code)
	if err != nil {
		return nil, r.fail(ctx, err)
	}
	return &libraryState{Body: toLibrary(*state)}, nil
}

// ListPage is how every list that grows is read. It is exported only because huma passes over embedded types that are not.
type ListPage struct {
	Library string `query:"library" pattern:"^[a-z0-9-]{1,32}$" doc:"Code d’une bibliothèque ; absent : toutes"`
	Before  int64  `query:"before" minimum:"1" doc:"Ne rend que les numéros inférieurs : next_before de la page précédente"`
	Limit   int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Nombre de lignes"`
}

type runList struct {
	Body struct {
		Runs       []apiRun `json:"runs"`
		NextBefore *int64   `json:"next_before" doc:"À redonner dans before pour la suite ; null à la fin"`
	}
}

func (r apiRoutes) runs(ctx context.Context, in *struct {
	ListPage
	Job string `query:"job" enum:"moisson,push,ftp,confirmation,courriel,depots,fins,menage" doc:"Nature du travail"`
}) (*runList, error) {
	rows, err := r.overview.Runs(ctx, cards.RunQuery{
		Library: in.Library, Job: cards.JobKind(in.Job), Before: in.Before, Limit: in.Limit + 1,
	})
	if err != nil {
		return nil, r.fail(ctx, err)
	}
	out := &runList{}
	rows, out.Body.NextBefore = cut(rows, in.Limit, func(run cards.Run) int64 { return run.ID })
	out.Body.Runs = each(rows, toRun)
	return out, nil
}

type depositList struct {
	Body struct {
		Deposits   []apiDeposit `json:"deposits"`
		NextBefore *int64       `json:"next_before" doc:"À redonner dans before pour la suite ; null à la fin"`
	}
}

func (r apiRoutes) deposits(ctx context.Context, in *ListPage) (*depositList, error) {
	rows, err := r.overview.Deposits(ctx, cards.DepositQuery{Library: in.Library, Before: in.Before, Limit: in.Limit + 1})
	if err != nil {
		return nil, r.fail(ctx, err)
	}
	out := &depositList{}
	rows, out.Body.NextBefore = cut(rows, in.Limit, func(d cards.Deposit) int64 { return d.ID })
	out.Body.Deposits = each(rows, toDeposit)
	return out, nil
}

// fail logs what the answer must not say.
func (r apiRoutes) fail(ctx context.Context, err error) error {
	status := statusOf(err)
	if status < http.StatusInternalServerError {
		return huma.NewError(status, cards.MessageOf(err))
	}
	r.log.ErrorContext(ctx, "status not readable", "error", err)
	return huma.ErrorWithHeaders(huma.NewError(status, cards.MessageOf(err)), http.Header{echo.HeaderRetryAfter: {retryAfter}})
}

// cut takes the row off that was asked for only to learn whether there is a next page.
func cut[T any](rows []T, limit int, id func(T) int64) ([]T, *int64) {
	if len(rows) <= limit {
		return rows, nil
	}
	rows = rows[:limit]
	next := id(rows[limit-1])
	return rows, &next
}

func each[T, U any](rows []T, to func(T) U) []U {
	out := make([]U, len(rows))
	for i, row := range rows {
		out[i] = to(row)
	}
	return out
}
