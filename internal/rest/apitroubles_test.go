package rest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

func TestTroublesAreListed(t *testing.T) {
	h := newHub(t)
	h.staff()
	mours := h.library("mours")
	found := []cards.Finding{
		{TroubleKey: cards.TroubleKey{Kind: cards.TroubleClock}, Detail: cards.TroubleDetail{Count: 40}, Ripe: true},
		{TroubleKey: cards.TroubleKey{Kind: cards.TroubleRefused, LibraryID: mours.ID, Subject: cards.RefusedByHub}, Detail: cards.TroubleDetail{Count: 3}, Ripe: true},
	}
	none := func(cards.Trouble, cards.TroubleMail) []cards.Message { return nil }
	if err := h.db.SettleTroubles(t.Context(), found, none); err != nil {
		t.Fatal(err)
	}
	list := func(query string) string {
		t.Helper()
		a := h.do(http.MethodGet, "/api/v1/troubles"+query, "", bearer(keyFor(cards.RoleReader)))
		if a.status != http.StatusOK {
			t.Fatalf("%s: %d %s", query, a.status, a.body)
		}
		return a.body
	}
	all := list("")
	for _, want := range []string{"L’horloge de la base de données a reculé de 40 secondes.", `"library":"mours"`, `"subject":"concentrateur"`, `"count":3`, `"ended_at":null`, `"next_before":null`} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not in %s", want, all)
		}
	}
	for query, want := range map[string]int{"?library=mours": 1, "?kind=horloge": 1, "?open=true": 2, "?kind=silence": 0, "?limit=1": 1} {
		if n := strings.Count(list(query), `"began_at"`); n != want {
			t.Errorf("%s lists %d", query, n)
		}
	}
	if !strings.Contains(list("?limit=1"), `"next_before":2`) {
		t.Error("no way to the next page")
	}
}
