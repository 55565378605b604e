package rest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

func badXML(number string) string {
	return "<carte><numero>" + number + "</numero><nom>Roux</nom><inscription><premiere>2024-09-03</premiere><fin>2020-01-01</fin></inscription></carte>\n"
}

func TestStaffLookIntoADocumentAndTryItAgain(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		h.staff()
		h.library("mours")
		latin := strings.Replace(documentOf("mours", cardXML("A1"), badXML("B1"), badXML("B2"), badXML("B3")), "UTF-8", "ISO-8859-1", 1)
		latin = strings.NewReplacer("é", "\xe9", "è", "\xe8").Replace(latin)
		h.post("mours", latin).wantReport(http.StatusOK, cards.Partial)

		operator := func(path string) answer {
			return h.do(http.MethodGet, "/api/v1"+path, "", bearer(keyFor(cards.RoleOperator)))
		}
		a := operator("/deposits/1/document")
		if a.body != latin || a.header.Get("Content-Type") != "application/xml" || a.header.Get("X-Content-Type-Options") != "nosniff" ||
			a.header.Get("Content-Disposition") != `attachment; filename="depot-1.xml"` {
			h.t.Errorf("%d %v\n%q", a.status, a.header, a.body)
		}
		h.asReader("/deposits/1/document").wantProblem(http.StatusForbidden)
		operator("/deposits/9/document").wantProblem(http.StatusNotFound)

		var page struct {
			Cards []struct {
				Number  string
				Line    int
				Reasons []cards.Fault
			}
			Next string
		}
		h.asReader("/deposits/1/refused?limit=2").see(&page)
		if len(page.Cards) != 2 || page.Cards[1].Number != "B2" || page.Cards[0].Reasons[0].Code != "dates" || page.Next == "" {
			h.t.Fatalf("%+v", page)
		}
		next := page.Next
		page.Next = ""
		h.asReader("/deposits/1/refused?limit=2&after=" + next).see(&page)
		if len(page.Cards) != 1 || page.Cards[0].Number != "B3" || page.Next != "" {
			h.t.Errorf("%+v", page)
		}
		h.asReader("/deposits/9/refused").wantProblem(http.StatusNotFound)
		h.asReader("/deposits/1/refused?after=x").wantProblem(http.StatusBadRequest)

		var again struct {
			ID      int64
			Status  string
			RetryOf int64 `json:"retry_of"`
			Kept    bool
		}
		h.decide("/deposits/1/retry", "").see(&again)
		if again.ID != 2 || again.RetryOf != 1 || again.Status != "recu" || !again.Kept {
			h.t.Errorf("%+v", again)
		}
		h.decide("/deposits/1/retry", "").wantProblem(http.StatusConflict)
		h.decide("/deposits/9/retry", "").wantProblem(http.StatusNotFound)
		h.do(http.MethodPost, "/api/v1/deposits/1/retry", "", bearer(keyFor(cards.RoleReader))).wantProblem(http.StatusForbidden)
		h.post("mours", documentOf("mours", cardXML("A1"))).wantReport(http.StatusOK, cards.Integrated)
		h.decide("/deposits/3/retry", "").wantProblem(http.StatusConflict)
	})
}

func TestStaffLookAfterTheMails(t *testing.T) {
	h := newHub(t)
	h.staff()
	for range 3 {
		err := h.db.QueueMail(t.Context(), cards.Message{
			To: "mours@example.org", Subject: "Carte réseau : fichier « dupré.xml » trop grand", Body: "Bonjour Hélène", Attachments: []cards.Attachment{{Name: "dupré.xml"}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := h.db.MailFailed(t.Context(), 2, cards.Quote("adresse inconnue"), time.Now(), true); err != nil {
		t.Fatal(err)
	}
	var page struct {
		Mails []struct {
			ID                 int64
			To, Subject, State string
			LastError          string `json:"last_error"`
		}
		NextBefore *int64 `json:"next_before"`
	}
	a := h.asReader("/outbox?limit=2").see(&page)
	if len(page.Mails) != 2 || *page.NextBefore != 2 || page.Mails[1].State != "abandonne" || page.Mails[1].LastError != "adresse inconnue" {
		t.Errorf("%s", a.body)
	}
	if strings.Contains(a.body, "dupré") || strings.Contains(a.body, "Hélène") {
		t.Errorf("a list that names a reader: %s", a.body)
	}
	h.asReader("/outbox?state=abandonne").see(&page)
	if len(page.Mails) != 1 || page.Mails[0].ID != 2 {
		t.Errorf("%+v", page)
	}
	h.asReader("/outbox/2").wantProblem(http.StatusForbidden)
	var one struct {
		Subject, Text string
		Attachments   []string
	}
	h.do(http.MethodGet, "/api/v1/outbox/2", "", bearer(keyFor(cards.RoleOperator))).see(&one)
	if one.Text != "Bonjour Hélène" || len(one.Attachments) != 1 || !strings.Contains(one.Subject, "dupré.xml") {
		t.Errorf("%+v", one)
	}
	drop := func(id string) answer {
		return h.do(http.MethodDelete, "/api/v1/outbox/"+id, "", bearer(keyFor(cards.RoleOperator)))
	}
	drop("1").wantProblem(http.StatusConflict)
	if a := drop("2"); a.status != http.StatusNoContent {
		t.Errorf("%d %s", a.status, a.body)
	}
	drop("2").wantProblem(http.StatusNotFound)
	if a := h.decide("/outbox/1/retry", ""); a.status != http.StatusNoContent {
		t.Errorf("%d %s", a.status, a.body)
	}
	h.decide("/outbox/9/retry", "").wantProblem(http.StatusNotFound)
}

func TestOneRunIsLookedAt(t *testing.T) {
	h := newHub(t)
	h.staff()
	mours := h.library("mours")
	id, err := h.db.BeginRun(t.Context(), cards.Run{LibraryID: mours.ID, Job: cards.JobHarvest, Started: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	var run struct {
		ID           int64
		Library, Job string
	}
	h.asReader("/runs/1").see(&run)
	if run.ID != id || run.Library != "mours" || run.Job != "moisson" {
		t.Errorf("%+v", run)
	}
	h.asReader("/runs/9").wantProblem(http.StatusNotFound)
}
