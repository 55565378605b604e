package rest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/intake"
)

type depositJSON struct {
	ID              int64
	Library, Status string
	Counts          cards.Counts
	Touched         []struct {
		Field string
		Cards int
	}
	SuspendedAt *time.Time `json:"suspended_at"`
	JudgedAt    *time.Time `json:"judged_at"`
	JudgedBy    string     `json:"judged_by"`
	FinishedAt  *time.Time `json:"finished_at"`
	Accepted    bool
	Fault       *cards.Fault
}

type depositsJSON struct{ Deposits []depositJSON }

// manyPhones is a document of n cards that all have the same phone number.
func manyPhones(library string, n int, phone string) string {
	list := make([]string, n)
	for i := range list {
		list[i] = phoneXML(fmt.Sprintf("M%06d", i), phone)
	}
	return documentOf(library, list...)
}

// TestStaffJudgeSuspendedDeposits posts too many changes twice: one document is let through, the other set aside.
func TestStaffJudgeSuspendedDeposits(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		h.staff()
		h.library("mours")
		h.post("mours", manyPhones("mours", 600, "04 75 00 00 00")).wantReport(http.StatusOK, cards.Integrated)
		posted := h.post("mours", manyPhones("mours", 600, "04 75 11 11 11"))
		posted.wantReport(http.StatusAccepted, cards.Suspended, `modifiees="600"`)
		if posted.header.Get("Location") != "/depots/2" {
			h.t.Errorf("Location %q", posted.header.Get("Location"))
		}
		h.post("mours", manyPhones("mours", 600, "04 75 22 22 22")).wantReport(http.StatusAccepted, cards.Suspended)

		var page depositsJSON
		h.asReader("/deposits?status=suspendu").see(&page)
		if len(page.Deposits) != 2 || page.Deposits[1].ID != 2 || page.Deposits[1].Counts.Modified != 600 {
			h.t.Fatalf("%+v", page)
		}
		var d depositJSON
		h.asReader("/deposits/2").see(&d)
		if d.Status != "suspendu" || d.FinishedAt != nil || len(d.Touched) != 1 || d.Touched[0].Field != "telephone" || d.Touched[0].Cards != 600 {
			h.t.Errorf("%+v", d)
		}
		moved(h.t, d.SuspendedAt)
		report := h.asReader("/deposits/2/report")
		if report.status != http.StatusOK || !strings.HasPrefix(report.header.Get("Content-Type"), "application/xml") ||
			strings.Count(report.body, `resultat="modifiee"`) != 600 || !strings.Contains(report.body, `statut="suspendu"`) || strings.Contains(report.body, "04 75") {
			h.t.Errorf("%d %v\n%.500s", report.status, report.header, report.body)
		}
		if short := h.asReader("/deposits/2/report?detail=rejets"); strings.Contains(short.body, "<carte ") || short.status != http.StatusOK {
			h.t.Errorf("rejected only: %.500s", short.body)
		}

		h.do(http.MethodPost, "/api/v1/deposits/2/accept", "", bearer(keyFor(cards.RoleReader))).wantProblem(http.StatusForbidden)
		h.decide("/deposits/1/accept", "").wantProblem(http.StatusConflict)
		h.decide("/deposits/99/accept", "").wantProblem(http.StatusNotFound)
		h.asReader("/deposits/99/report").wantProblem(http.StatusNotFound)
		h.decide("/deposits/3/refuse", `{"reason":""}`).wantProblem(http.StatusUnprocessableEntity)
		h.decide("/deposits/3/refuse", `{"reason":"  "}`).wantProblem(http.StatusBadRequest)
		h.decide("/deposits/2/accept", "").see(&d)
		if d.Status != "recu" || !d.Accepted || d.JudgedBy != "compte operator" {
			h.t.Errorf("%+v", d)
		}
		h.asReader("/deposits/2/report").wantProblem(http.StatusServiceUnavailable)
		d = depositJSON{}
		h.decide("/deposits/3/refuse", `{"reason":"Un seul téléphone pour tous."}`).see(&d)
		if d.Status != "refuse" || d.Accepted || d.Fault == nil || d.Fault.Code != "ecarte" {
			h.t.Errorf("%+v", d)
		}
		h.decide("/deposits/3/accept", "").wantProblem(http.StatusConflict)
		if err := intake.New(h.db, intake.Options{MaxDocument: maxDocument}).Resume(h.t.Context()); err != nil {
			h.t.Fatal(err)
		}
		h.do(http.MethodGet, "/depots/2", "", as("mours")).wantReport(http.StatusOK, cards.Integrated, `modifiees="600"`)
		h.do(http.MethodGet, "/depots/3", "", as("mours")).wantReport(http.StatusOK, cards.Refused, `code="ecarte"`, "Un seul téléphone pour tous.")
		var libraries struct{ Libraries []struct{ Suspended int64 } }
		h.asReader("/libraries").see(&libraries)
		if len(libraries.Libraries) != 1 || libraries.Libraries[0].Suspended != 0 {
			h.t.Errorf("%+v", libraries)
		}
	})
}
