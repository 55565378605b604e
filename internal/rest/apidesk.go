package rest

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
)

// Subject is one matter staff look at or decide in over the JSON interface: a few operations, in one file of their own.
//
// To add one, write apiMATTER.go with
//   - the interface of what its operations need of the store, as few methods as they call;
//   - an unexported struct that holds it, and an exported function that makes a Subject of a store;
//   - its register, one line an operation, each naming the role it needs:
//     on(d, post(cards.RoleOperator, "keep-conflict", "/conflicts/{id}/keep", "Garder la valeur"), s.keep);
//   - handlers func(ctx, *input) (*output, error), with the documents they read and write as types of their own.
//
// Then name it in cmd/hub/subjects.go, and in subjectsOf of this package's tests.
//
// A handler returns the errors of the store as they are: on translates them. accountOf(ctx) is who is asking; what a person
// decides is recorded under its Name. Card numbers and names never stand in a path or a query, only in the body of a POST.
// Whoever acts, or is shown what is a person's, is recorded first: apirecord.go says how, and what an operation has to state.
// huma checks bodies against the input's Go types before a handler sees them: members nobody declared are refused, and a text
// that reaches the database needs a pattern or a maxLength of its own.
type Subject interface {
	register(d desk)
}

// desk is where subjects lay their operations out.
type desk struct {
	api       huma.API
	audit     Audit
	passwords *cards.PasswordLine
	log       *slog.Logger
}

// operation is what a subject says of one of its operations.
type operation struct {
	role              cards.Role
	method            string
	id, path, summary string // the path below apiRoot
	success           int    // the status; 0: as huma has it
	content           string // the media type of what is no JSON
	errors            []int
	reads             bool // whatever its method, it changes nothing
	isPersonal        bool // it shows what is a person's
	about             func(ctx context.Context, in any) string
}

// get is an operation that reads.
func get(role cards.Role, id, path, summary string) operation {
	return operation{role: role, method: http.MethodGet, id: id, path: path, summary: summary, reads: true}
}

// post is an operation that changes something, or whose question holds what no URL may hold.
func post(role cards.Role, id, path, summary string) operation {
	return operation{
		role: role, method: http.MethodPost, id: id, path: path, summary: summary,
		errors: []int{
			http.StatusBadRequest, http.StatusRequestTimeout, http.StatusConflict, http.StatusRequestEntityTooLarge,
			http.StatusUnsupportedMediaType,
		},
	}
}

// patch and remove are posts by other methods, for what has an address of its own.
func patch(role cards.Role, id, path, summary string) operation {
	return post(role, id, path, summary).by(http.MethodPatch)
}

func remove(role cards.Role, id, path, summary string) operation {
	return post(role, id, path, summary).by(http.MethodDelete)
}

func (op operation) by(method string) operation {
	op.method = method
	return op
}

// creating says that what is made has an address of its own now.
func (op operation) creating() operation {
	op.success = http.StatusCreated
	return op
}

// giving says that the answer is a document of another kind than JSON.
func (op operation) giving(contentType string) operation {
	op.content, _, _ = strings.Cut(contentType, ";")
	return op
}

// failing adds statuses the operation may end with.
func (op operation) failing(statuses ...int) operation {
	op.errors = append(slices.Clone(op.errors), statuses...)
	return op
}

// personal says that the answer is about persons: that somebody reads it is recorded.
func (op operation) personal() operation {
	op.isPersonal = true
	return op
}

// asking says of a POST that it changes nothing: its question holds what no URL may hold.
func (op operation) asking() operation {
	op.reads, op.isPersonal = true, true
	return op
}

// saying adds to the record what neither the path nor the cards tell. It must not be a reader's.
func (op operation) saying(about func(ctx context.Context, in any) string) operation {
	op.about = about
	return op
}

// maxJSON bounds the body of a JSON request: decisions are a few words long.
const maxJSON = 64 << 10

// roleOf is where an operation carries its role for requireStaff.
const roleOf = "role"

var roleNames = map[cards.Role]string{
	cards.RoleReader: "lecture (reader)", cards.RoleOperator: "opérateur (operator)", cards.RoleAdministrator: "administrateur (administrator)",
}

// on joins an operation to its handler.
func on[I, O any](d desk, op operation, handle func(context.Context, *I) (*O, error)) {
	if _, shows := any((*O)(nil)).(showing); shows {
		op.isPersonal = true
	}
	described := huma.Operation{
		OperationID: op.id, Method: op.method, Path: apiRoot + op.path, Summary: op.summary,
		Description:   "Rôle nécessaire : " + roleNames[op.role] + "." + op.recordSaid(),
		Security:      []map[string][]string{{"key": {}}},
		Metadata:      map[string]any{roleOf: op.role},
		MaxBodyBytes:  maxJSON,
		DefaultStatus: op.success, Responses: answersOf[I](op),
		Errors: append([]int{
			http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusTooManyRequests,
			http.StatusServiceUnavailable,
		}, op.errors...),
	}
	huma.Register(d.api, described, func(ctx context.Context, in *I) (*O, error) {
		out, err := recorded(ctx, d, op, in, handle)
		if err != nil {
			return nil, d.fail(ctx, op.id, err)
		}
		return out, nil
	})
}

// fail logs what the answer must not say.
func (d desk) fail(ctx context.Context, id string, err error) error {
	if refused, is := errors.AsType[*refusal](err); is {
		return huma.ErrorWithHeaders(&ownError{huma.ErrorModel{Title: titles[refused.status], Status: refused.status, Detail: cards.MessageOf(err)}}, refused.header)
	}
	status := statusOf(err)
	own := &ownError{huma.ErrorModel{Title: titles[status], Status: status, Detail: cards.MessageOf(err)}}
	if status < http.StatusInternalServerError {
		return own
	}
	d.log.ErrorContext(ctx, "operation failed", "operation", id, "error", err)
	return huma.ErrorWithHeaders(own, http.Header{echo.HeaderRetryAfter: {retryAfter}})
}

// ownError is an error whose words are the hub's already.
type ownError struct {
	huma.ErrorModel
}

type (
	accountKey struct{}
	callerKey  struct{}
)

// accountOf is who asks for the operation under way: requireStaff lets nobody else near a handler.
func accountOf(ctx context.Context) *cards.User { return ctx.Value(accountKey{}).(*cards.User) }

// callerOf is from where.
func callerOf(ctx context.Context) string { return ctx.Value(callerKey{}).(string) }

// requireStaff lets nobody pass without a key of at least the role the operation names.
func (d desk) requireStaff(sign signIn) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		c := humaecho.Unwrap(ctx)
		noStore(c)
		role, stated := ctx.Operation().Metadata[roleOf].(cards.Role)
		if !stated {
			role = cards.RoleAdministrator
		}
		user, refused := sign.atLeast(c, role)
		if refused == nil {
			ctx = huma.WithValue(huma.WithValue(ctx, accountKey{}, user), callerKey{}, c.RealIP())
			next(huma.WithValue(ctx, subjectsKey{}, subjectsOf(ctx)))
			return
		}
		if refused.status >= http.StatusInternalServerError {
			d.log.ErrorContext(ctx.Context(), "sign-in impossible", "error", refused.err)
		}
		_ = writeProblem(c, refused.status, refused.header, cards.MessageOf(refused.err)) // the client left
	}
}
