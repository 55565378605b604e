package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/web"
)

// Whoever may look at a page may ask for its head alone, and nobody else may; it is recorded like the page.
func TestHeadIsGetWithoutItsBody(t *testing.T) {
	h := newHub(t)
	h.queueMail("mours@example.org", "Cartes refusées")
	people := []*person{h.visitor(), h.staff(cards.RoleReader), h.staff(cards.RoleOperator)}
	asHTML := func(r *http.Request) { r.Header.Set("Accept", "text/html") }
	for _, path := range []string{
		"/", "/connexion", "/premier-compte", "/demarrage", "/a-decider", "/a-decider/conflits", "/a-decider/effacements", "/fiches", "/statistiques",
		"/statistiques.csv", "/etablissements/mours/essai.xml", "/systeme", "/systeme/journal.csv", "/systeme/courriels", "/systeme/courriels/1", "/systeme/courriels/999", "/systeme/comptes", "/favicon.ico", "/nichts",
	} {
		for i, p := range people {
			before := len(h.recorded())
			got := p.get(path, asHTML)
			between := len(h.recorded())
			head := p.do(http.MethodHead, path, "", asHTML)
			if head.status != got.status || head.body != "" || head.header.Get("Content-Type") != got.header.Get("Content-Type") ||
				head.header.Get("Location") != got.header.Get("Location") {
				t.Errorf("%s for %d: HTTP status %d by GET, %d by HEAD: %v", path, i, got.status, head.status, head.header)
			}
			if list := h.recorded(); len(list)-between != between-before || between > before && list[len(list)-1] != list[between-1] {
				t.Errorf("%s by HEAD is not recorded as by GET: %v", path, list[before:])
			}
		}
	}
	wantRecorded(t, h, "compte-operator view-mail courriel 1")
}

// The head of the events is there at once: nothing follows that one would wait for.
func TestTheHeadOfTheEventsEndsAtOnce(t *testing.T) {
	h := newHub(t, func(o *web.Options) { o.Pages = append(o.Pages, web.EventsPage(said{})) })
	p := h.staff(cards.RoleReader)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	a := p.do(http.MethodHead, "/evenements", "", func(r *http.Request) { *r = *r.WithContext(ctx) })
	if a.status != http.StatusOK || !strings.HasPrefix(a.header.Get("Content-Type"), "text/event-stream") {
		t.Errorf("HTTP status %d, %v", a.status, a.header)
	}
}
