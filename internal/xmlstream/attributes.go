package xmlstream

import (
	"bytes"
	"unicode/utf8"
)

// parsedAttr is an attribute before its prefix is resolved, which needs all declarations of its element.
type parsedAttr struct {
	name  *name
	value string
	at    int // offset from keep
}

// attributes reads what follows the name in a start tag; tag begins at keep+1.
func (d *Decoder) attributes(tag []byte, i int) error {
	d.parsed = d.parsed[:0]
	for {
		j := skipSpace(tag, i)
		if j == len(tag) {
			break
		}
		if j == i {
			return d.w.fail(d.w.keep+1+i, CodeMalformed, "Une espace manque avant un attribut, ou un caractère est de trop.")
		}
		next, err := d.attribute(tag, j)
		if err != nil {
			return err
		}
		i = next
	}
	return d.resolveAttributes()
}

// attribute reads the one at tag[i] and returns where it ends.
func (d *Decoder) attribute(tag []byte, i int) (int, error) {
	w := &d.w
	at := i + 1
	n := nameLength(tag[i:])
	name, err := d.name(tag[i:i+n], at)
	if err != nil {
		return 0, err
	}
	eq := skipSpace(tag, i+n)
	if eq == len(tag) || tag[eq] != '=' {
		return 0, w.fail(w.keep+at, CodeMalformed, "L’attribut « %s » n’a pas de valeur.", shown(name.raw))
	}
	open := skipSpace(tag, eq+1)
	if open == len(tag) || tag[open] != '"' && tag[open] != '\'' {
		return 0, w.fail(w.keep+at, CodeMalformed, "La valeur de l’attribut « %s » n’est pas entre guillemets.", shown(name.raw))
	}
	length := bytes.IndexByte(tag[open+1:], tag[open])
	if length < 0 {
		return 0, w.fail(w.keep+at, CodeMalformed, "La valeur de l’attribut « %s » n’est pas fermée.", shown(name.raw))
	}
	value, err := d.attrValue(tag[open+1:open+1+length], open+2)
	if err != nil {
		return 0, err
	}
	return open + length + 2, d.keepAttribute(parsedAttr{name: name, value: value, at: at})
}

// keepAttribute declares a namespace, or holds the attribute until all are declared.
func (d *Decoder) keepAttribute(a parsedAttr) error {
	w := &d.w
	for _, other := range d.parsed {
		if other.name.raw == a.name.raw {
			return w.fail(w.keep+a.at, CodeMalformed, "L’attribut « %s » est donné deux fois.", shown(a.name.raw))
		}
	}
	if len(d.parsed) >= d.limits.Attrs {
		return w.fail(w.keep+a.at, CodeSize, "Un élément a plus de %d attributs.", d.limits.Attrs)
	}
	d.parsed = append(d.parsed, a)
	sentence := ""
	if a.name.prefix == "xmlns" {
		sentence = d.spaces.declare(a.name.local, a.value)
	} else if a.name.raw == "xmlns" {
		sentence = d.spaces.declare("", a.value)
	}
	if sentence != "" {
		return w.fail(w.keep+a.at, CodePrefix, "%s", sentence)
	}
	if len(d.spaces.bindings) > d.limits.Spaces {
		return w.fail(w.keep+a.at, CodeSize, "Plus de %d espaces de noms sont déclarés à la fois.", d.limits.Spaces)
	}
	return nil
}

// resolveAttributes gives each attribute its namespace and refuses two that are then the same.
func (d *Decoder) resolveAttributes() error {
	for _, a := range d.parsed {
		if a.name.prefix == "xmlns" || a.name.raw == "xmlns" {
			continue
		}
		out := Attr{Local: a.name.local, Value: a.value}
		if a.name.prefix != "" {
			space, err := d.space(a.name, a.at)
			if err != nil {
				return err
			}
			out.Space = space
		}
		for i := range d.attrs {
			if d.attrs[i].Local == out.Local && d.attrs[i].Space == out.Space {
				return d.w.fail(d.w.keep+a.at, CodeMalformed, "L’attribut « %s » est donné deux fois.", shown(a.name.raw))
			}
		}
		d.attrs = append(d.attrs, out)
	}
	return nil
}

// attrValue checks and normalises the value that begins at keep+at.
func (d *Decoder) attrValue(raw []byte, at int) (string, error) {
	simple := true
	for _, c := range raw {
		if c < 0x20 || c == '&' || c >= utf8.RuneSelf {
			simple = false
			break
		}
	}
	value := raw
	if !simple {
		d.value = d.value[:0]
		for i := 0; i < len(raw); {
			n, err := d.attrChar(raw[i:], at+i)
			if err != nil {
				return "", err
			}
			i += n
		}
		value = d.value
	}
	if len(value) > d.limits.AttrValue {
		return "", d.w.fail(d.w.keep+at, CodeSize, "La valeur d’un attribut dépasse %d octets.", d.limits.AttrValue)
	}
	return d.names.value(value), nil
}

// attrChar adds the character at the front of raw to the value and returns its length in the source.
func (d *Decoder) attrChar(raw []byte, at int) (int, error) {
	switch {
	case raw[0] == '&':
		return d.attrReference(raw, at)
	case raw[0] == '\r' && len(raw) > 1 && raw[1] == '\n':
		d.value = append(d.value, ' ')
		return 2, nil
	case isSpace(raw[0]):
		d.value = append(d.value, ' ')
		return 1, nil
	}
	r, size := utf8.DecodeRune(raw)
	if r == utf8.RuneError && size == 1 {
		return 0, d.badBytes(d.w.keep + at)
	}
	if !isChar(r) {
		return 0, d.badChar(d.w.keep+at, r)
	}
	d.value = append(d.value, raw[:size]...)
	return size, nil
}

func (d *Decoder) attrReference(raw []byte, at int) (int, error) {
	n := 1
	for n < len(raw) && n <= longestReference && referenceByte(raw[n]) {
		n++
	}
	if n == len(raw) {
		return 0, d.w.fail(d.w.keep+at, CodeMalformed, "Un « & » n’est pas le début d’une référence ; écrivez « &amp; ».")
	}
	r, sentence := reference(raw[:n+1])
	if sentence != "" {
		return 0, d.w.fail(d.w.keep+at, CodeMalformed, "%s", sentence)
	}
	if !isChar(r) {
		return 0, d.badChar(d.w.keep+at, r)
	}
	d.value = utf8.AppendRune(d.value, r)
	return n + 1, nil
}
