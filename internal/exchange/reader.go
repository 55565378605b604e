package exchange

import (
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
	var item cards.Item
	start, err := r.begin()
	if err == nil {
		item, err = r.cards.read(start, r.space)
	}
	if err != nil {
		return cards.Item{}, r.end(err)
	}
	item.Ordinal = r.ordinal
	return item, nil
}

// Pass goes past the next card: of what is in it, it checks no more than that the document is well-formed. Errors are those of
// Next.
func (r *Reader) Pass() error {
	_, err := r.begin()
	if err == nil {
		err = r.dec.Skip()
	}
	return r.end(err)
}

// Cards is how many cards were read or passed.
func (r *Reader) Cards() int { return r.ordinal }

// begin finds the next card.
func (r *Reader) begin() (start xmlstream.Token, err error) {
	if r.err != nil {
		return start, r.err
	}
	for {
		t, err := r.dec.Next()
		if err != nil {
			return t, err
		}
		switch t.Kind {
		case xmlstream.StartElement:
			r.ordinal++
			return t, nil
		case xmlstream.Text:
			if t.WordLine > 0 {
				return t, failDocument(t.WordLine, CodeEnvelope, "Du texte se trouve entre les cartes ; "+
					"« cartes » ne contient que des éléments « carte ».")
			}
		}
	}
}

// end keeps the first error.
func (r *Reader) end(err error) error {
	if r.err == nil && err != nil {
		r.err = documentError(err)
	}
	return r.err
}

// DecodeCard reads the element carte that start has just begun in a document of another kind, such as an OAI-PMH response.
// The caller accepts its namespace: a card written plainly inherits that of the response, and is read as being in it. The
// decoder then stands behind the element's end. Errors are the decoder's own.
func DecodeCard(dec *xmlstream.Decoder, start xmlstream.Token, o Options) (cards.Item, error) {
	return newCardReader(dec, o).read(start, start.Space)
}
