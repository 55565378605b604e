package oaiserver

import (
	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/oai"
)

// recorder tells cards as the protocol does, one after the other: what it hands
// out is good until the next. Cards of a page mostly came in by the same
// document: what they share is spelled once.
type recorder struct {
	door  *Door
	codes map[int64]string

	record oai.Record
	origin oai.Origin

	whose int64 // whose content origin.BaseURL and Altered tell
	stamp int64 // what origin.Datestamp spells
}

func (d *Door) recorder(sets []string, codes map[int64]string) *recorder {
	r := &recorder{door: d, codes: codes}
	r.record.Sets, r.record.Origin = sets, &r.origin
	r.origin.MetadataNamespace = namespace
	r.tellWhose(cards.HubID)
	r.tellStamp(0)
	return r
}

// of is the item as the protocol tells it; ListIdentifiers takes no more than
// its header.
func (r *recorder) of(item *cards.FeedItem) *oai.Record {
	if item.Origin != r.whose {
		r.tellWhose(item.Origin)
	}
	if item.Stamp != r.stamp {
		r.tellStamp(item.Stamp)
	}
	r.record.Identifier = oai.Identifier(r.door.opt.Domain, item.OAIID)
	r.record.Datestamp, r.record.Metadata = r.origin.Datestamp, item.XML
	r.origin.Identifier, r.origin.HarvestDate, r.origin.Origin = r.record.Identifier, r.origin.Datestamp, nil
	if p := item.Provenance; p != nil {
		r.origin.HarvestDate = oai.Second.Format(p.Harvested)
		r.origin.Origin = r.harvested(p)
	}
	return &r.record
}

// tellWhose fills the outer originDescription, which always names the
// establishment whose content stands, by a URN, since libraries that deposit
// have no OAI-PMH address; it is the hub, and the content altered, where the
// hub joined what several said.
func (r *recorder) tellWhose(origin int64) {
	code, altered := r.door.origins.hub, true
	if origin != cards.HubID && r.codes[origin] != "" {
		code, altered = r.codes[origin], false
	}
	r.whose, r.origin.BaseURL, r.origin.Altered = origin, establishment+code, altered
}

func (r *recorder) tellStamp(stamp int64) {
	r.stamp, r.origin.Datestamp = stamp, oai.Second.Format(stamp)
}

// harvested is the originDescription inside the other where the content was
// harvested: the library's own record, with its base URL, identifier and
// datestamp.
func (r *recorder) harvested(p *cards.Provenance) *oai.Origin {
	return &oai.Origin{
		BaseURL: oai.SafeURI(p.BaseURL), Identifier: oai.SafeURI(p.Identifier), Datestamp: datestamp(p),
		MetadataNamespace: namespace, HarvestDate: r.origin.HarvestDate, Altered: r.origin.Altered,
	}
}

// datestamp is the library's own where it can be read, else when it was
// harvested: a response must not become invalid by what a library's server
// calls a date.
func datestamp(p *cards.Provenance) string {
	_, g, err := oai.ParseDatestamp(p.Datestamp)
	if err == nil {
		return p.Datestamp
	}
	const lastYear = 9999 // of XML Schema, the first is 1; another zone than UTC may lead out of them
	if t, err := oai.ParseTime(p.Datestamp); err == nil && t.Year() >= 1 && t.Year() <= lastYear {
		return g.Format(t.Unix())
	}
	return oai.Second.Format(p.Harvested)
}
