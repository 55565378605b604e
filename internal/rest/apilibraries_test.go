package rest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/rest"
	"github.com/carte-reseau/hub/internal/store"
)

// administer asks the JSON interface with every right.
func (h *hub) administer(method, path, body string, tweaks ...tweak) answer {
	h.t.Helper()
	tweaks = append([]tweak{bearer(keyFor(cards.RoleAdministrator)), header("Content-Type", "application/json")}, tweaks...)
	return h.do(method, "/api/v1"+path, body, tweaks...)
}

type settingsJSON struct {
	Code, Name, Email string
	Serves            []string
	OAIURL            string         `json:"oai_url"`
	PushURL           string         `json:"push_url"`
	PasswordSet       bool           `json:"ils_password_set"`
	Widths            map[string]int `json:"widths"`
	NotHeld           []string       `json:"not_held"`
	Paused            bool
}

const newMours = `{"code":"mours","name":"Mours","email":"mours@example.org","serves":["mours-annexe"],"push_url":"http://sigb.example.org/cartes",
	"ils_user":"hub","ils_password":"` + ilsPassword + `","widths":{"nom":40},"not_held":["sexe"]}`

func TestALibraryIsEnteredSetAndTakenOut(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		h.staff()
		var made struct {
			Library settingsJSON
			Key     string
		}
		a := h.administer(http.MethodPost, "/libraries", newMours)
		if a.status != http.StatusCreated || a.header.Get("Location") != "/api/v1/libraries/mours/settings" || a.header.Get("Etag") == "" {
			h.t.Fatalf("%d %v %s", a.status, a.header, a.body)
		}
		a.status = http.StatusOK
		a.see(&made)
		if l := made.Library; l.Widths["nom"] != 40 || len(l.NotHeld) != 1 || !l.PasswordSet || len(made.Key) < 16 || strings.Contains(a.body, ilsPassword) {
			h.t.Errorf("%s", a.body)
		}
		h.do(http.MethodPost, "/cartes", documentOf("mours-annexe", cardXML("A1"), cardXML("A2")), header("Content-Type", "application/xml"),
			func(r *http.Request) { r.SetBasicAuth("mours", made.Key) }).wantReport(http.StatusOK, cards.Integrated)
		h.administer(http.MethodPost, "/libraries", newMours).wantProblem(http.StatusConflict)

		var key struct{ Code, Key string }
		h.administer(http.MethodPost, "/libraries/mours/key", "").see(&key)
		if _, err := h.db.Authenticate(h.t.Context(), "mours", made.Key); cards.CodeOf(err) != cards.Unauthorized {
			h.t.Errorf("the old key lives: %v", err)
		}
		if _, err := h.db.Authenticate(h.t.Context(), "mours", key.Key); err != nil {
			h.t.Error(err)
		}
		gone := h.administer(http.MethodPost, "/libraries/mours/remove", "")
		if gone.status != http.StatusOK || strings.Count(gone.body, "<numero>A") != 2 || !strings.HasSuffix(gone.body, "</cartes>\n") ||
			gone.header.Get("Content-Disposition") != `attachment; filename="mours.xml"` {
			h.t.Errorf("%d %v\n%s", gone.status, gone.header, gone.body)
		}
		h.administer(http.MethodPost, "/libraries/mours/remove", "").wantProblem(http.StatusNotFound)
		h.asReader("/libraries/mours").wantProblem(http.StatusNotFound)
	})
}

// staying is a network nobody leaves.
type staying struct{ *store.Store }

func (staying) RemoveLibrary(context.Context, int64) error { return errors.New("it stays") }

// The export has begun to leave when the library is taken out: that it was not is in the log all the same.
func TestARemovalThatFailsIsRecordedToHaveFailed(t *testing.T) {
	h := newHub(t, func(o *rest.Options) {
		o.Subjects = []rest.Subject{rest.Libraries(staying{o.Keys.(*store.Store)}, rest.LibraryRules{HubCode: "reseau"})}
	})
	h.staff()
	h.library("mours")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url+"/api/v1/libraries/mours/remove", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+keyFor(cards.RoleAdministrator))
	if response, err := http.DefaultTransport.RoundTrip(request); err == nil {
		_, err = io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err == nil {
			t.Error("the export looks whole")
		}
	}
	var told []string
	for _, e := range h.entries(0) {
		told = append(told, e.Action+" "+e.Subject+" "+e.Detail)
	}
	if want := "remove-library bibliotheque mours échec : internal"; len(told) != 2 || told[1] != want {
		t.Errorf("%q, want %q at the end", told, want)
	}
}

// Whoever looks in the log for a library finds who entered it, whatever the door.
func TestTheLogTellsWhichLibraryWasEntered(t *testing.T) {
	h := newHub(t)
	h.staff()
	h.administer(http.MethodPost, "/libraries", newMours)
	found, err := h.db.Audit(t.Context(), cards.AuditQuery{Subject: cards.SubjectLibrary("mours"), Limit: 10})
	if err != nil || len(found) != 1 || found[0].Action != "create-library" || found[0].Detail != "" {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestSettingsAreChangedAsTheyWereSeen(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		h.staff()
		h.administer(http.MethodPost, "/libraries", newMours)
		const path = "/libraries/mours/settings"
		operator := func() answer { return h.do(http.MethodGet, "/api/v1"+path, "", bearer(keyFor(cards.RoleOperator))) }
		tag := operator().header.Get("Etag")
		var s settingsJSON
		first := h.administer(http.MethodPatch, path, `{"name":"Médiathèque","widths":{}}`, header("If-Match", tag)).see(&s)
		if s.Name != "Médiathèque" || len(s.Widths) != 0 || s.Email != "mours@example.org" || !s.PasswordSet || first.header.Get("Etag") == tag {
			h.t.Errorf("%s", first.body)
		}
		late := h.administer(http.MethodPatch, path, `{"name":"Autre"}`, header("If-Match", tag))
		late.wantProblem(http.StatusPreconditionFailed)
		h.administer(http.MethodPatch, path, `{"name":"Autre"}`).wantProblem(http.StatusPreconditionRequired)
		for body, status := range map[string]int{
			`{"email":"non"}`: http.StatusBadRequest, `{"widths":{"pointure":3}}`: http.StatusBadRequest, `{"not_held":["nom"]}`: http.StatusBadRequest,
			`{"code":"autre"}`: http.StatusUnprocessableEntity, `{"name":""}`: http.StatusUnprocessableEntity, `{"push_url":"ftp://x"}`: http.StatusBadRequest,
		} {
			h.administer(http.MethodPatch, path, body, header("If-Match", "*")).wantProblem(status)
		}
		for _, lost := range []string{`""`, `W/""`, `"`} { // of a client that lost the tag it was given
			h.administer(http.MethodPatch, path, `{"name":"Autre"}`, header("If-Match", lost)).wantProblem(http.StatusPreconditionRequired)
		}
		h.administer(http.MethodPatch, path, `{"ils_password":""}`, header("If-Match", "*")).see(&s)
		if s.PasswordSet || s.Name != "Médiathèque" {
			h.t.Errorf("%+v", s)
		}
		h.do(http.MethodPatch, "/api/v1"+path, `{}`, bearer(keyFor(cards.RoleOperator)), header("If-Match", "*")).wantProblem(http.StatusForbidden)
	})
}

func TestWhatTheRoofRefusesIsRefused(t *testing.T) {
	h := newHub(t)
	h.staff()
	h.administer(http.MethodPost, "/libraries", strings.Replace(newMours, `"serves":["mours-annexe"]`, `"serves":["`+refusedCode+`"]`, 1)).wantProblem(http.StatusConflict)
	h.administer(http.MethodPost, "/libraries", newMours)
	h.administer(http.MethodPatch, "/libraries/mours/settings", `{"serves":["`+refusedCode+`"]}`, header("If-Match", "*")).wantProblem(http.StatusConflict)
}

func TestALibrarysWorkIsSteered(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		h.staff()
		mours := h.library("mours")
		var l struct {
			Paused      bool
			PauseReason string `json:"pause_reason"`
			Attention   string
		}
		if err := h.db.SetAttention(h.t.Context(), mours.ID, cards.Quote("Voir.")); err != nil {
			h.t.Fatal(err)
		}
		h.decide("/libraries/mours/pause", `{"reason":"panne"}`).see(&l)
		if !l.Paused || l.PauseReason != "panne" || l.Attention != "Voir." {
			h.t.Errorf("%+v", l)
		}
		l.PauseReason, l.Attention = "", ""
		h.decide("/libraries/mours/attention/clear", "").see(&l)
		if !l.Paused || l.Attention != "" {
			h.t.Errorf("%+v", l)
		}
		h.decide("/libraries/mours/resume", "").see(&l)
		if l.Paused {
			h.t.Errorf("%+v", l)
		}
		h.decide("/libraries/mours/harvest", "").wantProblem(http.StatusConflict)
		h.decide("/libraries/mours/push", "").wantProblem(http.StatusConflict)
		h.administer(http.MethodPatch, "/libraries/mours/settings", `{"push_url":"http://sigb.example.org/cartes"}`, header("If-Match", "*")).wantOK()
		h.decide("/libraries/mours/push", "").wantProblem(http.StatusConflict) // not in the plan yet
		if err := h.db.SyncJobs(h.t.Context(), []cards.Job{{Kind: cards.JobPush, LibraryID: mours.ID, Schedule: "@every 5m"}}); err != nil {
			h.t.Fatal(err)
		}
		h.decide("/libraries/mours/push", "").wantOK()
		if job, err := h.db.Job(h.t.Context(), cards.JobPush, mours.ID); err != nil || job.Wakes != 1 {
			h.t.Errorf("%+v, %v", job, err)
		}
		h.administer(http.MethodPatch, "/libraries/mours/settings", `{"oai_url":"http://sigb.example.org/oai","oai_prefix":"carte"}`, header("If-Match", "*")).wantOK()
		if err := h.db.SyncJobs(h.t.Context(), []cards.Job{{Kind: cards.JobHarvest, LibraryID: mours.ID, Schedule: "@every 1h"}}); err != nil {
			h.t.Fatal(err)
		}
		h.decide("/libraries/mours/harvest", "").wantOK()
		h.decide("/libraries/nulle-part/push", "").wantProblem(http.StatusNotFound)
	})
}

func TestALibraryInPreparationIsOpened(t *testing.T) {
	h := newHub(t)
	h.staff()
	var made struct{ Library struct{ Preparing bool } }
	a := h.administer(http.MethodPost, "/libraries", strings.Replace(newMours, `"name"`, `"preparing":true,"name"`, 1))
	a.status = http.StatusOK
	if a.see(&made); !made.Library.Preparing {
		t.Errorf("%s", a.body)
	}
	state := made.Library
	h.administer(http.MethodPost, "/libraries/mours/open", "").see(&state)
	if state.Preparing {
		t.Error("it is still in preparation")
	}
	h.administer(http.MethodPost, "/libraries/mours/open", "").wantProblem(http.StatusConflict)
}

func TestAnOverviewThatDidNotChangeIsNotSentAgain(t *testing.T) {
	h := newHub(t)
	h.staff()
	h.library("mours")
	for _, path := range []string{"/libraries", "/libraries/mours"} {
		tag := h.asReader(path).header.Get("Etag")
		known := func() answer {
			return h.do(http.MethodGet, "/api/v1"+path, "", bearer(keyFor(cards.RoleReader)), header("If-None-Match", `"x", `+tag))
		}
		if a := known(); tag == "" || a.status != http.StatusNotModified || a.body != "" || a.header.Get("Etag") != tag {
			t.Errorf("%s: %d %q %v", path, a.status, a.body, a.header)
		}
		h.post("mours", documentOf("mours", cardXML("A1"))).wantReport(http.StatusOK, cards.Integrated)
		if a := known(); a.status != http.StatusOK || a.header.Get("Etag") == tag {
			t.Errorf("%s: %d %v", path, a.status, a.header)
		}
	}
}
