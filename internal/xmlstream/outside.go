package xmlstream

import (
	"io"
	"unicode/utf8"
)

const byteOrderMark = "\uFEFF"

// outside reads what stands before and after the root element.
func (d *Decoder) outside(t *Token) error {
	if !d.started {
		d.started = true
		if err := d.prologue(); err != nil {
			return err
		}
	}
	for {
		if !d.toMarkup() {
			return d.atEnd()
		}
		w := &d.w
		switch {
		case w.has("<!") || w.has("<?"):
			if w.has("<![CDATA[") {
				return d.strayText()
			}
			if err := d.aside(); err != nil {
				return err
			}
		case w.buf[w.pos] != '<':
			return d.strayText()
		case d.rooted && w.ensure(2) && !w.has("</"):
			return w.fail(w.pos, CodeMalformed,
				"Un second élément racine commence après la fin du premier ; un document n’en a qu’un.")
		default:
			return d.tag(t)
		}
	}
}

// toMarkup passes over white space; false at the end of the source.
func (d *Decoder) toMarkup() bool {
	w := &d.w
	for {
		w.pos = skipSpace(w.buf[:w.end], w.pos)
		if w.pos < w.end {
			return true
		}
		if !w.more() {
			return false
		}
	}
}

// atEnd is what the end of the source means outside the root element.
func (d *Decoder) atEnd() error {
	w := &d.w
	if err := w.failure(); err != nil {
		return err
	}
	if d.rooted {
		return io.EOF
	}
	return w.fail(w.pos, CodeEmpty, "Le document est vide : il ne contient aucun élément.")
}

func (d *Decoder) strayText() error {
	w := &d.w
	if err := d.checkRune(); err != nil {
		return err
	}
	if d.rooted {
		return w.fail(w.pos, CodeMalformed, "Du texte suit la fin de l’élément racine.")
	}
	return w.fail(w.pos, CodeMalformed,
		"Le document ne commence pas par une balise : ce n’est pas du XML, ou du texte précède l’élément racine.")
}

// checkRune reports a character at pos that could stand nowhere, which says more than that it stands in the wrong place.
func (d *Decoder) checkRune() error {
	w := &d.w
	if !w.fullRune() && w.failure() != nil {
		return w.failure()
	}
	r, size := utf8.DecodeRune(w.buf[w.pos:w.end])
	if size <= 1 && r == utf8.RuneError {
		return d.badBytes(w.pos)
	}
	if !isChar(r) {
		return d.badChar(w.pos, r)
	}
	return nil
}

// prologue reads the byte order mark and the XML declaration.
func (d *Decoder) prologue() error {
	w := &d.w
	if w.has(byteOrderMark) {
		w.pos += len(byteOrderMark)
		w.counted = w.pos
	}
	if w.has("<?xml") && w.ensure(6) && isSpace(w.buf[w.pos+5]) {
		return d.declaration()
	}
	return nil
}
