package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/rest"
	"github.com/carte-reseau/hub/internal/store"
)

// plainReads are the operations that only read, and show nothing of anybody's: they alone go unrecorded. Whoever adds an
// operation that shows what is a reader's says so at its registration (see Subject) and does not name it here.
var plainReads = []string{"list-libraries", "get-library", "list-runs", "list-troubles", "list-deposits", "get-deposit", "get-account", "get-run", "list-mails",
	"get-library-settings", "watch-network", "read-statistics", "download-statistics"}

// entries are those of the audit log since the last one seen, oldest first.
func (h *hub) entries(since int64) []cards.AuditEntry {
	h.t.Helper()
	list, err := h.db.Audit(h.t.Context(), cards.AuditQuery{Limit: 1000})
	if err != nil {
		h.t.Fatal(err)
	}
	slices.Reverse(list)
	return slices.DeleteFunc(list, func(e cards.AuditEntry) bool { return e.ID <= since })
}

func (h *hub) lastEntry() int64 {
	h.t.Helper()
	list, err := h.db.Audit(h.t.Context(), cards.AuditQuery{Limit: 1})
	if err != nil {
		h.t.Fatal(err)
	}
	if len(list) == 0 {
		return 0
	}
	return list[0].ID
}

func (h *hub) opaque(number string) string {
	h.t.Helper()
	id, err := h.db.OAIID(h.t.Context(), number)
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

// request is one operation with a body it accepts and a path that leads somewhere.
type request struct{ id, method, path, template, body string }

// everyRequest asks for each operation there is once.
func (h *hub) everyRequest() []request {
	h.t.Helper()
	raw := h.do(http.MethodGet, "/api/v1/openapi.json", "").body
	var document openAPI
	var named struct {
		Paths map[string]map[string]described
	}
	if err := errors.Join(json.Unmarshal([]byte(raw), &document), json.Unmarshal([]byte(raw), &named)); err != nil || len(document.Paths) < 10 {
		h.t.Fatal(len(document.Paths), err)
	}
	var list []request
	for _, path := range slices.Sorted(maps.Keys(document.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(document.Paths[path])) {
			r := request{id: named.Paths[path][method].OperationID, method: strings.ToUpper(method), template: path}
			r.path = strings.NewReplacer("/cards/{id}", "/cards/"+h.opaque("A1"), "{id}", "1", "{code}", "mours").Replace(path)
			if content, ok := document.Paths[path][method].RequestBody.Content["application/json"]; ok {
				body, err := json.Marshal(document.sample(content.Schema))
				if err != nil {
					h.t.Fatal(err)
				}
				r.body = string(body)
			}
			if r.id == "create-user" {
				r.body = `{"name":"Zoé","role":"reader"}`
			}
			list = append(list, r)
		}
	}
	slices.SortStableFunc(list, func(a, b request) int { // what is removed is asked for first
		return strings.Count(a.method, http.MethodDelete) - strings.Count(b.method, http.MethodDelete)
	})
	return list
}

// busy gives the network something for every operation to be about.
func busy(h *hub) {
	h.t.Helper()
	h.staff()
	h.library("mours")
	h.library("peyrins")
	h.dispute("A1")
	h.post("mours", documentOf("mours", bornXML("B1"), bornXML("B2"))).wantReport(http.StatusOK, cards.Integrated)
	h.duplicates("")
	h.post("mours", documentOf("mours", cardXML("A9"))).wantReport(http.StatusOK, cards.Integrated)
	if _, err := h.db.Erase(h.t.Context(), "A9", "test"); err != nil {
		h.t.Fatal(err)
	}
}

func (h *hub) asAdministrator(r request) answer {
	h.t.Helper()
	return h.do(r.method, r.path, r.body, bearer(keyFor(cards.RoleAdministrator)), header("Content-Type", "application/json"))
}

// Every operation there is, now and later, is recorded under its name, with who asked and what for, or is a plain read.
func TestEveryOperationIsRecordedOrAPlainRead(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		busy(h)
		for _, r := range h.everyRequest() {
			since := h.lastEntry()
			a := h.asAdministrator(r)
			if a.status >= http.StatusInternalServerError || a.status == http.StatusUnprocessableEntity || a.status == http.StatusUnsupportedMediaType {
				h.t.Errorf("%s: HTTP status %d: %s", r.id, a.status, a.body)
			}
			list := h.entries(since)
			if slices.Contains(plainReads, r.id) {
				if r.method != http.MethodGet || len(list) != 0 {
					h.t.Errorf("%s is no plain read: %s, %+v", r.id, r.method, list)
				}
				continue
			}
			if len(list) == 0 {
				h.t.Errorf("%s (%s %s) leaves no entry in the audit log", r.id, r.method, r.path)
				continue
			}
			for _, e := range list {
				if e.Action != r.id || e.Actor != "compte administrator" || e.Role != cards.RoleAdministrator || e.Door != cards.AuditAPI || e.At.IsZero() {
					h.t.Errorf("%s: %+v", r.id, e)
				}
				card := strings.Contains(r.template, "/cards/{id}")
				if card && e.Subject != cards.SubjectCard(h.opaque("A1")) || !card && strings.Contains(r.template, "{id}") && !strings.HasSuffix(e.Subject, " 1") ||
					strings.Contains(r.template, "{code}") && !strings.Contains(e.Subject+", "+e.Detail, "bibliotheque mours") {
					h.t.Errorf("%s does not say what it is about: %+v", r.path, e)
				}
			}
			if failed := strings.Contains(list[len(list)-1].Detail, "échec : "); failed != (a.status >= http.StatusBadRequest) {
				h.t.Errorf("%s: HTTP status %d, recorded as %+v", r.id, a.status, list)
			}
		}
		h.wantNothingPersonal()
	})
}

// wantNothingPersonal looks through the whole log for what is a reader's.
func (h *hub) wantNothingPersonal() {
	h.t.Helper()
	for _, e := range h.entries(0) {
		for _, theirs := range []string{"A1", "A9", "B1", "B2", "Dupr", "Hélène", "1980", "04 75", "Romans"} {
			if strings.Contains(e.Subject+" "+e.Detail, theirs) {
				h.t.Errorf("the log holds %q: %+v", theirs, e)
			}
		}
	}
}

// mute is a record that cannot be written.
type mute struct{ *store.Store }

func (mute) Record(context.Context, cards.AuditEntry) error { return errors.New("no room") }

// Where nothing can be recorded, nothing is done and nothing is shown; what is no person's is still read.
func TestWithoutARecordNothingIsDoneOrShown(t *testing.T) {
	eachDatabase(t, func(whole *hub) {
		busy(whole)
		before := whole.state()
		h := &hub{t: whole.t, db: whole.db, url: whole.t.Name(), logs: whole.logs}
		h.url = serveDoor(whole.t, whole.db, func(o *rest.Options) { o.Audit = mute{whole.db} })
		for _, r := range h.everyRequest() {
			a := h.asAdministrator(r)
			if slices.Contains(plainReads, r.id) {
				if a.status >= http.StatusInternalServerError {
					h.t.Errorf("%s: HTTP status %d", r.id, a.status)
				}
				continue
			}
			// what fails of itself shows nothing
			if a.status != http.StatusServiceUnavailable && (a.status < http.StatusBadRequest || r.method != http.MethodPost) {
				h.t.Errorf("%s: HTTP status %d: %s", r.id, a.status, a.body)
			}
			for _, theirs := range []string{"Dupr", "04 75", "compte reader"} {
				if strings.Contains(a.body, theirs) {
					h.t.Errorf("%s shows %q: %s", r.id, theirs, a.body)
				}
			}
			if a.status == http.StatusServiceUnavailable && !strings.Contains(a.body, "journal d’audit") {
				h.t.Errorf("%s: %s", r.id, a.body)
			}
		}
		if after := whole.state(); after != before {
			h.t.Errorf("something was done:\n%s\n%s", before, after)
		}
	})
}

// state is what operations change.
func (h *hub) state() string {
	h.t.Helper()
	ctx := h.t.Context()
	disputes, err1 := h.db.Disputes(ctx, cards.DisputeQuery{Limit: 100})
	pairs, err2 := h.db.Likenesses(ctx, cards.LikenessQuery{Limit: 100})
	erased, err3 := h.db.Erasures(ctx, 0, 100)
	users, err4 := h.db.Users(ctx)
	seq, err5 := h.db.Seq(ctx)
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		h.t.Fatal(err)
	}
	for i := range users {
		users[i].LastSeen = users[i].Created
	}
	return fmt.Sprint(len(disputes), len(pairs), erased, users, seq)
}

// A card is looked up by its number, and recorded by what stands for it.
func TestALookUpIsRecordedWithoutTheNumber(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		busy(h)
		ask := func(path, body string) []cards.AuditEntry {
			h.t.Helper()
			since := h.lastEntry()
			h.do(http.MethodPost, "/api/v1"+path, body, bearer(keyFor(cards.RoleAdministrator)), header("Content-Type", "application/json"))
			return h.entries(since)
		}
		a1, b1, b2 := "carte "+h.opaque("A1"), "carte "+h.opaque("B1"), "carte "+h.opaque("B2")
		for what, c := range map[string]struct {
			got  []cards.AuditEntry
			want []string // subject and detail
		}{
			"found":         {ask("/cards/lookup", `{"number":"a1"}`), []string{a1 + "|montre cartes " + h.opaque("A1")}},
			"not found":     {ask("/cards/lookup", `{"number":"Z9"}`), []string{"|échec : not-found"}},
			"its conflicts": {ask("/conflicts/search", `{"card":"A1"}`), []string{a1 + "|montre cartes " + h.opaque("A1")}},
			"no conflicts":  {ask("/conflicts/search", `{"card":"B1"}`), []string{"|montre aucune carte"}},
			"two persons":   {ask("/duplicates/different", `{"number":"B1","other":"B2"}`), []string{b1 + "|" + b2}},
			"once more": {
				ask("/duplicates/same", `{"goes_on":"B2","other":"Z9"}`), []string{b2 + "|carte inconnue", b2 + "|carte inconnue, échec : conflict"},
			},
			"decided": {ask("/conflicts/1/choose", ""), []string{"conflit 1|", "conflit 1|montre cartes " + h.opaque("A1")}},
			"erased":  {ask("/erasures", `{"number":"B1"}`), []string{b1 + "|"}},
			"unknown": {ask("/erasures", `{"number":"Z9"}`), []string{"carte inconnue|", "carte inconnue|échec : not-found"}},
		} {
			var got []string
			for _, e := range c.got {
				got = append(got, e.Subject+"|"+e.Detail)
			}
			if !slices.Equal(got, c.want) {
				h.t.Errorf("%s: %q, want %q", what, got, c.want)
			}
		}
		h.wantNothingPersonal()
	})
}

// A list says whose cards it shows before it shows them.
func TestAListSaysWhoseCardsItShows(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		busy(h)
		for path, numbers := range map[string][]string{"/conflicts": {"A1"}, "/duplicates": {"B1", "B2"}} {
			since := h.lastEntry()
			h.asReader(path).wantOK()
			list := h.entries(since)
			if len(list) != 1 || list[0].Actor != "compte reader" {
				h.t.Fatalf("%s: %+v", path, list)
			}
			for _, number := range numbers {
				if !strings.Contains(list[0].Detail, h.opaque(number)) {
					h.t.Errorf("%s does not name %s: %+v", path, number, list[0])
				}
			}
		}
	})
}
