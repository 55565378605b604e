package exchange

import (
	"fmt"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/xmlstream"
)

// mostFaults bounds what is kept of a card that is nothing but faults.
const mostFaults = 100

// cardReader reads one carte after another from a decoder, gathering every fault.
type cardReader struct {
	dec   *xmlstream.Decoder
	opts  Options
	today string

	space string
	in    cards.Incoming
	line  int
	fault []cards.Fault
}

func newCardReader(dec *xmlstream.Decoder, o Options) *cardReader {
	return &cardReader{dec: dec, opts: o, today: o.today()}
}

// read reads the element start has begun, which should be a carte in the namespace space.
func (c *cardReader) read(start xmlstream.Token, space string) (cards.Item, error) {
	c.space, c.line = space, start.Line
	c.in, c.fault = cards.Incoming{}, nil
	if !c.opts.NoRaw {
		c.dec.StartRaw(c.opts.MaxRaw)
	}
	if err := c.root(start); err != nil {
		return cards.Item{}, err
	}
	item := cards.Item{Line: c.line, Incoming: c.in, Faults: c.fault}
	if !c.opts.NoRaw {
		item.Raw = returned(c.dec.StopRaw(), c.in.Number)
	}
	return item, nil
}

func (c *cardReader) root(start xmlstream.Token) error {
	if start.Local != "carte" || start.Space != c.space {
		c.unknown(start, clip(start.Local, 40))
		return c.dec.Skip()
	}
	for _, a := range start.Attrs {
		if a.Space == "" && a.Local == "origine" {
			if !cards.ValidCode(collapse(a.Value)) {
				c.fail(CodeValue, "", start.Line, "L’attribut « origine » n’est pas un code d’établissement.")
			}
			continue
		}
		c.unknownAttribute(a, "", start.Line)
	}
	return c.carte()
}

// fail notes a fault of the card.
func (c *cardReader) fail(code, path string, line int, format string, args ...any) {
	if len(c.fault) >= mostFaults {
		return
	}
	c.fault = append(c.fault, cards.Fault{Code: code, Field: path, Line: line, Message: fmt.Sprintf(format, args...)})
}

func (c *cardReader) unknown(t xmlstream.Token, path string) {
	c.fail(CodeUnknownElement, path, t.Line, "L’élément « %s » %s", clip(t.Local, 40), c.notOfTheFormat(t))
}

// notOfTheFormat says why, mostly for systems that forgot the namespace of an element, or of the document.
func (c *cardReader) notOfTheFormat(t xmlstream.Token) string {
	switch t.Space {
	case c.space:
		return "n’est pas du format, ou pas à cette place."
	case "":
		return "est sans espace de noms ; il doit être dans « " + clip(c.space, 80) + " », comme ce qui l’entoure."
	case Namespace:
		return "est dans l’espace de noms « " + Namespace + " », mais ce qui l’entoure ne l’est pas : " +
			"déclarez cet espace de noms pour le tout, ou nulle part."
	}
	return "est dans l’espace de noms « " + clip(t.Space, 80) + " », qui n’est pas celui du format."
}

func (c *cardReader) unknownAttribute(a xmlstream.Attr, path string, line int) {
	if !isSchemaHint(a) {
		c.fail(CodeUnknownAttribute, path, line, "L’attribut « %s » n’est pas du format.", clip(a.Local, 40))
	}
}

// sequence reads the content of an element up to its end: handle is called for each child that is known, after what is
// wrong with its place was noted; it must read to the child's end.
func (c *cardReader) sequence(e *elements, handle func(at int, t xmlstream.Token) error) error {
	var seen [16]int
	last := 0
	for {
		t, err := c.dec.Next()
		if err != nil {
			return err
		}
		switch t.Kind {
		case xmlstream.EndElement:
			return nil
		case xmlstream.Text:
			if t.WordLine > 0 {
				c.fail(CodeStrayText, e.path, t.WordLine, "Du texte se trouve là où seuls des éléments sont permis.")
			}
		case xmlstream.StartElement:
			at := c.place(e, t, &seen, &last)
			if at < 0 {
				err = c.dec.Skip()
			} else {
				err = handle(at, t)
			}
			if err != nil {
				return err
			}
		}
	}
}

// place finds the child in the sequence and checks its order and number; -1 for an element that is not of the format or
// was given often enough already.
func (c *cardReader) place(e *elements, t xmlstream.Token, seen *[16]int, last *int) int {
	at := e.at(t.Local)
	if at < 0 || t.Space != c.space {
		c.unknown(t, e.child(clip(t.Local, 40)))
		return -1
	}
	path := e.paths[at]
	seen[at]++
	switch {
	case seen[at] > e.most[at] && e.most[at] == 1:
		c.fail(CodeRepeated, path, t.Line, "L’élément « %s » est donné plusieurs fois.", t.Local)
		return -1
	case seen[at] > e.most[at]:
		c.fail(CodeRepeated, path, t.Line, "L’élément « %s » est donné plus de %d fois.", t.Local, e.most[at])
		return -1
	case at < *last:
		c.fail(CodeOrder, path, t.Line, "L’élément « %s » n’est pas à sa place : il doit précéder « %s ».", t.Local, e.names[*last])
	default:
		*last = at
	}
	return at
}

// checkAttributes notes the attributes of an element that should have none.
func (c *cardReader) checkAttributes(t xmlstream.Token, path string) {
	for _, a := range t.Attrs {
		c.unknownAttribute(a, path, t.Line)
	}
}
