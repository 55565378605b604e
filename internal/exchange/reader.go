package exchange

import (
	"bytes"
	"io"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/xmlstream"
)

// Mode says whether a document holds what changed or everything.
type Mode string

// The modes of a document.
const (
	Incremental Mode = "incremental"
	Complete    Mode = "complet"
)

// Envelope is what a document says of itself.
type Envelope struct {
	Establishment string
	Mode          Mode
	Made          time.Time // genere-le; zero when it does not say
}

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
	envelope, err := readEnvelope(root, o.location())
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
// The decoder then stands behind the element's end. Errors are the decoder's own.
func DecodeCard(dec *xmlstream.Decoder, start xmlstream.Token, o Options) (cards.Item, error) {
	space := Namespace
	if start.Space == "" {
		space = ""
	}
	return newCardReader(dec, o).read(start, space)
}

func checkRoot(root xmlstream.Token, name string) error {
	if root.Local != name {
		return failDocument(root.Line, CodeEnvelope, "L’élément racine est « %s » ; « %s » est attendu.",
			clip(root.Local, 40), name)
	}
	if root.Space != Namespace && root.Space != "" {
		return failDocument(root.Line, CodeNamespace, "L’espace de noms de l’élément racine est « %s » ; « %s » est attendu.",
			clip(root.Space, 80), Namespace)
	}
	return nil
}

func readEnvelope(root xmlstream.Token, loc *time.Location) (Envelope, error) {
	e := Envelope{Mode: Incremental}
	fail := func(code, format string, args ...any) (Envelope, error) {
		return Envelope{}, failDocument(root.Line, code, format, args...)
	}
	given := false
	for _, a := range root.Attrs {
		value := collapse(a.Value)
		switch {
		case isSchemaHint(a):
		case a.Space == "" && a.Local == "etablissement":
			e.Establishment, given = value, true
		case a.Space == "" && a.Local == "mode":
			e.Mode = Mode(value)
		case a.Space == "" && a.Local == "genere-le":
			made, ok := parseInstant(value, loc)
			if !ok {
				return fail(CodeEnvelope, "L’attribut « genere-le » (« %s ») n’est pas une date et heure de la forme "+
					"2026-11-21T09:30:00+01:00.", clip(value, 40))
			}
			e.Made = made
		default:
			return fail(CodeEnvelope, "L’attribut « %s » de « cartes » n’est pas du format.", clip(a.Local, 40))
		}
	}
	if !given || e.Establishment == "" {
		return fail(CodeEstablishment, "L’attribut « etablissement » de « cartes » manque ou est vide.")
	}
	if !cards.ValidCode(e.Establishment) {
		return fail(CodeEstablishment, "« %s » n’est pas un code d’établissement : 1 à 32 caractères parmi a-z, 0-9 et « - ».",
			clip(e.Establishment, 40))
	}
	if e.Mode != Incremental && e.Mode != Complete {
		return fail(CodeEnvelope, "L’attribut « mode » vaut « %s » ; « incremental » ou « complet » est attendu.",
			clip(string(e.Mode), 40))
	}
	return e, nil
}

// isSchemaHint recognises xsi:schemaLocation and its like, which any element may carry.
func isSchemaHint(a xmlstream.Attr) bool {
	return a.Space == "http://www.w3.org/2001/XMLSchema-instance" &&
		(a.Local == "schemaLocation" || a.Local == "noNamespaceSchemaLocation")
}

// strayLine says whether a text is more than white space, and on which line that begins.
func strayLine(t xmlstream.Token) (int, bool) {
	stray := bytes.TrimLeft(t.Text, " \t\r\n")
	blank := t.Text[:len(t.Text)-len(stray)]
	return t.Line + bytes.Count(blank, []byte{'\n'}), len(stray) > 0
}
