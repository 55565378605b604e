package exchange

import (
	"bytes"
	"io"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/xmlstream"
)

// Reader reads a document cartes, one card at a time, in bounded memory.
type Reader struct {
	// Envelope is read by NewReader.
	Envelope Envelope

	dec     *xmlstream.Decoder
	space   string // Namespace, or empty in a document without
	cards   *cardReader
	ordinal int
	err     error
}

// NewReader reads the beginning of a document, in any encoding that is accepted. Errors are a [*DocumentError] or, wrapped,
// the source's own.
func NewReader(r io.Reader, o Options) (*Reader, error) {
	utf8, err := xmlstream.UTF8(r, o.Charset)
	if err != nil {
		return nil, documentError(err)
	}
	dec := xmlstream.NewDecoder(utf8, readLimits())
	root, err := dec.Next()
	if err != nil {
		return nil, documentError(err)
	}
	if err := checkRoot(root, "cartes"); err != nil {
		return nil, err
	}
	envelope, err := readEnvelope(root, o)
	if err != nil {
		return nil, err
	}
	return &Reader{Envelope: envelope, dec: dec, space: root.Space, cards: newCardReader(dec, o)}, nil
}

// Next returns the next card with all its faults, and io.EOF when the document has ended and is well-formed to its last
// byte. Other errors are as those of NewReader and final; the faults of a card are not errors.
func (r *Reader) Next() (cards.Item, error) {
	if r.err != nil {
		return cards.Item{}, r.err
	}
	item, err := r.next()
	if err != nil {
		r.err = documentError(err)
		return cards.Item{}, r.err
	}
	return item, nil
}

func (r *Reader) next() (cards.Item, error) {
	for {
		t, err := r.dec.Next()
		if err != nil {
			return cards.Item{}, err
		}
		switch t.Kind {
		case xmlstream.StartElement:
			item, err := r.cards.read(t, r.space)
			r.ordinal++
			item.Ordinal = r.ordinal
			return item, err
		case xmlstream.Text:
			if line, stray := strayLine(t); stray {
				return cards.Item{}, failDocument(line, CodeEnvelope, "Du texte se trouve entre les cartes ; "+
					"« cartes » ne contient que des éléments « carte ».")
			}
		}
	}
}

// DecodeCard reads the element carte that start has just begun in a document of another kind, such as an OAI-PMH response.
// The caller accepts its namespace: a card written plainly inherits that of the response, and is read as being in it. The
// decoder then stands behind the element's end. Errors are the decoder's own.
func DecodeCard(dec *xmlstream.Decoder, start xmlstream.Token, o Options) (cards.Item, error) {
	return newCardReader(dec, o).read(start, start.Space)
}

// strayLine says whether a text is more than white space, and on which line that begins.
func strayLine(t xmlstream.Token) (int, bool) {
	stray := bytes.TrimLeft(t.Text, " \t\r\n")
	blank := t.Text[:len(t.Text)-len(stray)]
	return t.Line + bytes.Count(blank, []byte{'\n'}), len(stray) > 0
}
