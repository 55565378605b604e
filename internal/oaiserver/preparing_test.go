package oaiserver_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// A library in preparation learns what the repository is and is handed no
// card, no mark moves and nothing is made ready to be handed again; opened, it
// is handed the others' cards, all of them, and not its own.
func TestALibraryInPreparationIsHandedNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h := open(t, s)
		late := storetest.Library(t, s, "late", func(l *cards.Library) { l.Preparing = true })
		others := h.give(h.peyrins, 3)
		storetest.Send(t, s, late, storetest.Card("OWN"))
		h.settled()
		id := url.QueryEscape(h.identifierOf(h.mours, others[0]))
		for _, query := range []string{
			all, all + "&set=late", all + "&from=2020-01-01T00:00:00Z", all + "&from=2020-01-01", "verb=ListIdentifiers&metadataPrefix=carte",
			"verb=ListRecords&resumptionToken=x", "verb=GetRecord&metadataPrefix=carte&identifier=" + id,
		} {
			got := h.as(late, query)
			if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") != "3600" ||
				!strings.Contains(string(got.body), "en préparation") || !strings.HasPrefix(got.header.Get("Content-Type"), "text/plain") {
				t.Errorf("%s: %d, %v, %s", query, got.status, got.header, got.body)
			}
		}
		for _, query := range []string{"verb=Identify", "verb=ListSets", "verb=ListMetadataFormats"} {
			if got := h.as(late, query); got.status != http.StatusOK || got.code != "" {
				t.Errorf("%s: %d, %s", query, got.status, got.code)
			}
		}
		if got := h.as(late, "verb=Nope"); got.status != http.StatusOK || got.code != "badVerb" {
			t.Errorf("a wrong request: %d, %s", got.status, got.code)
		}
		if m := h.mark(late); m.Seq != 0 || !m.Moved.IsZero() {
			t.Errorf("the mark moved: %+v", m)
		}
		status, err := s.LibraryStatus(t.Context(), "late")
		if err != nil || status.Behind != 3 || status.Again != 0 {
			t.Errorf("in preparation: %d behind, %d again, %v", status.Behind, status.Again, err)
		}
		if err := s.OpenLibrary(t.Context(), late.ID); err != nil {
			t.Fatal(err)
		}
		_, numbers := h.harvest(late, all)
		if slices.Sort(numbers); !slices.Equal(numbers, others) {
			t.Errorf("opened, it was handed %v, want %v", numbers, others)
		}
	})
}
