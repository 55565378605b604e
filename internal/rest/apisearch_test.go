package rest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

type foundJSON struct {
	Cards []struct {
		ID, Number, Former, Town string
		LastName                 string `json:"last_name"`
	}
	Next string
}

func (h *hub) search(body string) answer {
	h.t.Helper()
	return h.do(http.MethodPost, "/api/v1/cards/search", body, bearer(keyFor(cards.RoleReader)), header("Content-Type", "application/json"))
}

func TestStaffFindACardAndFollowIt(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		h.staff()
		h.library("mours")
		h.post("mours", documentOf("mours", cardXML("A1001"), cardXML("A1002"), cardXML("A1003"))).wantReport(http.StatusOK, cards.Integrated)
		var found foundJSON
		var numbers []string
		for cursor := ""; ; cursor = found.Next {
			found = foundJSON{}
			h.search(`{"name":"dupre hel","limit":2,"cursor":"` + cursor + `"}`).see(&found)
			if len(found.Cards) > 2 || len(numbers) > 3 {
				h.t.Fatalf("%+v", found)
			}
			for _, c := range found.Cards {
				numbers = append(numbers, c.Number)
			}
			if found.Next == "" {
				break
			}
		}
		if got := strings.Join(numbers, " "); got != "A1001 A1002 A1003" {
			h.t.Errorf("%s", got)
		}
		h.search(`{"number":"a1002"}`).see(&found)
		if len(found.Cards) != 1 || found.Cards[0].LastName != "Dupré" {
			h.t.Fatalf("%+v", found)
		}
		var card struct{ Number string }
		h.asReader("/cards/" + found.Cards[0].ID).see(&card)
		if card.Number != "A1002" {
			h.t.Errorf("%+v", card)
		}
		h.asReader("/cards/" + strings.Repeat("a", 24)).wantProblem(http.StatusNotFound)
		for body, status := range map[string]int{
			`{}`: http.StatusBadRequest, `{"first_name":"Ana"}`: http.StatusBadRequest, `{"name":"a","limit":51}`: http.StatusUnprocessableEntity,
			`{"name":"a","cursor":"x"}`: http.StatusBadRequest, `{"birth_date":"demain"}`: http.StatusBadRequest,
		} {
			h.search(body).wantProblem(status)
		}
		if logs := h.logs.String(); strings.Contains(logs, "Dupr") || strings.Contains(logs, "A100") {
			h.t.Errorf("the log holds a person's data:\n%s", logs)
		}
	})
}
