package xmlstream

import "io"

// Decoder reads one document. It is for one goroutine.
type Decoder struct {
	w      window
	limits Limits
	most   int // bytes of a tag
	names  names
	spaces spaces

	stack      []frame
	started    bool // the first byte was looked at
	rooted     bool // the root element was seen
	selfClosed bool // the last start tag was also the end of its element
	last       Kind
	err        error

	attrs     []Attr
	parsed    []parsedAttr
	value     []byte
	text      []byte
	truncated bool
	wordLine  int
}

// frame is an open element.
type frame struct {
	name     *name
	space    string
	line     int
	bindings int // namespace bindings in scope before it
}

// NewDecoder returns a decoder for a document in UTF-8; see [UTF8] for other encodings.
func NewDecoder(r io.Reader, l Limits) *Decoder {
	l = l.orDefaults()
	return &Decoder{w: newWindow(r), limits: l, most: l.tag(), names: newNames()}
}

// Next returns the next token, and io.EOF after a complete, well-formed document. Errors are a [*SyntaxError] or, wrapped,
// what the source's Read returned; after the first, every call returns it again.
func (d *Decoder) Next() (Token, error) {
	var t Token
	if d.err == nil {
		d.err = d.next(&t)
		d.last = t.Kind
	}
	if d.err != nil {
		return Token{}, d.err
	}
	return t, nil
}

// Skip reads to the end of the element whose StartElement was the last token, checking what it passes over.
func (d *Decoder) Skip() error {
	for depth := len(d.stack); len(d.stack) >= depth && depth > 0; {
		if _, err := d.Next(); err != nil {
			return err
		}
	}
	return d.err
}

// Depth is how many elements are open; the one just started counts, the one just ended does not.
func (d *Decoder) Depth() int { return len(d.stack) }

func (d *Decoder) next(t *Token) error {
	d.w.keep = -1
	if d.selfClosed {
		d.selfClosed = false
		t.Line, t.Column = d.w.line, d.w.col
		d.pop(t)
		return nil
	}
	if len(d.stack) == 0 {
		return d.outside(t)
	}
	if d.markupNext() {
		return d.tag(t)
	}
	return d.textRun(t)
}

// markupNext reports whether a start or end tag comes next, rather than text or what text runs on across.
func (d *Decoder) markupNext() bool {
	w := &d.w
	return w.ensure(2) && w.buf[w.pos] == '<' && w.buf[w.pos+1] != '!' && w.buf[w.pos+1] != '?'
}

// pop closes the innermost element.
func (d *Decoder) pop(t *Token) {
	top := d.stack[len(d.stack)-1]
	d.stack = d.stack[:len(d.stack)-1]
	d.spaces.bindings = d.spaces.bindings[:top.bindings]
	if d.w.tap.open && len(d.stack) == d.w.tap.depth {
		d.closeRaw()
	}
	t.Kind, t.Space, t.Local = EndElement, top.space, top.name.local
}
