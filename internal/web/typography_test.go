package web_test

import (
	"net/http"
	"regexp"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// loose is a space at which a browser begins a line with what may not begin one in French, or leaves an opening mark behind.
var loose = regexp.MustCompile(`.{0,40}( [;:!?»]|« |n° ).{0,20}`)

// Scripts and what may be pasted elsewhere stand as they are.
var aside = regexp.MustCompile(`(?s)<(pre|code|script|style)[ >].*?</(pre|code|script|style)>`)

// A line that begins with a semicolon is a mistake in French, on a telephone's narrow screen above all.
func TestNoFrenchLineBeginsWithAMark(t *testing.T) {
	h := newHub(t)
	mours := storetest.Library(t, h.db, "mours", func(l *cards.Library) { l.PushURL = "https://sigb.example.org/cartes" })
	storetest.Library(t, h.db, "peyrins")
	storetest.Send(t, h.db, mours, storetest.Card("A1"))
	if err := h.db.SetAttention(t.Context(), mours.ID, cards.Say("Le serveur demande de revenir plus tard (HTTP %d) ; rien n’est perdu : le « réseau » attend !", 503)); err != nil {
		t.Fatal(err)
	}
	p := h.staff(cards.RoleAdministrator)
	for _, path := range []string{
		"/", "/demarrage", "/etablissements/mours", "/etablissements/mours/reglages", "/etablissements/mours/fiche", "/nouvelle-bibliotheque", "/fiches", "/fiches/" + h.cardID("A1"),
		"/a-decider/conflits", "/a-decider/doublons", "/a-decider/depots", "/a-decider/effacements", "/statistiques", "/systeme", "/systeme/courriels", "/systeme/comptes", "/compte",
	} {
		page := p.get(path).shows(http.StatusOK)
		for _, found := range loose.FindAllString(aside.ReplaceAllString(page.body, ""), -1) {
			t.Errorf("%s: %q", path, found)
		}
	}
}
