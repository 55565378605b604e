package oai

import (
	"io"
	"strconv"

	"github.com/carte-reseau/hub/internal/xmlstream"
)

// writeAt is how much of a response is gathered before it is handed on.
const writeAt = 64 << 10

// Writer streams one response: Begin, then Error or what the verb calls for,
// then End. Its first failure stays, silences what comes after and is
// returned by End. It holds no more than one record and some 64 KiB.
type Writer struct {
	dst     io.Writer
	baseURL string
	// schemas is the xsi:schemaLocation beside the protocol's own.
	schemas string
	buf     []byte
	list    Verb // the open container
	err     error
	// What records mostly share.
	stamped phrase    // the end of a header
	taken   [2]phrase // the beginning of an origin, and of the one inside
	dated   [2]phrase // its end
}

// NewWriter returns a writer of responses of the repository at baseURL.
// schemas adds to xsi:schemaLocation, so that readers find the schemas of
// what is inside: pairs of a namespace and an address, separated by spaces.
func NewWriter(dst io.Writer, baseURL, schemas string) *Writer {
	w := new(Writer)
	w.Reset(dst, baseURL, schemas)
	return w
}

// Reset makes the writer a new one, which gathers in the memory of the old. What
// the old one had not handed on is gone.
func (w *Writer) Reset(dst io.Writer, baseURL, schemas string) {
	if w.buf == nil {
		w.buf = make([]byte, 0, writeAt+writeAt/4)
	}
	w.dst, w.baseURL, w.schemas, w.buf, w.list, w.err = dst, baseURL, schemas, w.buf[:0], "", nil
}

// Begin writes what stands before every answer. The request is echoed as far
// as it was understood: a zero one (badVerb, badArgument) with no attribute.
func (w *Writer) Begin(responseDate int64, echo Request) {
	w.raw(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
		`<OAI-PMH xmlns="` + Namespace + `" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="` +
		Namespace + ` http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd`)
	if w.schemas != "" {
		w.raw(" ")
		w.buf = xmlstream.AppendAttr(w.buf, w.schemas)
	}
	w.raw(`"><responseDate>`)
	w.buf = AppendTime(w.buf, responseDate)
	w.raw(`</responseDate><request`)
	for _, a := range echo.arguments() {
		if a.value != "" {
			w.attr(a.name, a.value)
		}
	}
	w.raw(`>`)
	w.buf = xmlstream.AppendText(w.buf, w.baseURL)
	w.raw("</request>\n")
}

// Error writes one error of the protocol.
func (w *Writer) Error(code ErrorCode, message string) {
	w.raw(`<error`)
	w.attr("code", string(code))
	w.raw(`>`)
	w.buf = xmlstream.AppendText(w.buf, message)
	w.raw("</error>\n")
}

// Identify writes the answer to Identify.
func (w *Writer) Identify(id Identity) {
	w.open(Identify)
	w.element("repositoryName", id.RepositoryName)
	w.element("baseURL", w.baseURL)
	w.element("protocolVersion", "2.0")
	for _, email := range id.AdminEmails {
		w.element("adminEmail", email)
	}
	w.element("earliestDatestamp", id.Granularity.Format(id.Earliest))
	w.element("deletedRecord", id.DeletedRecord)
	w.element("granularity", id.Granularity.String())
	for _, compression := range id.Compressions {
		w.element("compression", compression)
	}
	if id.Domain != "" {
		w.raw(`<description><oai-identifier xmlns="` + identifierNamespace + `">`)
		w.element("scheme", "oai")
		w.element("repositoryIdentifier", id.Domain)
		w.element("delimiter", ":")
		w.element("sampleIdentifier", id.SampleIdentifier)
		w.raw("</oai-identifier></description>\n")
	}
}

// Formats writes the answer to ListMetadataFormats.
func (w *Writer) Formats(formats ...Format) {
	w.open(ListMetadataFormats)
	for _, f := range formats {
		w.raw("<metadataFormat>")
		w.element("metadataPrefix", f.Prefix)
		w.element("schema", f.Schema)
		w.element("metadataNamespace", f.Namespace)
		w.raw("</metadataFormat>\n")
	}
}

// Sets writes the answer to ListSets.
func (w *Writer) Sets(sets ...Set) {
	w.open(ListSets)
	for _, s := range sets {
		w.raw("<set>")
		w.element("setSpec", s.Spec)
		w.element("setName", s.Name)
		w.raw("</set>\n")
	}
}

// OpenList begins the answer to a verb that is followed by records or
// headers: GetRecord, ListRecords or ListIdentifiers.
func (w *Writer) OpenList(verb Verb) { w.open(verb) }

// Record writes one record; a header alone in ListIdentifiers.
func (w *Writer) Record(r *Record) {
	if w.list == ListIdentifiers {
		w.header(&r.Header)
		w.flushAt(writeAt)
		return
	}
	w.raw("<record>")
	w.header(&r.Header)
	if len(r.Metadata) > 0 {
		w.raw("<metadata>")
		w.buf = append(w.buf, r.Metadata...)
		w.raw("</metadata>")
	}
	if r.Origin != nil {
		w.raw(`<about><provenance xmlns="` + provenanceNamespace + `">`)
		w.origin(r.Origin, 0)
		w.raw("</provenance></about>")
	}
	w.raw("</record>\n")
	w.flushAt(writeAt)
}

// ResumptionToken writes the token that ends a page.
func (w *Writer) ResumptionToken(t ResumptionToken) {
	w.raw("<resumptionToken")
	if t.ExpirationDate != "" {
		w.attr("expirationDate", t.ExpirationDate)
	}
	if t.CompleteSize > 0 {
		w.attr("completeListSize", strconv.FormatInt(t.CompleteSize, 10))
	}
	if t.Cursor >= 0 {
		w.attr("cursor", strconv.FormatInt(t.Cursor, 10))
	}
	w.raw(">")
	w.buf = xmlstream.AppendText(w.buf, t.Value)
	w.raw("</resumptionToken>\n")
}

// End closes the response, hands on what is left of it and returns the first
// failure of the whole.
func (w *Writer) End() error {
	if w.list != "" {
		w.raw("</" + string(w.list) + ">\n")
		w.list = ""
	}
	w.raw("</OAI-PMH>\n")
	w.flushAt(0)
	return w.err
}

// Err is the first failure so far: there is no use in writing more.
func (w *Writer) Err() error { return w.err }

// The namespaces of the two schemas the protocol's guidelines add.
const (
	identifierNamespace = "http://www.openarchives.org/OAI/2.0/oai-identifier"
	provenanceNamespace = "http://www.openarchives.org/OAI/2.0/provenance"
)

func (w *Writer) open(verb Verb) {
	w.list = verb
	w.raw("<" + string(verb) + ">\n")
}

func (w *Writer) header(h *Header) {
	if h.Deleted {
		w.raw(`<header status="deleted">`)
	} else {
		w.raw(`<header>`)
	}
	w.element("identifier", h.Identifier)
	tail := func() {
		w.element("datestamp", h.Datestamp)
		for _, set := range h.Sets {
			w.element("setSpec", set)
		}
		w.raw("</header>")
	}
	if len(h.Sets) != 1 {
		tail()
		return
	}
	w.again(&w.stamped, [3]string{h.Datestamp, h.Sets[0]}, tail)
}

// origin writes an origin that stands inside depth others.
func (w *Writer) origin(o *Origin, depth int) {
	kept := min(depth, len(w.taken)-1)
	altered := strconv.FormatBool(o.Altered)
	w.again(&w.taken[kept], [3]string{o.HarvestDate, altered, o.BaseURL}, func() {
		w.raw("<originDescription")
		w.attr("harvestDate", o.HarvestDate)
		w.attr("altered", altered)
		w.raw(">")
		w.element("baseURL", o.BaseURL)
	})
	w.element("identifier", o.Identifier)
	w.again(&w.dated[kept], [3]string{o.Datestamp, o.MetadataNamespace}, func() {
		w.element("datestamp", o.Datestamp)
		w.element("metadataNamespace", o.MetadataNamespace)
	})
	if o.Origin != nil {
		w.origin(o.Origin, depth+1)
	}
	w.raw("</originDescription>")
}

// phrase is what was last written of some values: records that follow each other
// mostly came in by one document.
type phrase struct {
	of   [3]string
	text []byte
}

// again writes a phrase, which is spelled only where its values are not those of
// the last time.
func (w *Writer) again(p *phrase, of [3]string, spell func()) {
	if p.text != nil && p.of == of {
		w.buf = append(w.buf, p.text...)
		return
	}
	at := len(w.buf)
	spell()
	p.of, p.text = of, append(p.text[:0], w.buf[at:]...)
}

func (w *Writer) element(name, text string) {
	w.buf = append(append(append(w.buf, '<'), name...), '>')
	w.buf = xmlstream.AppendText(w.buf, text)
	w.buf = append(append(append(w.buf, "</"...), name...), '>')
}

func (w *Writer) attr(name, value string) {
	w.buf = append(append(append(w.buf, ' '), name...), `="`...)
	w.buf = append(xmlstream.AppendAttr(w.buf, value), '"')
}

func (w *Writer) raw(s string) { w.buf = append(w.buf, s...) }

// flushAt hands on what was gathered, once it has come to so many bytes.
func (w *Writer) flushAt(size int) {
	if len(w.buf) < size {
		return
	}
	if w.err == nil {
		_, w.err = w.dst.Write(w.buf)
	}
	w.buf = w.buf[:0]
}
