package rest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

func TestALibraryReadsItsOwnDepositsAlone(t *testing.T) {
	h := newHub(t)
	mours := h.library("mours")
	h.library("peyrins")
	where := h.post("mours", documentOf("mours", cardXML("A1"), "<carte/>")).header.Get("Location")
	h.do(http.MethodGet, where, "", as("mours")).wantReport(http.StatusOK, cards.Partial, `numero="A1"`)
	short := h.do(http.MethodGet, where+"?detail=rejets", "", as("mours"))
	short.wantReport(http.StatusOK, cards.Partial, `recues="2"`)
	if strings.Contains(short.body, "A1") {
		t.Error("the report of the rejected lists a card that was not")
	}

	others, none := h.do(http.MethodGet, where, "", as("peyrins")), h.do(http.MethodGet, "/depots/2", "", as("peyrins"))
	others.wantReport(http.StatusNotFound, cards.Refused, `code="introuvable"`)
	if one, two := messageOf(others.body), messageOf(none.body); one != strings.Replace(two, "2", "1", 1) {
		t.Errorf("another's deposit answers %q, one that does not exist %q", one, two)
	}
	h.do(http.MethodGet, where, "").wantReport(http.StatusUnauthorized, cards.Refused)
	h.do(http.MethodGet, where+"?page=2", "", as("mours")).wantReport(http.StatusBadRequest, cards.Refused, `code="requete"`)

	unfinished, err := h.db.CreateDeposit(t.Context(), cards.Deposit{LibraryID: mours.ID, Door: cards.DoorFTP})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.db.SealDeposit(t.Context(), unfinished, 0); err != nil {
		t.Fatal(err)
	}
	h.do(http.MethodGet, "/depots/2", "", as("mours")).wantReport(http.StatusServiceUnavailable, cards.Refused, "en cours", `code="indisponible"`)
}

// messageOf is the sentence of a report's one fault.
func messageOf(report string) string {
	_, behind, _ := strings.Cut(report, "<erreur")
	_, sentence, _ := strings.Cut(behind, ">")
	sentence, _, _ = strings.Cut(sentence, "<")
	return sentence
}
