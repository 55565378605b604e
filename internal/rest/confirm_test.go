package rest_test

import (
	"context"
	"net/http"
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
