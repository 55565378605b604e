package oaiserver_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// A library in preparation learns all about the hub, and is given no card; once it is open it is given every one.
func TestALibraryInPreparationIsHandedNothing(t *testing.T) {
	s := storetest.SQLite(t)
	h := open(t, s)
	preparing := storetest.Library(t, s, "nouvelle", func(l *cards.Library) { l.Preparing = true })
	given := h.give(h.mours, 3)
	before := h.mark(preparing)
	identifier := "&identifier=" + h.identifierOf(h.peyrins, given[0])
	for _, query := range []string{all, "verb=ListIdentifiers&metadataPrefix=carte", "verb=GetRecord&metadataPrefix=carte" + identifier} {
		got := h.as(preparing, query)
		if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") != "3600" || !strings.Contains(string(got.body), "préparation") {
			t.Errorf("%s: %d %v %s", query, got.status, got.header, got.body)
		}
	}
	for _, query := range []string{"verb=Identify", "verb=ListSets", "verb=ListMetadataFormats"} {
		if got := h.as(preparing, query); got.status != http.StatusOK {
			t.Errorf("%s: %d", query, got.status)
		}
	}
	if after := h.mark(preparing); after != before {
		t.Errorf("its mark moved from %+v to %+v", before, after)
	}
	if err := s.OpenLibrary(t.Context(), preparing.ID); err != nil {
		t.Fatal(err)
	}
	if _, numbers := h.harvest(preparing, all); len(numbers) != len(given) {
		t.Errorf("it is handed %v, want %v", numbers, given)
	}
}
