package xmlstream

import "unicode/utf8"

// tag reads the start or end tag at pos.
func (d *Decoder) tag(t *Token) error {
	w := &d.w
	w.countTo(w.pos)
	t.Line, t.Column = w.line, w.col
	w.keep = w.pos
	end, err := d.tagEnd()
	if err != nil {
		return err
	}
	if w.buf[w.keep+1] == '/' {
		return d.endTag(t, end)
	}
	return d.startTag(t, end)
}

// tagEnd returns the offset from keep of the > that ends the tag, holding the whole of it in the window.
func (d *Decoder) tagEnd() (int, error) {
	w := &d.w
	var quote byte
	for n := 1; ; {
		held := w.buf[w.keep:min(w.end, w.keep+d.most+1)]
		for ; n < len(held); n++ {
			switch c := held[n]; {
			case c == '<':
				return 0, w.fail(w.keep+n, CodeMalformed, "Un « < » se trouve dans une balise ou une valeur d’attribut ; "+
					"une balise n’est pas fermée, ou il faut écrire « &lt; ».")
			case quote != 0:
				if c == quote {
					quote = 0
				}
			case c == '>':
				return n, nil
			case c == '"' || c == '\'':
				quote = c
			}
		}
		if n > d.most {
			return 0, w.fail(w.keep, CodeSize, "Une balise dépasse %d octets.", d.most)
		}
		if !w.more() {
			return 0, w.truncated("dans une balise")
		}
	}
}

// startTag reads the tag that ends at keep+end.
func (d *Decoder) startTag(t *Token, end int) error {
	w := &d.w
	tag := w.buf[w.keep+1 : w.keep+end]
	if len(tag) > 0 && tag[len(tag)-1] == '/' {
		d.selfClosed = true
		tag = tag[:len(tag)-1]
	}
	n := nameLength(tag)
	name, err := d.name(tag[:n], 1)
	if err != nil {
		return err
	}
	if len(d.stack) >= d.limits.Depth {
		return w.fail(w.keep, CodeDepth, "Plus de %d éléments sont imbriqués les uns dans les autres.", d.limits.Depth)
	}
	f := frame{name: name, line: t.Line, bindings: len(d.spaces.bindings)}
	d.attrs = d.attrs[:0]
	if n < len(tag) {
		if err := d.attributes(tag, n); err != nil {
			return err
		}
	}
	if f.space, err = d.space(name, 1); err != nil {
		return err
	}
	d.stack = append(d.stack, f)
	d.rooted = true
	w.pos = w.keep + end + 1
	t.Kind, t.Space, t.Local, t.Attrs = StartElement, f.space, name.local, d.attrs
	return nil
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

// endTag reads the end tag from keep to keep+end.
func (d *Decoder) endTag(t *Token, end int) error {
	w := &d.w
	tag := w.buf[w.keep+2 : w.keep+end]
	if len(d.stack) == 0 {
		return w.fail(w.keep, CodeMalformed, "Une balise de fin ne ferme aucun élément.")
	}
	top := &d.stack[len(d.stack)-1]
	if string(tag) != top.name.raw {
		if err := d.looseEnd(tag, top); err != nil {
			return err
		}
	}
	w.pos = w.keep + end + 1
	d.pop(t)
	return nil
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
