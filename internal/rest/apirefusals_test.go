package rest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

// What a library's own system did not take is listed page by page, and recorded by whose cards it shows.
func TestStaffListWhatASystemRefused(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		h.staff()
		monnaie := h.library("monnaie")
		h.library("mours")
		h.post("mours", documentOf("mours", cardXML("A1"), cardXML("A2"), cardXML("A3"))).wantReport(http.StatusOK, cards.Integrated)
		why := cards.Say("Le SIGB a refusé la carte (%s).", cards.Say("réponse %d", 400))
		refused := []cards.Refusal{{CardID: 1, Reason: why}, {CardID: 3, Reason: why}}
		if err := h.db.SettlePush(h.t.Context(), monnaie.ID, 3, nil, refused); err != nil {
			h.t.Fatal(err)
		}
		type page struct {
			Cards []struct {
				Card, Reason string
				Attempts     int
				DueAt        string `json:"due_at"`
			}
			NextBefore *int64 `json:"next_before"`
		}
		const path = "/libraries/monnaie/refused"
		before := h.lastEntry()
		var first, second page
		h.asReader(path + "?limit=1").see(&first)
		if first.NextBefore == nil || len(first.Cards) != 1 {
			h.t.Fatalf("%+v", first)
		}
		h.asReader(fmt.Sprintf("%s?limit=1&before=%d", path, *first.NextBefore)).see(&second)
		if c := first.Cards[0]; c.Card != "A3" || c.Attempts != 1 || c.DueAt == "" || c.Reason != "Le SIGB a refusé la carte (réponse 400)." {
			h.t.Errorf("%+v", c)
		}
		if len(second.Cards) != 1 || second.Cards[0].Card != "A1" || second.NextBefore != nil {
			h.t.Errorf("%+v", second)
		}
		var said []string
		for _, e := range h.entries(before) {
			said = append(said, e.Action+" "+e.Subject)
		}
		if got, want := strings.Join(said, ", "), "list-refusals bibliotheque monnaie, list-refusals bibliotheque monnaie"; got != want {
			h.t.Errorf("recorded %q, not %q", got, want)
		}
		h.asReader("/libraries/nulle-part/refused").wantProblem(http.StatusNotFound)
		h.asReader("/libraries/mours/refused").wantOK()
	})
}
