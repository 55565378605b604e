package rest_test

import (
	"encoding/json"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

// description is openapi.json, as far as an answer is held against it.
type description struct {
	Paths      map[string]map[string]*describedOperation
	Components struct{ Schemas map[string]schema }
}

type describedOperation struct {
	OperationID string
	Responses   map[string]struct {
		Content map[string]struct{ Schema schema }
	}
}

// description is what the hub says of itself, read once.
func (h *hub) description() *description {
	h.t.Helper()
	h.readOnce.Do(func() {
		h.told = &description{}
		if err := json.Unmarshal([]byte(h.do(http.MethodGet, describedAt, "").body), h.told); err != nil || len(h.told.Paths) == 0 {
			h.t.Errorf("no description: %v", err)
		}
	})
	return h.told
}

const describedAt = "/api/v1/openapi.json"

// wantAsDescribed holds an answer of the JSON interface against the description the hub serves: the status, the type of what is
// answered, and, where that is JSON, all of it. do asks it of every answer.
func (h *hub) wantAsDescribed(method, address string, a answer) {
	h.t.Helper()
	path, _, _ := strings.Cut(address, "?")
	if !strings.HasPrefix(path, "/api/v1/") || path == describedAt || path == "/api/v1/docs" {
		return
	}
	op := h.description().operation(method, path)
	if op == nil {
		return // nothing answers there, as other tests say
	}
	if faults := h.told.answerFaults(op, method, a); len(faults) > 0 {
		h.t.Errorf("%s %s is not as described:\n%s\nHTTP status %d, %s\n%.1000s",
			method, path, strings.Join(faults, "\n"), a.status, a.header.Get("Content-Type"), a.body)
	}
}

// operation finds what answers at a path; nil: nothing does. Words go before parameters.
func (d *description) operation(method, path string) *describedOperation {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	var found *describedOperation
	parts := strings.Split(path, "/")
	for template, methods := range d.Paths {
		op, fits := methods[strings.ToLower(method)], true
		wanted := strings.Split(template, "/")
		for i, part := range wanted {
			fits = fits && len(parts) == len(wanted) && (part == parts[i] || strings.HasPrefix(part, "{"))
		}
		if op != nil && fits && (found == nil || !strings.Contains(template, "{")) {
			found = op
		}
	}
	return found
}

func (d *description) answerFaults(op *describedOperation, method string, a answer) []string {
	declared, told := op.Responses[strconv.Itoa(a.status)]
	if !told {
		return []string{op.OperationID + " does not declare the status"}
	}
	kind, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	content, told := declared.Content[kind]
	switch {
	case method == http.MethodHead:
		return nil
	case kind == "" && a.body == "" && len(declared.Content) == 0:
		return nil
	case !told:
		return []string{op.OperationID + " does not declare the content"}
	case !strings.HasSuffix(kind, "json"):
		return nil
	}
	return d.faultsOf(content.Schema, a.body)
}

// Every operation refuses what nobody described, and no answer is told wrong: the clients made from the description break over it.
func TestEveryAnswerIsAsDescribed(t *testing.T) {
	h := newHub(t)
	busy(h)
	for path, status := range map[string]int{
		"/deposits/1/refused?after=x": http.StatusBadRequest, "/statistics?view=bilan&from=2024&to=2025": http.StatusBadRequest,
		"/statistics.csv?view=bilan&from=2024&to=2025": http.StatusBadRequest, "/statistics?view=mesures": http.StatusOK,
	} {
		h.asReader(path).wantStatus(status)
	}
	for _, r := range h.everyRequest() {
		r.path += "?sieste=1"
		h.asAdministrator(r).wantProblem(http.StatusUnprocessableEntity)
		r.path = strings.TrimSuffix(r.path, "?sieste=1")
		h.asAdministrator(r)
	}
}

// Who leaves a member out is told which.
func TestAMissingMemberIsNamed(t *testing.T) {
	h := newHub(t)
	h.staff()
	a := h.do(http.MethodPost, "/api/v1/users", `{"name":"Zoé"}`, bearer(keyFor(cards.RoleAdministrator)), header("Content-Type", "application/json"))
	a.wantProblem(http.StatusUnprocessableEntity)
	var problem struct {
		Errors []struct{ Location, Message string }
	}
	if err := json.Unmarshal([]byte(a.body), &problem); err != nil || len(problem.Errors) != 1 || problem.Errors[0].Location != "body.role" ||
		!strings.Contains(problem.Errors[0].Message, "absent") {
		t.Errorf("%v\n%s", err, a.body)
	}
}
