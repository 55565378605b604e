package oaiclient

import (
	"bufio"
	"bytes"
	"net/http"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/xmlstream"
)

// page is one answer of the other system, as received.
type page struct {
	body  *spool
	clean *spool // what salvage made of it; nil if it needs none
	aside int    // records salvage put aside
	// from and upto are where the page stands in the body, if something else was found around it.
	from, upto int64
	charset    string    // what the HTTP header declared
	status     int       // of HTTP
	asked      time.Time // our clock, before the request
	baseURL    string    // the address it was asked from, for the provenance of its cards
	date       string    // the server's Date header: its clock
	html       bool
	wait       time.Duration // what Retry-After asked; negative if nothing
	// items are the page's cards, and kept says that they are: of a page that makes one batch, from the first reading.
	items []cards.Item
	kept  bool
}

// Close gives the disk space back.
func (p *page) Close() {
	for _, s := range []*spool{p.body, p.clean} {
		if s != nil {
			_ = s.Close()
		}
	}
}

// looksHTML reports whether a page made for people came instead of XML. Its first bytes tell, not the content type: XML
// is often declared as HTML.
func looksHTML(p *spool) bool {
	head, _ := bufio.NewReaderSize(p.reader(), 1024).Peek(1024) // shorter at the end of a short page
	head = bytes.ToLower(pastBlanks(head))
	for _, start := range []string{"<!doctype html", "<html", "<head", "<body", "<script"} {
		if bytes.HasPrefix(head, []byte(start)) {
			return true
		}
	}
	return bytes.HasPrefix(head, []byte("<?xml")) && bytes.Contains(head, []byte("<html"))
}

// broken reports a server that fails or is overloaded, whatever its page says.
func broken(status int) bool {
	return status >= http.StatusInternalServerError || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout
}

// pastBlanks is the beginning of a page without a byte order mark and the blanks behind it.
func pastBlanks(head []byte) []byte {
	return bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\uFEFF")), xmlstream.Blanks)
}
