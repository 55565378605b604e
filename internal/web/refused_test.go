package web_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// However many cards a library's system refuses, all can be read: page by page.
func TestRefusedCardsGoOnOnANextPage(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		monnaie := storetest.Library(h.t, h.db, "monnaie")
		const pageRows = 50
		var sent []cards.Incoming
		var refused []cards.Refusal
		for i := int64(1); i <= pageRows+1; i++ {
			sent = append(sent, storetest.Card(fmt.Sprintf("N%03d", i)))
			refused = append(refused, cards.Refusal{CardID: i, Reason: cards.Quote("le nom manque")})
		}
		storetest.Send(h.t, h.db, storetest.Library(h.t, h.db, "mours"), sent...)
		if err := h.db.SettlePush(h.t.Context(), monnaie.ID, pageRows+1, nil, refused); err != nil {
			h.t.Fatal(err)
		}
		p := h.staff(cards.RoleReader)
		const path = "/etablissements/monnaie/refusees"
		p.get(path).shows(http.StatusOK, ">N051<", ">N002<", "le nom manque", `href="?avant=2"`).hides(">N001<")
		p.get(path+"?avant=2").shows(http.StatusOK, ">N001<").hides(">N002<", `href="?avant=`)
	})
}
