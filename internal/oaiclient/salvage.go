package oaiclient

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"regexp"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
	"github.com/carte-reseau/hub/internal/oai"
	"github.com/carte-reseau/hub/internal/xmlstream"
)

// One record that is not well-formed (a name with a bare "&", most often) makes the whole page unreadable, and with it
// every page behind: its token stands at the end. So a page that stays so is taken apart at the tags of its records. A
// record with which alone the page would not be well-formed is put aside: an element illisible takes its place, holding its
// source as text, and cardOf refuses it.

var (
	recordStart = regexp.MustCompile(`<(?:[\pL_][\pL\pN_.-]*:)?record[\s>]`)
	recordEnd   = regexp.MustCompile(`</(?:[\pL_][\pL\pN_.-]*:)?record\s*>`)
	identifier  = regexp.MustCompile(`identifier\s*>([^<&]*)<`)
)

const (
	maxRecord = 1 << 20
	// maxFrame bounds what stands before the first record and after the last: it is read again with each record, and a
	// server must not be able to keep the hub busy for days with one page.
	maxFrame = 64 << 10
)

// The element that stands for an unreadable record, in a namespace no server writes.
const (
	unreadableName  = "illisible"
	unreadableSpace = "urn:carte-reseau:illisible"
)

// errHopeless says that the fault lies outside the records.
var errHopeless = errors.New("the page is not well-formed outside its records")

// salvage makes a readable page of one that is not well-formed; p.clean then holds it. It ends with ctx.
func (p *page) salvage(ctx context.Context, dir string) error {
	switch trimmed, err := p.trim(); {
	case err != nil:
		return err
	case trimmed && p.whole():
		return nil
	}
	head, tail, err := p.frame(ctx)
	if err != nil {
		return err
	}
	clean, err := newSpool(dir)
	if err != nil {
		return err
	}
	if err := p.rewrite(ctx, clean, head, tail); err != nil {
		_ = clean.Close()
		return err
	}
	p.clean = clean
	return nil
}

// frame is what stands before the first record and after the last, which must be well-formed without them.
func (p *page) frame(ctx context.Context) (head, tail []byte, err error) {
	pieces, err := p.pieces(ctx)
	if err != nil {
		return nil, nil, err
	}
	for first := true; pieces.Scan(); first = false {
		if first {
			head = beforeRecord(pieces.Bytes())
		}
		if len(head) > maxFrame {
			return nil, nil, errHopeless // whatever the rest of the page may take
		}
		tail = append(tail[:0], pieces.Bytes()...)
	}
	if pieces.Err() != nil {
		return nil, nil, pieces.Err()
	}
	if head == nil || len(head)+len(tail) > maxFrame || recordEnd.Match(tail) || wellFormed(head, nil, tail) != nil {
		return nil, nil, errHopeless
	}
	return head, tail, nil
}

func (p *page) rewrite(ctx context.Context, w io.Writer, head, tail []byte) error {
	pieces, err := p.pieces(ctx)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	_, _ = out.Write(head) // bufio keeps the error for Flush
	for first := true; pieces.Scan(); first = false {
		piece := pieces.Bytes()
		if first {
			piece = piece[len(head):]
		}
		if !recordEnd.Match(piece) {
			break // the tail
		}
		if fault := wellFormed(head, piece, tail); fault != nil {
			piece = unreadableRecord(piece, fault)
			p.aside++
		}
		_, _ = out.Write(piece)
	}
	if pieces.Err() != nil {
		return pieces.Err()
	}
	_, _ = out.Write(tail)
	return out.Flush()
}

// pieces cuts the page's text behind every end of a record. It ends with ctx.
func (p *page) pieces(ctx context.Context) (*bufio.Scanner, error) {
	text, err := p.text(new(int))
	if err != nil {
		return nil, err
	}
	var c cutter
	s := bufio.NewScanner(filling{text})
	s.Buffer(make([]byte, 0, glance), maxRecord)
	s.Split(func(data []byte, atEOF bool) (int, []byte, error) {
		if ctx.Err() != nil {
			return 0, nil, ctx.Err()
		}
		return c.cut(data, atEOF)
	})
	return s, nil
}

func beforeRecord(piece []byte) []byte {
	at := recordStart.FindIndex(piece)
	if at == nil {
		return nil
	}
	return bytes.Clone(piece[:at[0]])
}

// wellFormed returns what is wrong with the page if this were its only record.
func wellFormed(head, record, tail []byte) *xmlstream.SyntaxError {
	whole := io.MultiReader(bytes.NewReader(head), bytes.NewReader(record), bytes.NewReader(tail))
	decoder := xmlstream.NewDecoder(whole, pageLimits)
	var err error
	for err == nil {
		_, err = decoder.Next()
	}
	var fault *xmlstream.SyntaxError
	_ = errors.As(err, &fault) // else it is the end, since memory does not fail
	return fault
}

func unreadableRecord(source []byte, fault *xmlstream.SyntaxError) []byte {
	out := []byte(`<record xmlns="` + oai.Namespace + `"><header><identifier>`)
	if found := identifier.FindSubmatch(source); found != nil {
		out = xmlstream.AppendText(out, string(bytes.TrimSpace(found[1])))
	}
	out = append(out, `</identifier></header><metadata><`+unreadableName+` xmlns="`+unreadableSpace+`" defaut="`...)
	out = xmlstream.AppendAttr(out, fault.Msg)
	out = append(out, `">`...)
	out = xmlstream.AppendText(out, string(source[:min(len(source), maxReturned/8)]))
	return append(out, `</`+unreadableName+`></metadata></record>`...)
}

// unreadable refuses a record that was put aside. What goes back is its source as text: as XML it could not be read.
func unreadable(decoder *xmlstream.Decoder, rec *oai.Received) (cards.Item, error) {
	fault, _ := rec.Metadata.Attr("defaut")
	var raw []byte
	if err := keepSource(decoder, &raw); err != nil {
		return cards.Item{}, err
	}
	return refused(raw, exchange.CodeMalformed,
		"L’enregistrement « "+rec.Identifier+" » n’est pas du XML bien formé : "+fault+" Il doit être corrigé par le fournisseur du SIGB."), nil
}
