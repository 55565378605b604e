package rest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/rest"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

const staffKey = "clef-personnelle-de-test"

func bearer(key string) tweak { return header("Authorization", "Bearer "+key) }

// read asks the JSON interface as a reader does.
func (h *hub) read(path string, into any) answer {
	h.t.Helper()
	a := h.do(http.MethodGet, "/api/v1"+path, "", bearer(staffKey))
	if a.status == http.StatusOK {
		if err := json.Unmarshal([]byte(a.body), into); err != nil {
			h.t.Fatalf("%s: %v\n%s", path, err, a.body)
		}
	}
	return a
}

func (h *hub) reader() {
	h.t.Helper()
	if _, err := h.db.AddUser(h.t.Context(), cards.User{Name: "Claire", Role: cards.RoleReader}, staffKey); err != nil {
		h.t.Fatal(err)
	}
}

type libraryJSON struct {
	Code   string
	Behind int64
	Jobs   []struct {
		Job           string
		LastSuccessAt *time.Time `json:"last_success_at"`
		LastFailureAt *time.Time `json:"last_failure_at"`
		NextRunAt     *time.Time `json:"next_run_at"`
		LastError     string     `json:"last_error"`
	}
	LastDepositAt *time.Time `json:"last_deposit_at"`
	PullMark      *struct{ Datestamp time.Time }
}

func TestStaffSeeHowTheNetworkIs(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		h.reader()
		mours := h.library("mours", "mours-annexe")
		h.library("peyrins")
		storetest.Change(h.t, h.db, withPassword(*mours))
		if err := h.db.SyncJobs(h.t.Context(), []cards.Job{
			{Kind: cards.JobHarvest, LibraryID: mours.ID, Schedule: "@every 1h"}, {Kind: cards.JobFTP, Schedule: "@every 30s"},
		}); err != nil {
			h.t.Fatal(err)
		}
		h.post("mours", documentOf("mours", cardXML("A1"), cardXML("A2"))).wantReport(http.StatusOK, cards.Integrated)

		var list struct {
			Libraries []libraryJSON
			Jobs      []struct{ Job string }
		}
		a := h.read("/libraries", &list)
		if len(list.Libraries) != 2 || list.Libraries[0].Code != "mours" || list.Libraries[0].LastDepositAt == nil {
			h.t.Errorf("HTTP status %d\n%s", a.status, a.body)
		}
		if len(list.Jobs) != 1 || list.Jobs[0].Job != "ftp" {
			h.t.Errorf("the hub's own jobs are %v, want ftp", list.Jobs)
		}
		if got := list.Libraries[1].Behind; got != 2 {
			h.t.Errorf("peyrins is %d cards behind, want 2", got)
		}
		if strings.Contains(a.body, ilsPassword) || strings.Contains(a.body, keyOf("mours")) {
			h.t.Errorf("a secret was shown:\n%s", a.body)
		}
		var one libraryJSON
		a = h.read("/libraries/mours", &one)
		if one.Code != "mours" || len(one.Jobs) != 1 || one.Jobs[0].Job != "moisson" || one.Jobs[0].LastFailureAt != nil {
			h.t.Errorf("HTTP status %d\n%s", a.status, a.body)
		}
		if got := a.header.Get("Cache-Control"); got != "no-store" {
			h.t.Errorf("Cache-Control: %q", got)
		}
		h.read("/libraries/nulle-part", nil).wantProblem(http.StatusNotFound)
	})
}

const ilsPassword = "mot-de-passe-du-sigb"

func withPassword(l cards.Library) cards.Library {
	l.OAIURL, l.OAIPrefix, l.ILSUser, l.ILSPassword = "http://sigb.example.org/oai", "carte", "hub", ilsPassword
	return l
}

func TestListsAreReadPageByPage(t *testing.T) {
	h := newHub(t)
	h.reader()
	mours := h.library("mours")
	h.library("peyrins")
	for range 5 {
		h.post("mours", documentOf("mours", cardXML("A1"))).wantReport(http.StatusOK, cards.Integrated)
	}
	h.post("peyrins", "nothing of the kind").wantReport(http.StatusBadRequest, cards.Refused)
	for i := range 3 {
		id, err := h.db.BeginRun(t.Context(), cards.Run{LibraryID: mours.ID, Job: cards.JobHarvest, Started: time.Now()})
		if err == nil && i == 0 {
			err = h.db.FinishRun(t.Context(), cards.Run{ID: id, Error: cards.Quote("Le serveur OAI n’a pas répondu."), Finished: time.Now()})
		}
		if err != nil {
			t.Fatal(err)
		}
	}

	var ids []int64
	var page struct {
		Deposits []struct {
			ID      int64
			Library string
			Status  string
			Fault   *cards.Fault
		}
		NextBefore *int64 `json:"next_before"`
	}
	for path := "/deposits?limit=2&library=mours"; path != ""; {
		page.NextBefore = nil
		if a := h.read(path, &page); a.status != http.StatusOK || len(page.Deposits) > 2 {
			t.Fatalf("HTTP status %d\n%s", a.status, a.body)
		}
		for _, d := range page.Deposits {
			ids = append(ids, d.ID)
		}
		path = ""
		if page.NextBefore != nil {
			path = "/deposits?limit=2&library=mours&before=" + jsonOf(t, *page.NextBefore)
		}
	}
	if got := jsonOf(t, ids); got != "[5,4,3,2,1]" {
		t.Errorf("deposits %s", got)
	}
	h.read("/deposits?library=peyrins", &page).wantOK()
	if len(page.Deposits) != 1 || page.Deposits[0].Status != "refuse" || page.Deposits[0].Fault.Code != "mal-forme" {
		t.Errorf("peyrins's deposits: %+v", page)
	}

	var runs struct {
		Runs []struct {
			Job        string
			Error      string
			FinishedAt *time.Time `json:"finished_at"`
		}
	}
	h.read("/runs?job=moisson&library=mours&limit=3", &runs).wantOK()
	if len(runs.Runs) != 3 || runs.Runs[0].FinishedAt != nil || runs.Runs[2].Error != "Le serveur OAI n’a pas répondu." {
		t.Errorf("runs %+v", runs)
	}
	h.read("/runs?job=push", &runs).wantOK()
	h.read("/runs?job=fins", &runs).wantOK()
	if len(runs.Runs) != 0 {
		t.Errorf("runs of a push that never was: %+v", runs)
	}
}

func TestWhatTheJSONInterfaceRefuses(t *testing.T) {
	h := newHub(t)
	h.reader()
	h.library("mours")
	for _, path := range []string{"/runs?limit=0", "/runs?limit=x", "/runs?limit=1000", "/runs?job=sieste", "/deposits?before=-1", "/deposits?page=2"} {
		a := h.read(path, nil)
		a.wantProblem(http.StatusUnprocessableEntity)
		if !strings.Contains(a.body, "Un paramètre") || strings.Contains(a.body, "expected") {
			t.Errorf("%s: %s", path, a.body)
		}
	}
	for name, sign := range map[string]tweak{"none": func(*http.Request) {}, "wrong": bearer("wrong"), "a library's": bearer(keyOf("mours")), "Basic": as("mours")} {
		a := h.do(http.MethodGet, "/api/v1/libraries", "", sign)
		a.wantProblem(http.StatusUnauthorized)
		if got := a.header.Get("WWW-Authenticate"); !strings.HasPrefix(got, "Bearer ") {
			t.Errorf("%s: WWW-Authenticate %q", name, got)
		}
	}
	h.read("/nothing", nil).wantProblem(http.StatusNotFound)
	h.do(http.MethodDelete, "/api/v1/libraries", "", bearer(staffKey)).wantProblem(http.StatusNotFound)
}

func TestRepeatedStaffFailuresMustWait(t *testing.T) {
	at := &clock{now: time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)}
	h := newHub(t, func(o *rest.Options) { o.Limiter = rest.NewSignInLimiter(at.time) })
	h.reader()
	for range 5 {
		h.do(http.MethodGet, "/api/v1/runs", "", bearer("wrong")).wantProblem(http.StatusUnauthorized)
	}
	a := h.read("/runs", nil)
	a.wantProblem(http.StatusTooManyRequests)
	if a.header.Get("Retry-After") != "6" {
		t.Errorf("header %v", a.header)
	}
}

func TestTheInterfaceDescribesItself(t *testing.T) {
	h := newHub(t)
	a := h.do(http.MethodGet, "/api/v1/openapi.json", "")
	var document struct {
		OpenAPI string
		Info    struct{ Version string }
		Paths   map[string]any
	}
	if err := json.Unmarshal([]byte(a.body), &document); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(document.OpenAPI, "3.1") || document.Info.Version != "1.2.3" {
		t.Errorf("%.300s", a.body)
	}
	for _, path := range []string{"/api/v1/libraries", "/api/v1/libraries/{code}", "/api/v1/runs", "/api/v1/deposits"} {
		if document.Paths[path] == nil {
			t.Errorf("%s is not described", path)
		}
	}
}

func (a answer) wantOK() {
	a.t.Helper()
	if a.status != http.StatusOK {
		a.t.Errorf("HTTP status %d\n%s", a.status, a.body)
	}
}

func (a answer) wantProblem(status int) {
	a.t.Helper()
	var problem struct {
		Title, Detail string
		Status        int
	}
	err := json.Unmarshal([]byte(a.body), &problem)
	if err != nil || a.status != status || problem.Status != status || problem.Title == "" || problem.Detail == "" ||
		a.header.Get("Content-Type") != "application/problem+json" {
		a.t.Errorf("HTTP status %d, want %d; %v\n%s", a.status, status, a.header, a.body)
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
