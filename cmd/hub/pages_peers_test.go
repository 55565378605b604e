package main

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

// Every page is looked at in a real browser: nothing a reader of the rules of accessibility finds, nothing in the console,
// nothing wider than the screen, no sentence in another language that does not say so.
func TestPeersWalkEveryPage(t *testing.T) {
	eachScreen(t, func(t *testing.T, screen string, s *site) {
		h := s.staffed("mours", "peyrins")
		if status, _, err := newCaller(t, h.publicURL, "mours").post(t.Context(), someCards("mours")); err != nil || status != http.StatusOK {
			t.Fatalf("the deposit is answered by %d, %v", status, err)
		}
		file, err := h.store.CardFile(t.Context(), "A1")
		if err != nil {
			t.Fatal(err)
		}
		paths := []string{
			"/", "/demarrage", "/nouvelle-bibliotheque", "/etablissements/mours", "/etablissements/mours/reglages", "/etablissements/mours/fiche",
			"/etablissements/mours/passages", "/etablissements/mours/depots", "/etablissements/mours/refusees", "/documents/1", "/fiches",
			"/fiches/" + file.OAIID, "/fiches/" + file.OAIID + "/effacer", "/a-decider/conflits", "/a-decider/doublons", "/a-decider/depots",
			"/a-decider/effacements", "/statistiques", "/systeme", "/systeme/courriels", "/systeme/comptes", "/systeme/comptes/1", "/systeme/journal", "/compte",
		}
		s.walk(screen, h, cues{
			"paths": func(context.Context, string) (string, error) { return strings.Join(paths, " "), nil },
			"add-library": func(ctx context.Context, _ string) (string, error) {
				l := cards.Library{Code: "nouvelle", Name: "Nouvelle", Email: "nouvelle@example.org", Preparing: true}
				_, err := h.store.AddLibrary(ctx, l, keyOf("nouvelle"))
				return "", err
			},
		}, "every-page")
	})
}
