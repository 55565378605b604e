package rest_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

func (h *hub) confirm(code, report string, tweaks ...tweak) answer {
	h.t.Helper()
	return h.do(http.MethodPost, "/rapports", report, append([]tweak{as(code), header("Content-Type", "application/xml")}, tweaks...)...)
}

func reportOf(sender, lines string) string {
	return `<rapport xmlns="urn:carte-reseau:1" etablissement="` + sender + `" date="2026-11-21T08:30:02Z" statut="partiel"
		recues="2" creees="1" modifiees="0" inchangees="0" rejetees="1">` + lines + `</rapport>`
}

func TestACardRefusedWhereItWasFetchedIsHandedAgain(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		h.library("mours")
		peyrins := h.library("peyrins")
		h.post("mours", documentOf("mours", cardXML("A1"), cardXML("A2"))).wantReport(http.StatusOK, cards.Integrated)

		a := h.confirm("peyrins", reportOf("peyrins", `<carte numero="A2" resultat="rejetee"><erreur code="valeur">Commune inconnue ici.</erreur></carte>`))
		if a.status != http.StatusNoContent || a.body != "" {
			h.t.Errorf("HTTP status %d, body %q", a.status, a.body)
		}
		h.until(func() bool { // it is due again some seconds later
			due, err := h.db.NextHandAgain(context.Background(), peyrins.ID)
			return err == nil && due.After(time.Now())
		})
		state, err := h.db.LibraryStatus(h.t.Context(), "peyrins")
		if err != nil || state.Again != 1 {
			h.t.Errorf("status %+v, error %v", state, err)
		}
	})
}

// What a library's system says beyond the format is passed over.
func TestAConfirmationMaySayMore(t *testing.T) {
	h := newHub(t)
	h.library("mours")
	report := strings.Replace(reportOf("mours", ""), `recues="2"`, `trace="`+strings.Repeat("x", 1536)+`" recues="2"`, 1)
	if a := h.confirm("mours", strings.Replace(report, `rejetees="1"`, `rejetees="0"`, 1)); a.status != http.StatusNoContent {
		t.Errorf("HTTP status %d, body %q", a.status, a.body)
	}
}

func TestAConfirmationFarTooLarge(t *testing.T) {
	storetest.WithoutRace(t)
	h := newHub(t)
	h.library("mours")
	h.confirm("mours", reportOf("mours", strings.Repeat(" ", 33<<20))).wantReport(http.StatusRequestEntityTooLarge, cards.Refused, `code="trop-grand"`)
	bomb := packed(strings.Repeat(" ", 40<<20))
	h.confirm("mours", bomb, header("Content-Encoding", "gzip")).wantReport(http.StatusRequestEntityTooLarge, cards.Refused)
}

func TestAConfirmationThatCannotBeRead(t *testing.T) {
	h := newHub(t)
	h.library("mours")
	for name, c := range map[string]struct {
		report string
		status int
		code   string
	}{
		"no XML":    {"thanks", http.StatusBadRequest, "mal-forme"},
		"nothing":   {"", http.StatusBadRequest, "vide"},
		"cards":     {documentOf("mours", cardXML("A1")), http.StatusBadRequest, "enveloppe"},
		"cut short": {strings.TrimSuffix(reportOf("mours", ""), "</rapport>"), http.StatusBadRequest, "tronque"},
		"no counts": {`<rapport xmlns="urn:carte-reseau:1"/>`, http.StatusBadRequest, "enveloppe"},
		"another's": {reportOf("peyrins", ""), http.StatusForbidden, "interdit"},
	} {
		t.Run(name, func(t *testing.T) {
			a := h.confirm("mours", c.report)
			a.t = t
			a.wantReport(c.status, cards.Refused, `code="`+c.code+`"`)
		})
	}
	h.confirm("mours", reportOf("mours", ""), header("Content-Type", "application/json")).wantReport(http.StatusUnsupportedMediaType, cards.Refused)
	h.confirm("mours", reportOf("mours", ""), query("simulation=1")).wantReport(http.StatusBadRequest, cards.Refused, `code="requete"`)
	h.confirm("mours", reportOf("mours", ""), func(r *http.Request) { r.SetBasicAuth("mours", "x") }).wantReport(http.StatusUnauthorized, cards.Refused)
	h.do(http.MethodGet, "/rapports", "", as("mours")).wantReport(http.StatusMethodNotAllowed, cards.Refused)
}

// A report that says that nothing was integrated confirms nothing, whatever its form; one that refuses all its cards by name
// is heard card by card.
func TestAReportOfAFailureConfirmsNothing(t *testing.T) {
	const head = `<rapport xmlns="urn:carte-reseau:1" etablissement="peyrins" date="2126-11-21T08:30:02Z" `
	for name, c := range map[string]struct {
		report    string
		confirmed bool
		again     int64
	}{
		"a fault of the whole":   {head + `statut="refuse" recues="0"><erreur code="mal-forme">Balise fermée trop tôt.</erreur></rapport>`, false, 1},
		"a fault, and no status": {head + `recues="0"><erreur/></rapport>`, false, 1},
		"refused":                {head + `statut="refuse" recues="1" rejetees="1"/>`, false, 1},
		"put aside":              {head + `statut="suspendu" recues="1" modifiees="1" rejetees="0"/>`, false, 1},
		"simulated":              {head + `statut="simulation" recues="1" modifiees="1" rejetees="0"/>`, false, 1},
		"refused by name":        {head + `statut="refuse" recues="1" rejetees="1"><carte numero="A1" resultat="rejetee"/></rapport>`, false, 1},
		"integrated":             {head + `statut="integre" recues="1" creees="1" rejetees="0"/>`, true, 0},
		"without a date":         {`<rapport recues="1"/>`, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHub(t)
			h.library("mours")
			peyrins := h.library("peyrins")
			h.post("mours", documentOf("mours", cardXML("A1"))).wantReport(http.StatusOK, cards.Integrated)
			list := cards.List{LibraryID: peyrins.ID, Until: time.Now().Unix() + 2, UpperSeq: 1, Size: 1}
			for _, told := range []func(context.Context, cards.List) error{h.db.BeginList, h.db.FinishList} {
				if err := told(t.Context(), list); err != nil {
					t.Fatal(err)
				}
			}
			if a := h.confirm("peyrins", c.report); a.status != http.StatusNoContent {
				t.Errorf("HTTP status %d, %s", a.status, a.body)
			}
			state, err := h.db.LibraryStatus(t.Context(), "peyrins")
			if err != nil || state.Again != c.again {
				t.Errorf("status %+v, error %v", state, err)
			}
			runs, err := h.db.Runs(t.Context(), cards.RunQuery{Library: "peyrins", Limit: 1})
			if err != nil || len(runs) != 1 || runs[0].OK != c.confirmed || runs[0].Error.IsZero() != c.confirmed {
				t.Errorf("run %+v, error %v", runs, err)
			}
			standings, err := h.db.Standing(t.Context(), "A1")
			if err != nil || !slices.ContainsFunc(standings, func(s cards.Standing) bool { return s.Library == "peyrins" && s.Confirmed == c.confirmed }) {
				t.Errorf("standing %+v, error %v", standings, err)
			}
		})
	}
}

// Who rejects cards and does not say which learns of it: nothing of the report is kept.
func TestRejectedCardsHaveToBeNamed(t *testing.T) {
	h := newHub(t)
	h.library("mours")
	h.library("peyrins")
	h.post("mours", documentOf("mours", cardXML("A1"))).wantReport(http.StatusOK, cards.Integrated)
	const line = `<carte numero="A1" resultat="rejetee"/>`
	report := func(rejected, lines string) string {
		return `<rapport etablissement="peyrins" statut="partiel" recues="2" ` + rejected + `>` + lines + `</rapport>`
	}
	for name, said := range map[string]string{
		"none named":   report(`rejetees="1"`, ""),
		"too few":      report(`rejetees="2"`, line),
		"too many":     report(`rejetees="0"`, line),
		"no number":    report(`rejetees="1"`, `<carte resultat="rejetee"/>`),
		"one has none": report("", line+`<carte resultat="rejetee"/>`),
	} {
		t.Run(name, func(t *testing.T) {
			a := h.confirm("peyrins", said)
			a.t = t
			a.wantReport(http.StatusUnprocessableEntity, cards.Refused, `code="requete"`, "rejetees")
		})
	}
	if runs, err := h.db.Runs(t.Context(), cards.RunQuery{Limit: 9}); err != nil || len(runs) != 0 {
		t.Errorf("kept %+v, %v", runs, err)
	}
	for _, said := range []string{report(`rejetees="1"`, line+line), report(`rejetees="2"`, line+line), report("", line)} {
		if a := h.confirm("peyrins", said); a.status != http.StatusNoContent {
			t.Errorf("%s: HTTP status %d, %s", said, a.status, a.body)
		}
	}
}

// A system that writes numbers another way, without their leading zeros, refuses cards nobody finds: they would count as
// integrated, and never be handed again. One that was erased meanwhile is nobody's any more.
func TestRejectedCardsHaveToBeOfTheNetwork(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		h.library("mours")
		h.library("peyrins")
		h.post("mours", documentOf("mours", cardXML("0012345678"), cardXML("0012345679"))).wantReport(http.StatusOK, cards.Integrated)
		if _, err := h.db.Erase(h.t.Context(), "0012345679", "test"); err != nil {
			h.t.Fatal(err)
		}
		again := func(number string, status int) int64 {
			h.t.Helper()
			a := h.confirm("peyrins", reportOf("peyrins", `<carte numero="`+number+`" resultat="rejetee"/>`))
			if a.status != status {
				h.t.Errorf("%s refused: HTTP status %d, %s", number, a.status, a.body)
			}
			if strings.Contains(a.body, number) {
				h.t.Errorf("the answer spells the number out: %s", a.body)
			}
			state, err := h.db.LibraryStatus(h.t.Context(), "peyrins")
			if err != nil {
				h.t.Fatal(err)
			}
			return state.Again
		}
		if n := again("12345678", http.StatusUnprocessableEntity) + again("0012345679", http.StatusNoContent); n != 0 {
			h.t.Errorf("%d cards are handed again", n)
		}
		if runs, err := h.db.Runs(h.t.Context(), cards.RunQuery{Library: "peyrins", Limit: 9}); err != nil || len(runs) != 1 {
			h.t.Errorf("kept %+v, %v", runs, err)
		}
		if n := again("0012345678", http.StatusNoContent); n != 1 {
			h.t.Errorf("%d cards are handed again", n)
		}
	})
}

// A date that cannot be read must not count as none: that would confirm what came after the list it speaks of.
func TestAConfirmationOfAnUnreadableDateConfirmsNothing(t *testing.T) {
	h := newHub(t)
	h.library("mours")
	report := strings.Replace(reportOf("mours", ""), `rejetees="1"`, `rejetees="0"`, 1)
	for _, date := range []string{"2026-11-29 17:01:03", "hier", "29/11/2026 18:00", "2026-11-21T08:30:02", ""} {
		a := h.confirm("mours", strings.Replace(report, "2026-11-21T08:30:02Z", date, 1))
		if a.status != http.StatusBadRequest || !strings.Contains(a.body, "responseDate") {
			t.Errorf("date %q: HTTP status %d, body %q", date, a.status, a.body)
		}
	}
	if runs, err := h.db.Runs(t.Context(), cards.RunQuery{Library: "mours", Limit: 1}); err != nil || len(runs) > 0 {
		t.Errorf("%+v, %v", runs, err)
	}
}

// A status that is none must not count as a success: who writes « refusé », or « erreur », took nothing.
func TestAConfirmationOfAnUnknownStatusConfirmsNothing(t *testing.T) {
	h := newHub(t)
	h.library("mours")
	for _, status := range []string{"refusé", "erreur", "ok"} {
		a := h.confirm("mours", `<rapport statut="`+status+`" recues="1" rejetees="0"/>`)
		a.t = t
		a.wantReport(http.StatusBadRequest, cards.Refused, `code="requete"`, "statut", "integre, partiel, refuse, suspendu, simulation")
	}
	if runs, err := h.db.Runs(t.Context(), cards.RunQuery{Library: "mours", Limit: 1}); err != nil || len(runs) > 0 {
		t.Errorf("%+v, %v", runs, err)
	}
	if a := h.confirm("mours", `<rapport statut=" INTEGRE " recues="1" rejetees="0"/>`); a.status != http.StatusNoContent {
		t.Errorf("HTTP status %d, body %q", a.status, a.body)
	}
}
