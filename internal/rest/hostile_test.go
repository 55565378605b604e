package rest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

// PostgreSQL refuses bytes that are not UTF-8. What anybody may type must never reach it: they would be answered that the
// hub is broken, the log would fill up, and the limiter would not see them.
func TestACodeOfAnyBytesIsRefusedLikeAWrongOne(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		for _, code := range []string{"a\x00b", "mours\xff", "\xf0", "Mme Dupré", ""} {
			h.do(http.MethodGet, "/depots/1", "", func(r *http.Request) { r.SetBasicAuth(code, "x") }).
				wantReport(http.StatusUnauthorized, cards.Refused, `code="non-autorise"`)
		}
		h.do(http.MethodGet, "/depots/1", "", func(r *http.Request) { r.SetBasicAuth("\xfe", "x") }).
			wantReport(http.StatusTooManyRequests, cards.Refused)
		if strings.Contains(h.logs.String(), "ERROR") {
			h.t.Errorf("the log speaks of an error of the hub:\n%s", h.logs)
		}
	})
}

func TestAnEncodingOfAnyBytesIsRefused(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		mours := h.library("mours")
		for _, charset := range []string{"\"\xff\"", "\"a b\"", strings.Repeat("u", 1000)} {
			h.post("mours", documentOf("mours", cardXML("A1")), header("Content-Type", "application/xml; charset="+charset)).
				wantReport(http.StatusUnsupportedMediaType, cards.Refused, `code="type-de-contenu"`)
		}
		h.wantNoDeposit(mours)
	})
}

func TestStaffAskForACodeThatCanBeNone(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		h.reader()
		for _, path := range []string{"/libraries/%00", "/libraries/%ff", "/runs?library=%ff", "/deposits?library=%00"} {
			if a := h.read(path, nil); a.status != http.StatusUnprocessableEntity {
				h.t.Errorf("%s: status %d\n%s", path, a.status, a.body)
			}
		}
	})
}

// One transaction looks every refused card up: it must not keep the others' cards waiting for long.
func TestAConfirmationRefusesNoMillionCards(t *testing.T) {
	h := newHub(t)
	h.library("mours")
	h.post("mours", documentOf("mours", cardXML("A1"))).wantReport(http.StatusOK, cards.Integrated)
	var same, many strings.Builder
	for i := range 60_000 {
		same.WriteString(`<carte numero="A1" resultat="rejetee"/>`)
		fmt.Fprintf(&many, `<carte numero="A%d" resultat="rejetee"/>`, i)
	}
	if a := h.confirm("mours", reportOf("mours", same.String())); a.status != http.StatusNoContent {
		t.Errorf("one card many times: status %d\n%.500s", a.status, a.body)
	}
	h.confirm("mours", reportOf("mours", many.String())).wantReport(http.StatusRequestEntityTooLarge, cards.Refused, `code="trop-grand"`)
}
