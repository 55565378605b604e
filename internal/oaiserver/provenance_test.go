package oaiserver_test

import (
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// harvested applies one card as the harvest of l brings it.
func (h *hub) harvested(l *cards.Library, in cards.Incoming, p cards.Provenance) {
	h.t.Helper()
	_, err := h.store.Apply(h.t.Context(), cards.Batch{
		Library: l, Door: cards.DoorHarvest, Moment: cards.Moment{Arrived: time.Now()},
		Items: []cards.Item{{Ordinal: 1, Incoming: in, Provenance: &p}},
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// record is the one record of a card in l's set.
func (h *hub) record(l *cards.Library, number string) string {
	h.t.Helper()
	for _, record := range strings.Split(string(h.as(l, all).body), "<record>") {
		if strings.Contains(record, "<numero>"+number+"<") {
			return record
		}
	}
	h.t.Fatalf("%s is not in the set of %s", number, l.Code)
	return ""
}

func TestProvenance(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.SQLite(t))
	granges := storetest.Library(t, h.store, "granges")
	storetest.Send(t, h.store, h.peyrins, storetest.Card("DEPOSITED"), storetest.Card("MERGED"))
	h.harvested(h.peyrins, storetest.Card("HARVESTED"), cards.Provenance{
		BaseURL: "http://sigb.exemple.fr/oai?base=1&x", Identifier: "oai:sigb.exemple.fr:77", Datestamp: "2026-11-20T10:00:00Z", Harvested: 1795249802})
	h.settled()
	h.as(granges, all)
	h.settled()
	// Each of two libraries changed another field of one card.
	storetest.Send(t, h.store, h.peyrins, storetest.Card("MERGED", func(c *cards.Card) { c.Phone = "04 75 11 11 11" }))
	storetest.Send(t, h.store, granges, storetest.Card("MERGED", func(c *cards.Card) { c.Address.Lines = []string{"1 place Jacquemart"} }))
	h.settled()

	deposited := h.record(h.mours, "DEPOSITED")
	for _, part := range []string{`altered="false"><baseURL>urn:carte-reseau:etablissement:peyrins</baseURL><identifier>oai:cartes.exemple.fr:`,
		`<metadataNamespace>urn:carte-reseau:1</metadataNamespace></originDescription></provenance></about></record>`} {
		if !strings.Contains(deposited, part) {
			t.Errorf("deposited: %s\nlacks %s", deposited, part)
		}
	}
	harvested := h.record(h.mours, "HARVESTED")
	for _, part := range []string{
		`<originDescription harvestDate="2026-11-21T08:30:02Z" altered="false"><baseURL>urn:carte-reseau:etablissement:peyrins</baseURL>`,
		`<originDescription harvestDate="2026-11-21T08:30:02Z" altered="false"><baseURL>http://sigb.exemple.fr/oai?base=1&amp;x</baseURL>` +
			`<identifier>oai:sigb.exemple.fr:77</identifier><datestamp>2026-11-20T10:00:00Z</datestamp>`,
	} {
		if !strings.Contains(harvested, part) {
			t.Errorf("harvested: %s\nlacks %s", harvested, part)
		}
	}
	merged := h.record(h.mours, "MERGED")
	if !strings.Contains(merged, `altered="true"><baseURL>urn:carte-reseau:etablissement:reseau</baseURL>`) || strings.Contains(merged, "origine=") {
		t.Errorf("merged: %s", merged)
	}
}

// TestProvenanceOfRemovedLibrary: content outlives the library it came from.
func TestProvenanceOfRemovedLibrary(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.SQLite(t))
	h.give(h.peyrins, 1)
	if err := h.store.RemoveLibrary(t.Context(), h.peyrins.ID); err != nil {
		t.Fatal(err)
	}
	h.settled()
	if got := h.record(h.mours, "K0000"); !strings.Contains(got, `altered="false"><baseURL>urn:carte-reseau:etablissement:peyrins<`) {
		t.Error(got)
	}
}

// TestProvenanceOfStrangeServers: whatever a library's server calls its
// records, the hub's responses stay valid, which as checks.
func TestProvenanceOfStrangeServers(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.SQLite(t))
	for i, p := range []cards.Provenance{
		{},
		{BaseURL: "http://[::1]:80/oai", Identifier: "26 100 é", Datestamp: "2026-11-20 10:00:00"},
		{BaseURL: "http://a/b", Identifier: "12:34", Datestamp: "2026-11-20T10:00:00+01:00"},
		{BaseURL: "http://a/b", Identifier: "#a#b%", Datestamp: "20/11/2026"},
		{BaseURL: "http://a/b", Identifier: "<&\"'>", Datestamp: "2026-11-20"},
		{BaseURL: "http://a/b", Identifier: "::", Datestamp: "2026-11-20T10:00:00.123Z"},
		{BaseURL: "http://a/b", Identifier: "c:1", Datestamp: "0001-01-01T00:00:00+01:00"},
		{BaseURL: "http://a/b", Identifier: "c:2", Datestamp: "9999-12-31T23:59:59-05:00"},
		{BaseURL: "http://a/b", Identifier: "c:3", Datestamp: "0000-01-01"},
	} {
		h.harvested(h.peyrins, storetest.Card(string(rune('A'+i))), p)
	}
	h.settled()
	if got := h.as(h.mours, all); len(got.numbers) != 9 {
		t.Errorf("%s", got.body)
	}
}
