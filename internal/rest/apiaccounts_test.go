package rest_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

type userJSON struct {
	ID                          int64
	Name, Role, Email, Language string
	Disabled                    bool
	HasPassword                 bool       `json:"has_password"`
	HasKey                      bool       `json:"has_key"`
	LastSeenAt                  *time.Time `json:"last_seen_at"`
	Alerts                      []string
	Key                         string
}

// api asks with the key given.
func (h *hub) api(key, method, path, body string) answer {
	h.t.Helper()
	return h.do(method, "/api/v1"+path, body, bearer(key), header("Content-Type", "application/json"))
}

// as administrator.
func (h *hub) admin(method, path, body string) answer {
	h.t.Helper()
	return h.api(keyFor(cards.RoleAdministrator), method, path, body)
}

func (a answer) done() answer {
	a.t.Helper()
	if a.status != http.StatusNoContent || a.body != "" {
		a.t.Errorf("HTTP status %d: %s", a.status, a.body)
	}
	return a
}

func TestAdministratorsKeepTheAccounts(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		h.staff()
		var zoe, again userJSON
		h.admin(http.MethodPost, "/users", `{"name":" Zoé ","role":"reader","email":"zoe@example.org","language":"fr","password":"les lilas de la rue","key":true}`).see(&zoe)
		if zoe.Name != "Zoé" || !zoe.HasKey || !zoe.HasPassword || len(zoe.Key) < 20 || zoe.LastSeenAt != nil || zoe.Alerts == nil {
			h.t.Fatalf("%+v", zoe)
		}
		address := fmt.Sprint("/users/", zoe.ID)
		h.api(zoe.Key, http.MethodGet, "/account", "").see(&again)
		if again.Name != "Zoé" || again.Email != "zoe@example.org" || again.LastSeenAt == nil || again.Key != "" {
			h.t.Errorf("%+v", again)
		}
		if _, err := h.db.SignIn(h.t.Context(), "Zoé", "les lilas de la rue"); err != nil {
			h.t.Error(err)
		}
		h.admin(http.MethodPost, "/users", `{"name":"Zoé","role":"reader"}`).wantProblem(http.StatusConflict)
		h.admin(http.MethodPost, "/users", `{"name":"Luc","role":"reader","password":"court"}`).wantProblem(http.StatusBadRequest)
		h.admin(http.MethodPost, "/users", `{"name":"Luc","role":"chef"}`).wantProblem(http.StatusUnprocessableEntity)
		h.admin(http.MethodPatch, address, `{"role":"operator","language":"en","alerts":["recolte"]}`).see(&again)
		if again.Role != "operator" || again.Language != "en" || again.Email != "zoe@example.org" || len(again.Alerts) != 1 {
			h.t.Errorf("%+v", again)
		}
		h.admin(http.MethodPatch, address, `{"email":"nulle part"}`).wantProblem(http.StatusBadRequest)
		var changed userJSON
		h.admin(http.MethodPost, address+"/key", "").see(&changed)
		h.api(zoe.Key, http.MethodGet, "/account", "").wantProblem(http.StatusUnauthorized)
		h.api(changed.Key, http.MethodGet, "/account", "").wantOK()
		h.admin(http.MethodPost, address+"/password", `{"password":"une autre phrase"}`).done()
		if _, err := h.db.SignIn(h.t.Context(), "Zoé", "une autre phrase"); err != nil {
			h.t.Error(err)
		}
		h.admin(http.MethodPatch, address, `{"disabled":true}`).wantOK()
		h.api(changed.Key, http.MethodGet, "/account", "").wantProblem(http.StatusUnauthorized)
		h.admin(http.MethodPatch, address, `{"disabled":false}`).wantOK()
		h.admin(http.MethodDelete, address+"/key", "").done()
		h.api(changed.Key, http.MethodGet, "/account", "").wantProblem(http.StatusUnauthorized)
		var list struct{ Users []userJSON }
		if h.admin(http.MethodGet, "/users", "").see(&list); len(list.Users) != 4 {
			h.t.Errorf("%+v", list)
		}
		h.admin(http.MethodDelete, address, "").done()
		h.admin(http.MethodGet, address, "").wantProblem(http.StatusNotFound)
		h.admin(http.MethodDelete, address, "").wantProblem(http.StatusNotFound)
		for _, secret := range []string{zoe.Key, changed.Key, "les lilas", "une autre phrase"} {
			for _, e := range h.entries(0) {
				if strings.Contains(fmt.Sprint(e), secret) {
					h.t.Errorf("a secret is recorded: %+v", e)
				}
			}
			if strings.Contains(h.logs.String(), secret) {
				h.t.Error("a secret is logged")
			}
		}
		if !strings.Contains(fmt.Sprint(h.entries(0)), "remove-user compte 4 « Zoé »") {
			h.t.Errorf("who was removed is not said: %+v", h.entries(0))
		}
	})
}

func TestTheLastAdministratorCannotLockEverybodyOut(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		h.staff()
		var me userJSON
		h.admin(http.MethodGet, "/account", "").see(&me)
		address := fmt.Sprint("/users/", me.ID)
		for _, a := range []answer{
			h.admin(http.MethodPatch, address, `{"disabled":true}`), h.admin(http.MethodPatch, address, `{"role":"operator"}`),
			h.admin(http.MethodDelete, address, ""), h.admin(http.MethodDelete, address+"/key", ""),
		} {
			a.wantProblem(http.StatusConflict)
			if !strings.Contains(a.body, "dernier administrateur") {
				h.t.Errorf("%s", a.body)
			}
		}
		h.admin(http.MethodGet, "/account", "").wantOK()
	})
}

// Everybody changes what is their own, and no more.
func TestStaffChangeTheirOwnAccount(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		h.staff()
		key := keyFor(cards.RoleReader)
		var me userJSON
		h.api(key, http.MethodPatch, "/account", `{"language":"en","email":"moi@example.org","alerts":["recolte"]}`).see(&me)
		if me.Language != "en" || me.Email != "moi@example.org" || me.Role != "reader" {
			h.t.Errorf("%+v", me)
		}
		h.api(key, http.MethodPatch, "/account", `{"language":""}`).see(&me)
		if me.Email != "moi@example.org" {
			h.t.Errorf("%+v", me)
		}
		for _, more := range []string{`{"role":"administrator"}`, `{"disabled":false}`, `{"name":"chef"}`} {
			h.api(key, http.MethodPatch, "/account", more).wantProblem(http.StatusUnprocessableEntity)
		}
		h.api(key, http.MethodPost, "/account/password", `{"password":"court"}`).wantProblem(http.StatusBadRequest)
		h.api(key, http.MethodPost, "/account/password", `{"password":"les lilas de la rue"}`).done()
		a := h.api(key, http.MethodPost, "/account/password", `{"old":"les roses","password":"une autre phrase"}`)
		if a.wantProblem(http.StatusForbidden); !strings.Contains(a.body, "ancien mot de passe") {
			h.t.Errorf("%s", a.body)
		}
		h.api(key, http.MethodPost, "/account/password", `{"old":"les lilas de la rue","password":"une autre phrase"}`).done()
		if _, err := h.db.SignIn(h.t.Context(), "compte reader", "une autre phrase"); err != nil {
			h.t.Error(err)
		}
	})
}

type auditJSON struct {
	Entries []struct {
		ID                                         int64
		At                                         time.Time
		Actor, Role, Door, Action, Subject, Detail string
	}
	NextBefore *int64 `json:"next_before"`
}

func TestAdministratorsReadTheAuditLog(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		busy(h)
		h.asReader("/conflicts/1").wantOK()
		h.asReader("/conflicts/1").wantOK()
		h.asReader("/erasures").wantOK()
		var page auditJSON
		h.admin(http.MethodGet, "/audit?actor=compte+reader&limit=2", "").see(&page)
		if len(page.Entries) != 2 || page.NextBefore == nil || page.Entries[0].Action != "list-erasures" || page.Entries[1].Subject != "conflit 1" {
			h.t.Fatalf("%+v", page)
		}
		moved(h.t, &page.Entries[0].At)
		var next auditJSON
		h.admin(http.MethodGet, fmt.Sprintf("/audit?subject=conflit+1&before=%d", *page.NextBefore), "").see(&next)
		if len(next.Entries) != 1 || next.NextBefore != nil || next.Entries[0].Action != "get-conflict" {
			h.t.Errorf("%+v", next)
		}
		for query, want := range map[string]int{
			"action=get-conflict": 2, "action=get-conflict&actor=personne": 0, "to=2020-01-01T00:00:00Z": 0, "from=2100-01-01T00:00:00Z": 0,
			"action=get-conflict&from=2020-01-01T00:00:00Z": 2, "actor=compte+reader": 4, // busy lists the duplicates
		} {
			page = auditJSON{}
			if h.admin(http.MethodGet, "/audit?"+query, "").see(&page); len(page.Entries) != want {
				h.t.Errorf("%s: %d entries, want %d", query, len(page.Entries), want)
			}
		}
		var own auditJSON
		if h.admin(http.MethodGet, "/audit?action=list-audit", "").see(&own); len(own.Entries) < 8 {
			h.t.Errorf("who reads the log is not in it: %+v", own)
		}
		for _, bad := range []string{"action=%00", "subject=A1", "subject=conflit+un+nom", "from=hier", "limit=0"} {
			h.admin(http.MethodGet, "/audit?"+bad, "").wantProblem(http.StatusUnprocessableEntity)
		}
	})
}

func TestTheAuditLogIsExported(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		h.staff()
		for i := range 1200 {
			e := cards.AuditEntry{Actor: "=cmd|' /C calc'!A0", Door: cards.AuditPages, Action: "get-conflict", Subject: cards.SubjectConflict(int64(i)), Detail: `un "mot" ; et un autre`}
			if err := h.db.Record(h.t.Context(), e); err != nil {
				h.t.Fatal(err)
			}
		}
		a := h.admin(http.MethodGet, "/audit.csv", "")
		text, marked := strings.CutPrefix(a.body, "\uFEFF")
		if a.status != http.StatusOK || !marked || a.header.Get("Content-Type") != "text/csv; charset=utf-8" ||
			!strings.Contains(a.header.Get("Content-Disposition"), "audit.csv") || a.header.Get("Cache-Control") != "no-store" {
			h.t.Fatalf("HTTP status %d, %v: %.100s", a.status, a.header, a.body)
		}
		r := csv.NewReader(strings.NewReader(text))
		r.Comma = ';'
		rows, err := r.ReadAll()
		if err != nil || len(rows) != 1202 || rows[0][2] != "acteur" || rows[1][5] != "export-audit" {
			h.t.Fatalf("%d rows, %.200q, %v", len(rows), rows, err)
		}
		if row := rows[2]; row[2] != "'=cmd|' /C calc'!A0" || row[6] != "conflit 1199" || row[7] != `un "mot" ; et un autre` {
			h.t.Errorf("%q", row)
		}
		if a := h.admin(http.MethodGet, "/audit.csv?actor=compte+administrator", ""); strings.Count(a.body, "\n") != 3 {
			h.t.Errorf("%s", a.body)
		}
	})
}

// What the documents of accounts say holds no secret.
func TestNoSecretOfAnAccountIsShown(t *testing.T) {
	h := newHub(t)
	h.staff()
	if err := h.db.SetPassword(t.Context(), 1, "les lilas de la rue"); err != nil {
		t.Fatal(err)
	}
	var document any
	a := h.admin(http.MethodGet, "/users", "").see(&document)
	raw, err := json.Marshal(document)
	if err != nil || strings.Contains(string(raw), "argon2id") || strings.Contains(string(raw), "hash") || !strings.Contains(a.body, `"has_password":true`) {
		t.Errorf("%s, %v", raw, err)
	}
}
