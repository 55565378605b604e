package xmlstream

import "unicode/utf8"

// tag reads the start or end tag at pos.
func (d *Decoder) tag() (Token, error) {
	w := &d.w
	w.countTo(w.pos)
	w.keep = w.pos
	if w.has("</") {
		return d.endTag()
	}
	end, err := d.tagEnd(2)
	if err != nil {
		return Token{}, err
	}
	return d.startTag(end)
}

// tagEnd returns the offset from keep of the > that ends the tag, holding the whole of it in the window.
func (d *Decoder) tagEnd(from int) (int, error) {
	w := &d.w
	var quote byte
	for i := from - 1; ; i++ {
		for w.keep+i >= w.end {
			if !w.more() {
				return 0, w.truncated("dans une balise")
			}
		}
		switch c := w.buf[w.keep+i]; {
		case c == '<':
			return 0, w.fail(w.keep+i, CodeMalformed, "Un « < » se trouve dans une balise ou une valeur d’attribut ; "+
				"une balise n’est pas fermée, ou il faut écrire « &lt; ».")
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '>':
			return i, nil
		case c == '"' || c == '\'':
			quote = c
		}
		if i > d.limits.tag() {
			return 0, w.fail(w.keep, CodeSize, "Une balise dépasse %d octets.", d.limits.tag())
		}
	}
}

// startTag reads the tag that ends at keep+end.
func (d *Decoder) startTag(end int) (Token, error) {
	w := &d.w
	tag := w.buf[w.keep+1 : w.keep+end]
	t := Token{Kind: StartElement, Line: w.line, Column: w.col}
	if len(tag) > 0 && tag[len(tag)-1] == '/' {
		d.selfClosed = true
		tag = tag[:len(tag)-1]
	}
	n := nameLength(tag)
	name, err := d.name(tag[:n], 1)
	if err != nil {
		return t, err
	}
	if len(d.stack) >= d.limits.Depth {
		return t, w.fail(w.keep, CodeDepth, "Plus de %d éléments sont imbriqués les uns dans les autres.", d.limits.Depth)
	}
	f := frame{name: name, line: t.Line, bindings: len(d.spaces.bindings)}
	d.attrs = d.attrs[:0]
	if n < len(tag) {
		if err := d.attributes(tag, n); err != nil {
			return t, err
		}
	}
	if f.space, err = d.space(name, 1); err != nil {
		return t, err
	}
	d.stack = append(d.stack, f)
	d.rooted = true
	w.pos = w.keep + end + 1
	t.Space, t.Local, t.Attrs = f.space, name.local, d.attrs
	return t, nil
}

// nameLength is the length of the name at the front of a tag.
func nameLength(b []byte) int {
	for i, c := range b {
		if isSpace(c) || c == '=' || c == '/' {
			return i
		}
	}
	return len(b)
}

// name checks the name that stands at keep+at.
func (d *Decoder) name(raw []byte, at int) (*name, error) {
	if len(raw) > d.limits.Name {
		return nil, d.w.fail(d.w.keep+at, CodeSize, "Un nom d’élément ou d’attribut dépasse %d octets.", d.limits.Name)
	}
	if n := d.names.get(raw); n != nil {
		return n, nil
	}
	for i := 0; i < len(raw); {
		r, size := utf8.DecodeRune(raw[i:])
		if r == utf8.RuneError && size == 1 {
			return nil, d.badBytes(d.w.keep + at + i)
		}
		if !isChar(r) {
			return nil, d.badChar(d.w.keep+at+i, r)
		}
		i += size
	}
	if len(raw) == 0 {
		return nil, d.w.fail(d.w.keep+at, CodeMalformed, "Un nom d’élément ou d’attribut manque ; un « < » qui n’ouvre pas "+
			"une balise s’écrit « &lt; ».")
	}
	return nil, d.w.fail(d.w.keep+at, CodeMalformed, "« %s » n’est pas un nom d’élément ou d’attribut.", shown(string(raw)))
}

// space resolves the prefix of a name that stands at keep+at.
func (d *Decoder) space(n *name, at int) (string, error) {
	uri, ok := d.spaces.resolve(n.prefix)
	if !ok {
		if n.prefix == "xmlns" {
			return "", d.w.fail(d.w.keep+at, CodePrefix, "Le préfixe « xmlns » est réservé aux déclarations.")
		}
		return "", d.w.fail(d.w.keep+at, CodePrefix, "Le préfixe « %s » n’est pas déclaré.", shown(n.prefix))
	}
	return uri, nil
}

// endTag reads the end tag at keep.
func (d *Decoder) endTag() (Token, error) {
	w := &d.w
	line, col := w.line, w.col
	end, err := d.tagEnd(2)
	if err != nil {
		return Token{}, err
	}
	tag := w.buf[w.keep+2 : w.keep+end]
	if len(d.stack) == 0 {
		return Token{}, w.fail(w.keep, CodeMalformed, "Une balise de fin ne ferme aucun élément.")
	}
	top := &d.stack[len(d.stack)-1]
	if string(tag) != top.name.raw {
		if err := d.looseEnd(tag, top); err != nil {
			return Token{}, err
		}
	}
	w.pos = w.keep + end + 1
	t := d.pop()
	t.Line, t.Column = line, col
	return t, nil
}

// looseEnd checks an end tag that is not simply the name: white space may follow it.
func (d *Decoder) looseEnd(tag []byte, top *frame) error {
	n := nameLength(tag)
	name, err := d.name(tag[:n], 2)
	if err != nil {
		return err
	}
	if name.raw != top.name.raw {
		return d.w.fail(d.w.keep, CodeMalformed, "La balise </%s> ne ferme pas l’élément <%s>, ouvert à la ligne %d.",
			shown(name.raw), shown(top.name.raw), top.line)
	}
	if skipSpace(tag, n) != len(tag) {
		return d.w.fail(d.w.keep, CodeMalformed, "La balise de fin </%s> contient autre chose que son nom.", shown(name.raw))
	}
	return nil
}
