package rest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

// ask posts a JSON body as the member of staff whose key it is.
func (h *hub) ask(key, path, body string) answer {
	h.t.Helper()
	return h.do(http.MethodPost, "/api/v1"+path, body, bearer(key), header("Content-Type", "application/json"))
}

// team gives the network a member of staff of each role; keys are by role.
func (h *hub) team() map[cards.Role]string {
	h.t.Helper()
	keys := map[cards.Role]string{}
	for _, role := range []cards.Role{cards.RoleReader, cards.RoleOperator, cards.RoleAdministrator} {
		keys[role] = "clef-personnelle-" + string(role)
		if _, err := h.db.AddUser(h.t.Context(), cards.User{Name: "Équipe " + string(role), Role: role}, keys[role]); err != nil {
			h.t.Fatal(err)
		}
	}
	return keys
}

func TestStaffLookACardUp(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		keys := h.team()
		h.library("mours")
		h.library("peyrins")
		h.post("mours", documentOf("mours", cardXML("A1"))).wantReport(http.StatusOK, cards.Integrated)
		a := h.ask(keys[cards.RoleReader], "/cards/lookup", `{"number":"a1"}`)
		a.wantOK()
		for _, want := range []string{
			`"number":"A1"`, `"origin":"mours"`, `"field":"nom"`, `"door":"post"`, `"state":"a-jour"`, `"state":"attendue"`, "jamais",
		} {
			if !strings.Contains(a.body, want) {
				h.t.Errorf("%s is not said in %s", want, a.body)
			}
		}
		h.ask(keys[cards.RoleReader], "/cards/lookup", `{"number":"B9"}`).wantProblem(http.StatusNotFound)
		h.ask(keys[cards.RoleReader], "/cards/lookup", `{"number":"un nom"}`).wantProblem(http.StatusUnprocessableEntity)
		h.ask("wrong", "/cards/lookup", `{"number":"A1"}`).wantProblem(http.StatusUnauthorized)
		h.do(http.MethodGet, "/api/v1/cards/A1", "", bearer(keys[cards.RoleReader])).wantProblem(http.StatusUnprocessableEntity) // no number in an address
	})
}

// A version is told with what stood before; the first has nothing before it.
func TestAVersionIsToldWithWhatStoodBefore(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		keys := h.team()
		h.library("mours")
		for _, phone := range []string{"", "<telephone>0475000000</telephone>", "<telephone>0475111111</telephone>"} {
			card := strings.Replace(cardXML("A1"), "<inscription>", phone+"<inscription>", 1)
			h.post("mours", documentOf("mours", card)).wantReport(http.StatusOK, cards.Integrated)
		}
		a := h.ask(keys[cards.RoleReader], "/cards/lookup", `{"number":"A1"}`)
		a.wantOK()
		for _, want := range []string{
			`{"field":"telephone","before":"0475000000","value":"0475111111"}`, `{"field":"telephone","before":"","value":"0475000000"}`,
			`{"field":"nom","value":"Dupré"}`, `"older_versions":false`,
		} {
			if !strings.Contains(a.body, want) {
				h.t.Errorf("%s is not said in %s", want, a.body)
			}
		}
	})
}

func TestStaffHaveEverythingDeliveredAgain(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		keys := h.team()
		h.library("mours")
		h.post("mours", documentOf("mours", cardXML("A1"), cardXML("A2"))).wantReport(http.StatusOK, cards.Integrated)
		h.ask(keys[cards.RoleReader], "/libraries/mours/deliver", "").wantProblem(http.StatusForbidden)
		a := h.ask(keys[cards.RoleOperator], "/libraries/mours/deliver", "")
		if a.wantOK(); !strings.Contains(a.body, `"cards":2`) {
			h.t.Errorf("%s", a.body)
		}
		a = h.do(http.MethodGet, "/api/v1/libraries/mours", "", bearer(keys[cards.RoleReader]))
		if a.wantOK(); !strings.Contains(a.body, `"again":2`) || !strings.Contains(a.body, `"by":"Équipe operator"`) || !strings.Contains(a.body, `"drift":null`) {
			h.t.Errorf("%s", a.body)
		}
		h.ask(keys[cards.RoleOperator], "/libraries/nulle-part/deliver", "").wantProblem(http.StatusNotFound)
	})
}

func TestADriftIsShown(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		keys := h.team()
		h.library("mours")
		h.post("mours", documentOf("mours", cardXML("A1"), cardXML("A2"))).wantReport(http.StatusOK, cards.Integrated)
		whole := strings.Replace(documentOf("mours", cardXML("A1")), `etablissement="mours"`, `etablissement="mours" mode="complet"`, 1)
		h.post("mours", whole).wantReport(http.StatusOK, cards.Integrated)
		a := h.do(http.MethodGet, "/api/v1/libraries/mours", "", bearer(keys[cards.RoleReader]))
		if a.wantOK(); !strings.Contains(a.body, `"expected":2,"held":1,"differing":0`) {
			h.t.Errorf("%s", a.body)
		}
	})
}

func TestStaffEraseACardAndTakeConfirmationsDown(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		keys := h.team()
		h.library("mours")
		h.library("peyrins")
		h.post("mours", documentOf("mours", cardXML("2610000012345"))).wantReport(http.StatusOK, cards.Integrated)
		const body = `{"number":"2610000012345"}`
		h.ask(keys[cards.RoleOperator], "/erasures", body).wantProblem(http.StatusForbidden)
		a := h.ask(keys[cards.RoleAdministrator], "/erasures", body)
		if a.wantOK(); strings.Contains(a.body, "2610000012345") || !strings.Contains(a.body, `"library":"mours","sent":false,"confirmed_at":null`) {
			h.t.Errorf("%s", a.body)
		}
		h.ask(keys[cards.RoleAdministrator], "/erasures", body).wantProblem(http.StatusConflict)
		h.ask(keys[cards.RoleReader], "/cards/lookup", body).wantProblem(http.StatusNotFound)
		if err := h.db.TakeUp(h.t.Context()); err != nil {
			h.t.Fatal(err)
		}
		h.ask(keys[cards.RoleReader], "/erasures/1/libraries/mours/confirm", "").wantProblem(http.StatusForbidden)
		h.ask(keys[cards.RoleOperator], "/erasures/1/libraries/peyrins/confirm", "").wantProblem(http.StatusNotFound)
		h.ask(keys[cards.RoleOperator], "/erasures/1/libraries/mours/confirm", "").wantOK()
		for _, path := range []string{"/erasures", "/erasures/1"} {
			a = h.do(http.MethodGet, "/api/v1"+path, "", bearer(keys[cards.RoleReader]))
			if a.wantOK(); !strings.Contains(a.body, `"confirmed_by":"Équipe operator"`) || strings.Contains(a.body, `"finished_at":null`) ||
				!strings.Contains(a.body, `"sent":false,"withdrawn":true`) {
				h.t.Errorf("%s: %s", path, a.body)
			}
		}
		h.do(http.MethodGet, "/api/v1/erasures/9", "", bearer(keys[cards.RoleReader])).wantProblem(http.StatusNotFound)
		report := h.post("mours", documentOf("mours", cardXML("2610000012345")))
		if !strings.Contains(report.body, `code="numero-efface"`) || strings.Contains(report.body, "2610000012345") {
			h.t.Errorf("a stale file: %s", report.body)
		}
	})
}
