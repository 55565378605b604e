package rest_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// staff adds a member of staff of each role; keyFor is their key.
func (h *hub) staff() {
	h.t.Helper()
	for _, role := range []cards.Role{cards.RoleReader, cards.RoleOperator, cards.RoleAdministrator} {
		if _, err := h.db.AddUser(h.t.Context(), cards.User{Name: "compte " + string(role), Role: role}, keyFor(role)); err != nil {
			h.t.Fatal(err)
		}
	}
}

func keyFor(role cards.Role) string { return "clef-personnelle-de-" + string(role) }

// decide posts to the JSON interface as an operator does.
func (h *hub) decide(path, body string, tweaks ...tweak) answer {
	h.t.Helper()
	tweaks = append([]tweak{bearer(keyFor(cards.RoleOperator)), header("Content-Type", "application/json")}, tweaks...)
	return h.do(http.MethodPost, "/api/v1"+path, body, tweaks...)
}

// see reads an answer that is to be 200.
func (a answer) see(into any) answer {
	a.t.Helper()
	a.wantOK()
	if err := json.Unmarshal([]byte(a.body), into); err != nil {
		a.t.Errorf("%v\n%s", err, a.body)
	}
	return a
}

func (h *hub) asReader(path string) answer {
	h.t.Helper()
	return h.do(http.MethodGet, "/api/v1"+path, "", bearer(keyFor(cards.RoleReader)))
}

// described is what the interface says of one operation.
type described struct {
	OperationID string
	Description string
	Security    []map[string][]string
	Responses   map[string]any
	Parameters  []parameter
}

type parameter struct {
	Name, In string
	Schema   struct{ Maximum, Minimum *float64 }
}

func (h *hub) operations() map[string]map[string]described {
	h.t.Helper()
	var document struct {
		Paths map[string]map[string]described
	}
	h.do(http.MethodGet, "/api/v1/openapi.json", "").see(&document)
	if len(document.Paths) < 10 {
		h.t.Errorf("only %d addresses are described", len(document.Paths))
	}
	return document.Paths
}

// Every operation there is, now and later: nobody gets in without a key, and a role that is too low is told which is needed.
func TestEveryOperationAsksForItsRole(t *testing.T) {
	h := newHub(t)
	h.staff()
	for path, methods := range h.operations() {
		address := strings.NewReplacer("{id}", "1", "{code}", "mours").Replace(path)
		for method, op := range methods {
			method = strings.ToUpper(method)
			if !strings.Contains(op.Description, "Rôle nécessaire : ") || len(op.Security) != 1 || op.Responses["403"] == nil {
				t.Errorf("%s %s does not say who may: %+v", method, path, op)
			}
			h.do(method, address, "{}").wantProblem(http.StatusUnauthorized)
			a := h.do(method, address, "{}", bearer(keyFor(cards.RoleReader)))
			if strings.Contains(op.Description, "(reader)") {
				if a.status == http.StatusForbidden {
					t.Errorf("%s %s: a reader may not read", method, path)
				}
				continue
			}
			a.wantProblem(http.StatusForbidden)
			if !strings.Contains(a.body, "votre compte a le rôle reader") {
				t.Errorf("%s %s: %s", method, path, a.body)
			}
			if strings.Contains(op.Description, "(administrator)") {
				h.do(method, address, "{}", bearer(keyFor(cards.RoleOperator))).wantProblem(http.StatusForbidden)
			}
		}
	}
}

// Every list is read in pages, none of which is larger than the hub says.
func TestEveryPageIsBounded(t *testing.T) {
	h := newHub(t)
	h.staff()
	h.library("mours")
	bounded := 0
	for path, methods := range h.operations() {
		for method, op := range methods {
			for _, p := range op.Parameters {
				if p.Name != "limit" {
					continue
				}
				bounded++
				if p.Schema.Maximum == nil || *p.Schema.Maximum > 1000 || p.Schema.Minimum == nil || *p.Schema.Minimum != 1 {
					t.Errorf("%s %s: a page without bounds", method, path)
					continue
				}
				address := strings.NewReplacer("{id}", "1", "{code}", "mours").Replace(path)
				for _, limit := range []string{"0", strconv.Itoa(int(*p.Schema.Maximum) + 1)} {
					h.do(strings.ToUpper(method), address+"?limit="+limit, "", bearer(keyFor(cards.RoleAdministrator))).wantProblem(http.StatusUnprocessableEntity)
				}
			}
			if strings.HasPrefix(op.OperationID, "list-") && !slices.Contains([]string{"list-libraries", "list-users"}, op.OperationID) && !slices.ContainsFunc(op.Parameters,
				func(p parameter) bool { return p.Name == "limit" }) {
				t.Errorf("%s is a list without pages", op.OperationID)
			}
		}
	}
	if bounded < 6 {
		t.Errorf("only %d lists", bounded)
	}
}

func TestWhatABodyMayNotBe(t *testing.T) {
	h := newHub(t)
	h.staff()
	const path = "/duplicates/same"
	const number = "2610000012345"
	for name, c := range map[string]struct {
		body   string
		tweaks []tweak
		status int
	}{
		"none":           {"", nil, http.StatusBadRequest},
		"no JSON":        {"<cartes/>", nil, http.StatusBadRequest},
		"cut":            {`{"goes_on":"` + number, nil, http.StatusBadRequest},
		"unknown member": {`{"goes_on":"` + number + `","other":"2","force":true}`, nil, http.StatusUnprocessableEntity},
		"member missing": {`{"goes_on":"` + number + `"}`, nil, http.StatusUnprocessableEntity},
		"no number":      {`{"goes_on":"` + number + `","other":"\u0000"}`, nil, http.StatusUnprocessableEntity},
		"wrong type":     {`{"goes_on":` + number + `,"other":"2"}`, nil, http.StatusUnprocessableEntity},
		"another type":   {`{"goes_on":"` + number + `","other":"2"}`, []tweak{header("Content-Type", "application/xml")}, http.StatusUnsupportedMediaType},
		"too large":      {`{"goes_on":"` + strings.Repeat("1", 1<<20) + `"}`, nil, http.StatusRequestEntityTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			a := h.decide(path, c.body, c.tweaks...)
			a.t = t
			a.wantProblem(c.status)
			if strings.Contains(a.body, number) {
				t.Errorf("the answer repeats a card number: %s", a.body)
			}
			for _, english := range []string{"expected", "required", "body is", "unknown", "validation", "unexpected"} {
				if strings.Contains(a.body, english) {
					t.Errorf("%q is English: %s", english, a.body)
				}
			}
		})
	}
	h.decide(path+"?force=1", `{"goes_on":"1","other":"2"}`).wantProblem(http.StatusUnprocessableEntity)
	h.do(http.MethodGet, "/api/v1"+path, "", bearer(keyFor(cards.RoleOperator))).wantProblem(http.StatusNotFound)
	if strings.Contains(h.logs.String(), number) {
		t.Errorf("the log holds a card number:\n%s", h.logs)
	}
}

// moved is one of the moments in an answer.
func moved(t *testing.T, text *time.Time) {
	t.Helper()
	if text == nil || time.Since(*text) > time.Hour || time.Until(*text) > time.Hour {
		t.Errorf("a moment of %v", text)
	}
}
