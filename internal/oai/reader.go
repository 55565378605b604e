package oai

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/carte-reseau/hub/internal/xmlstream"
)

// Reader reads one response, record by record. It asks of the document that
// it is complete and well-formed, which the decoder sees to, and that it is an
// OAI-PMH response; elements it does not know, and any namespace around the
// records, it passes over, since servers of all ages and makers answer.
//
//	for {
//		rec, err := r.Next()
//		if err == io.EOF { ... r.Errors, r.Token ... }
//		if rec.Metadata != nil { read the element from the decoder }
//	}
type Reader struct {
	d *xmlstream.Decoder

	// What the response said so far; complete after Next returned io.EOF.

	// ResponseDate is the server's clock, as it wrote it.
	ResponseDate string
	// Verb names the element the answer stands in; empty for an error.
	Verb Verb
	// Errors are the errors it answered; at most 16 are kept.
	Errors []Error
	// Token is the resumption token; nil where there is none.
	Token *ResumptionToken

	inside bool // the last record was given out at its metadata: the rest of it is unread
}

// Received is a record as it came in.
type Received struct {
	Header
	// Metadata is the start of the element inside metadata, nil if there is
	// none. It was the decoder's last token: the caller may read the element
	// from the decoder, in whole, in part or not at all, before it calls Next
	// again. Its Attrs are valid until then only.
	Metadata *xmlstream.Token
	// Line is where the record begins in the response.
	Line int
}

// ErrNotOAI is returned where the document is well-formed but no OAI-PMH
// response: a page of a proxy, of a portal that asks to sign in.
var ErrNotOAI = errors.New("la réponse n’est pas un document OAI-PMH")

const (
	maxErrors = 16
	maxSets   = 64
	maxText   = 16 << 10 // bytes of an identifier, a token, a message
)

// The depths at which the parts of a response stand.
const (
	depthRoot   = 1
	depthAnswer = 2 // responseDate, error, the verb's element
	depthRecord = 3
)

// NewReader returns a reader of the response that d decodes.
func NewReader(d *xmlstream.Decoder) *Reader { return &Reader{d: d} }

// Next returns the next record; io.EOF after a complete response. Other
// errors are the decoder's, or ErrNotOAI.
func (r *Reader) Next() (*Received, error) {
	if err := r.leaveRecord(); err != nil {
		return nil, err
	}
	for {
		t, err := r.d.Next()
		if err != nil {
			return nil, err
		}
		if t.Kind != xmlstream.StartElement {
			continue
		}
		rec, err := r.start(&t)
		if rec != nil || err != nil {
			return rec, err
		}
	}
}

// leaveRecord reads what the caller left unread of the last record.
func (r *Reader) leaveRecord() error {
	for r.inside && r.d.Depth() >= depthRecord {
		if _, err := r.d.Next(); err != nil {
			return err
		}
	}
	r.inside = false
	return nil
}

func (r *Reader) start(t *xmlstream.Token) (*Received, error) {
	switch r.d.Depth() {
	case depthRoot:
		if t.Local != "OAI-PMH" {
			return nil, fmt.Errorf("%w : son élément racine est « %.40s »", ErrNotOAI, t.Local)
		}
		return nil, nil
	case depthAnswer:
		return nil, r.answer(t)
	}
	switch t.Local {
	case "record":
		return r.readRecord(t.Line)
	case "header": // ListIdentifiers has no record around it
		rec := &Received{Line: t.Line}
		return rec, r.readHeader(t, &rec.Header)
	case "resumptionToken":
		return nil, r.readToken(t)
	}
	return nil, r.d.Skip()
}

// answer reads what stands directly in the root; into the element of a verb it
// only steps.
func (r *Reader) answer(t *xmlstream.Token) (err error) {
	if _, known := signatures[Verb(t.Local)]; known {
		r.Verb = Verb(t.Local)
		return nil
	}
	switch t.Local {
	case "responseDate":
		r.ResponseDate, err = r.text()
		return err
	case "error":
		return r.readError(t)
	}
	return r.d.Skip()
}

func (r *Reader) readError(t *xmlstream.Token) error {
	code, _ := t.Attr("code")
	message, err := r.text()
	if err == nil && len(r.Errors) < maxErrors {
		r.Errors = append(r.Errors, Error{Code: ErrorCode(strings.TrimSpace(code)), Message: message})
	}
	return err
}

// readRecord reads up to the metadata's element, or to the record's end where
// there is none.
func (r *Reader) readRecord(line int) (*Received, error) {
	rec := &Received{Line: line}
	r.inside = true
	for r.d.Depth() >= depthRecord {
		t, err := r.d.Next()
		if err != nil {
			return nil, err
		}
		if t.Kind != xmlstream.StartElement {
			continue
		}
		switch t.Local {
		case "header":
			err = r.readHeader(&t, &rec.Header)
		case "metadata":
			rec.Metadata, err = r.enterMetadata()
		default:
			err = r.d.Skip()
		}
		if err != nil {
			return nil, err
		}
		if rec.Metadata != nil {
			return rec, nil
		}
	}
	return rec, nil
}

// enterMetadata stops at the element inside metadata; nil if there is none.
func (r *Reader) enterMetadata() (*xmlstream.Token, error) {
	for depth := r.d.Depth(); r.d.Depth() >= depth; {
		t, err := r.d.Next()
		if err != nil {
			return nil, err
		}
		if t.Kind == xmlstream.StartElement {
			return &t, nil
		}
	}
	return nil, nil
}

func (r *Reader) readHeader(t *xmlstream.Token, h *Header) error {
	status, _ := t.Attr("status")
	h.Deleted = strings.EqualFold(strings.TrimSpace(status), "deleted")
	for depth := r.d.Depth(); r.d.Depth() >= depth; {
		t, err := r.d.Next()
		if err != nil {
			return err
		}
		if t.Kind != xmlstream.StartElement {
			continue
		}
		text, err := r.text()
		if err != nil {
			return err
		}
		switch t.Local {
		case "identifier":
			h.Identifier = text
		case "datestamp":
			h.Datestamp = text
		case "setSpec":
			if len(h.Sets) < maxSets {
				h.Sets = append(h.Sets, text)
			}
		}
	}
	return nil
}

// readToken reads the resumption token; attributes that are no numbers count
// as not said, for nothing hangs on them.
func (r *Reader) readToken(t *xmlstream.Token) error {
	token := &ResumptionToken{Cursor: -1}
	token.ExpirationDate, _ = t.Attr("expirationDate")
	if n, ok := number(t, "completeListSize"); ok {
		token.CompleteSize = n
	}
	if n, ok := number(t, "cursor"); ok {
		token.Cursor = n
	}
	r.Token = token
	value, cut, err := r.boundedText()
	if cut {
		// Without it the list would seem complete.
		return fmt.Errorf("%w : son resumptionToken dépasse %d octets", ErrNotOAI, maxText)
	}
	token.Value = value
	return err
}

func number(t *xmlstream.Token, attr string) (int64, bool) {
	s, _ := t.Attr(attr)
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	return n, err == nil && n >= 0
}

// text reads the element just started to its end and returns its own text
// without white space around it, cut where it is longer than any that means
// something.
func (r *Reader) text() (string, error) {
	text, _, err := r.boundedText()
	return text, err
}

func (r *Reader) boundedText() (text string, cut bool, err error) {
	var kept []byte
	for depth := r.d.Depth(); r.d.Depth() >= depth; {
		t, err := r.d.Next()
		if err != nil {
			return "", false, err
		}
		if t.Kind != xmlstream.Text || r.d.Depth() != depth {
			continue
		}
		room := min(len(t.Text), maxText-len(kept))
		cut = cut || t.Truncated || room < len(t.Text)
		kept = append(kept, t.Text[:room]...)
	}
	return strings.ToValidUTF8(string(bytes.TrimSpace(kept)), ""), cut, nil
}
