package rest

import (
	"context"
	"io"
	"net/http"
	"sort"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
)

// Judgements are what staff decide about documents that would modify too many cards.
type Judgements interface {
	Deposits(ctx context.Context, q cards.DepositQuery) ([]cards.Deposit, error)
	Deposit(ctx context.Context, id int64) (*cards.Deposit, error)
	// AcceptDeposit and RefuseDeposit answer with cards.Conflict where the deposit is not suspended.
	AcceptDeposit(ctx context.Context, id int64, by string) error
	RefuseDeposit(ctx context.Context, id int64, by, reason string) error
	// RetryDeposit integrates a document that failed once more, as a deposit of its own; cards.Conflict where it cannot.
	RetryDeposit(ctx context.Context, id int64) (*cards.Deposit, error)
	// RefusedCards are read page by page; next is empty on the last one.
	RefusedCards(ctx context.Context, deposit int64, after string, limit int) (refused []cards.Outcome, next string, err error)
	// DocumentOf answers with cards.NotFound where the bytes are no longer kept.
	DocumentOf(ctx context.Context, deposit int64) (io.ReadCloser, error)
}

// Reports writes the report of a deposit: that of a suspended one says what it would do.
type Reports interface {
	WriteReport(ctx context.Context, d *cards.Deposit, rejectedOnly bool, w io.Writer) error
}

// Documents makes the subject of deposits and of the decisions about those that are suspended.
func Documents(store Judgements, reports Reports) Subject {
	return documents{store: store, reports: reports}
}

type documents struct {
	store   Judgements
	reports Reports
}

func (s documents) register(d desk) {
	on(d, get(cards.RoleReader, "list-deposits", "/deposits", "Les dépôts, du plus récent au plus ancien"), s.list)
	on(d, get(cards.RoleReader, "get-deposit", "/deposits/{id}", "Un dépôt : ce qu’il a fait, ou ferait s’il est suspendu"), s.one)
	on(d, get(cards.RoleReader, "get-deposit-report", "/deposits/{id}/report", "Son rapport, en XML").giving(xmlType).personal(), s.report(d))
	on(d, get(cards.RoleReader, "list-refused-cards", "/deposits/{id}/refused", "Ses cartes refusées, avec les raisons").failing(http.StatusBadRequest).personal(), s.refusedCards)
	on(d, get(cards.RoleOperator, "get-deposit-document", "/deposits/{id}/document", "Le document tel qu’il est arrivé, tant qu’il est conservé").giving(originalType).personal(), s.document(d))
	on(d, post(cards.RoleOperator, "retry-deposit", "/deposits/{id}/retry", "Intégrer à nouveau un document refusé, en tout ou en partie"), s.retry)
	on(d, post(cards.RoleOperator, "accept-deposit", "/deposits/{id}/accept", "Laisser passer un dépôt suspendu"), s.accept)
	on(d, post(cards.RoleOperator, "refuse-deposit", "/deposits/{id}/refuse", "Écarter un dépôt suspendu"), s.refuse)
}

type apiDeposit struct {
	ID          int64        `json:"id"`
	Library     string       `json:"library"`
	Door        string       `json:"door" doc:"Par où il est arrivé" example:"post"`
	Status      string       `json:"status" example:"integre"`
	Simulation  bool         `json:"simulation"`
	Size        int64        `json:"size" doc:"Octets"`
	ArrivedAt   time.Time    `json:"arrived_at"`
	MadeAt      *time.Time   `json:"made_at" doc:"genere-le du document ; null s’il ne le dit pas"`
	FinishedAt  *time.Time   `json:"finished_at" doc:"null tant qu’il est en cours ou attend une décision"`
	Done        int          `json:"done" doc:"Cartes traitées"`
	Counts      cards.Counts `json:"counts" doc:"Ce qu’il a fait ; d’un dépôt suspendu : ce qu’il ferait"`
	Touched     []apiTouched `json:"touched,omitempty" doc:"D’un dépôt suspendu : dans combien de cartes chaque champ changerait, le plus touché d’abord"`
	SuspendedAt *time.Time   `json:"suspended_at" doc:"null s’il ne l’a jamais été"`
	JudgedAt    *time.Time   `json:"judged_at" doc:"null si personne n’a décidé"`
	JudgedBy    string       `json:"judged_by,omitempty"`
	Accepted    bool         `json:"accepted" doc:"Une personne l’a laissé passer"`
	Fault       *cards.Fault `json:"fault,omitempty" doc:"Ce qui a fait refuser le document entier"`
	Kept        bool         `json:"kept" doc:"Ses octets sont encore conservés"`
	RetryOf     int64        `json:"retry_of,omitempty" doc:"Le dépôt dont le document est intégré à nouveau"`
}

type apiTouched struct {
	Field string `json:"field" example:"telephone"`
	Cards int    `json:"cards"`
}

// toDeposit leaves the file's name out: libraries name files as they please, after readers too.
func toDeposit(d cards.Deposit) apiDeposit {
	return apiDeposit{
		ID: d.ID, Library: d.Library, Door: string(d.Door), Status: string(d.Status), Simulation: d.Simulate,
		Size: d.Size, ArrivedAt: d.Arrived.UTC(), MadeAt: moment(d.Made), FinishedAt: moment(d.Finished),
		Done: d.Done, Counts: d.Counts, Touched: toTouched(d.Touched), SuspendedAt: moment(d.Suspended),
		JudgedAt: moment(d.Judged), JudgedBy: d.JudgedBy, Accepted: d.Accepted, Fault: d.Fault,
		Kept: d.Kept, RetryOf: d.RetryOf,
	}
}

func toTouched(fields map[string]int) []apiTouched {
	var list []apiTouched
	for field, n := range fields {
		list = append(list, apiTouched{Field: field, Cards: n})
	}
	sort.Slice(list, func(i, j int) bool {
		a, b := list[i], list[j]
		return a.Cards > b.Cards || a.Cards == b.Cards && a.Field < b.Field
	})
	return list
}

// DepositDocument is the document of one deposit, for the command line.
func DepositDocument(d cards.Deposit) any { return toDeposit(d) }

type depositList struct {
	Body struct {
		Deposits   []apiDeposit `json:"deposits"`
		NextBefore *int64       `json:"next_before" doc:"À redonner dans before pour la suite ; null à la fin"`
	}
}

func (s documents) list(ctx context.Context, in *struct {
	ListPage
	Status string `query:"status" enum:"reception,recu,integre,partiel,refuse,suspendu,simulation" doc:"Absent : tous ; suspendu : ceux qui attendent une décision"`
}) (*depositList, error) {
	rows, err := s.store.Deposits(ctx, cards.DepositQuery{
		Library: in.Library, Status: cards.DepositStatus(in.Status), Before: in.Before, Limit: in.Limit + 1,
	})
	if err != nil {
		return nil, err
	}
	out := &depositList{}
	rows, out.Body.NextBefore = cut(rows, in.Limit, func(d cards.Deposit) int64 { return d.ID })
	out.Body.Deposits = each(rows, toDeposit)
	return out, nil
}

// DepositID names a deposit in a path. It is exported for the reason ListPage is.
type DepositID struct {
	ID int64 `path:"id" minimum:"1"`
}

type oneDeposit struct {
	Body apiDeposit
}

func (s documents) one(ctx context.Context, in *DepositID) (*oneDeposit, error) {
	d, err := s.store.Deposit(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &oneDeposit{Body: toDeposit(*d)}, nil
}

func (s documents) accept(ctx context.Context, in *DepositID) (*oneDeposit, error) {
	if err := s.store.AcceptDeposit(ctx, in.ID, accountOf(ctx).Name); err != nil {
		return nil, err
	}
	return s.one(ctx, in)
}

func (s documents) refuse(ctx context.Context, in *struct {
	DepositID
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"Motif, transmis à la bibliothèque"`
	}
}) (*oneDeposit, error) {
	if err := s.store.RefuseDeposit(ctx, in.ID, accountOf(ctx).Name, in.Body.Reason); err != nil {
		return nil, err
	}
	return s.one(ctx, &in.DepositID)
}

type reportWanted struct {
	DepositID
	Detail string `query:"detail" enum:"rejets" doc:"Seulement les cartes rejetées"`
}

// report streams. The first bytes are held back by the writer of reports: until then an error still has its own answer, and
// behind them the connection ends, so that a report cut short does not look like a whole one.
func (s documents) report(d desk) func(context.Context, *reportWanted) (*huma.StreamResponse, error) {
	return func(ctx context.Context, in *reportWanted) (*huma.StreamResponse, error) {
		found, err := s.store.Deposit(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: func(h huma.Context) {
			d.stream(humaecho.Unwrap(h), xmlType, func(w io.Writer) error { return s.reports.WriteReport(ctx, found, in.Detail != "", w) })
		}}, nil
	}
}

// stream sends what is written as a document of a kind. Its first bytes decide: behind them an error ends the connection.
func (d desk) stream(c echo.Context, contentType string, write func(io.Writer) error) {
	out := &reportWriter{answer: c.Response(), contentType: contentType, status: http.StatusOK, control: http.NewResponseController(c.Response())}
	err := write(out)
	if err == nil {
		return
	}
	status := statusOf(err)
	if status >= http.StatusInternalServerError && hidesCause(err) {
		d.log.ErrorContext(c.Request().Context(), "an answer failed", "path", c.Path(), "error", err)
	}
	if out.begun {
		panic(http.ErrAbortHandler)
	}
	c.Response().Header().Del(echo.HeaderContentDisposition)
	header := http.Header{}
	if status == http.StatusServiceUnavailable {
		header.Set(echo.HeaderRetryAfter, retryAfter)
	}
	_ = writeProblem(c, status, header, cards.MessageOf(err)) // the client left
}
