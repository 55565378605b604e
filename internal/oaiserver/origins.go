package oaiserver

import (
	"context"
	"sync/atomic"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/oai"
)

// establishment makes the URN that names whose content a card is.
const establishment = "urn:carte-reseau:etablissement:"

// origins tells whose content a card is.
type origins struct {
	load  func(ctx context.Context) (map[int64]string, error)
	hub   string
	codes atomic.Pointer[map[int64]string]
}

// of gives the codes of the libraries the items come from. IDs are never used
// again and codes never change, so what was loaded stays true: it is loaded
// again only when a library is missing from it.
func (o *origins) of(ctx context.Context, items []cards.FeedItem) (map[int64]string, error) {
	known := o.codes.Load()
	if known != nil && allKnown(*known, items) {
		return *known, nil
	}
	codes, err := o.load(ctx)
	if err != nil {
		return nil, err
	}
	o.codes.Store(&codes)
	return codes, nil
}

func allKnown(codes map[int64]string, items []cards.FeedItem) bool {
	for i := range items {
		if _, known := codes[items[i].Origin]; !known && items[i].Origin != cards.HubID {
			return false
		}
	}
	return true
}

// describe fills the provenance of a record. The outer originDescription always
// names the establishment whose content stands, by a URN, since libraries that
// deposit have no OAI-PMH address; it is the hub, and the content altered, where
// the hub joined what several said. Inside it, where the content was harvested,
// stands the library's own record: its base URL, identifier and datestamp.
func (o *origins) describe(item *cards.FeedItem, identifier string, codes map[int64]string) *oai.Origin {
	code, altered := o.hub, true
	if item.Origin != cards.HubID && codes[item.Origin] != "" {
		code, altered = codes[item.Origin], false
	}
	stamp := oai.Second.Format(item.Stamp)
	origin := &oai.Origin{
		BaseURL: establishment + code, Identifier: identifier, Datestamp: stamp,
		MetadataNamespace: namespace, HarvestDate: stamp, Altered: altered,
	}
	if p := item.Provenance; p != nil {
		origin.HarvestDate = oai.Second.Format(p.Harvested)
		origin.Origin = &oai.Origin{
			BaseURL: oai.SafeURI(p.BaseURL), Identifier: oai.SafeURI(p.Identifier), Datestamp: datestamp(p),
			MetadataNamespace: namespace, HarvestDate: origin.HarvestDate, Altered: altered,
		}
	}
	return origin
}

// datestamp is the library's own where it can be read, else when it was
// harvested: a response must not become invalid by what a library's server
// calls a date.
func datestamp(p *cards.Provenance) string {
	_, g, err := oai.ParseDatestamp(p.Datestamp)
	if err == nil {
		return p.Datestamp
	}
	if t, err := oai.ParseTime(p.Datestamp); err == nil {
		return g.Format(t.Unix())
	}
	return oai.Second.Format(p.Harvested)
}
