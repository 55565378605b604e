package xmlstream

import (
	"io"
	"unicode/utf8"
)

// withinText stands for the element that is open, which is named only when it is needed.
const withinText = ""

// textRun reads text up to the next tag, across CDATA sections, references, comments and instructions.
func (d *Decoder) textRun(t *Token) error {
	w := &d.w
	w.countTo(w.pos)
	t.Line, t.Column = w.line, w.col
	d.text, d.truncated, d.wordLine = d.text[:0], false, 0
	for {
		done, err := d.textPiece()
		if err != nil {
			return err
		}
		if !done {
			continue
		}
		if len(d.text) == 0 {
			return d.tag(t)
		}
		t.Kind, t.Text, t.Truncated, t.WordLine = Text, d.text, d.truncated, d.wordLine
		return nil
	}
}

// textPiece reads up to something that is not plain text, and that too, unless it is a tag.
func (d *Decoder) textPiece() (done bool, err error) {
	c, err := d.characters(textTable, true, withinText)
	if err != nil {
		return false, err
	}
	switch c {
	case '&':
		return false, d.textReference()
	case ']':
		return false, d.bracket()
	}
	if d.markupNext() {
		return true, nil
	}
	if d.w.has("<![CDATA[") {
		return false, d.cdata()
	}
	return false, d.aside()
}

// cut is the error for a source that ends within something.
func (d *Decoder) cut(within string) error {
	if within == withinText {
		within = "l’élément « " + shown(d.stack[len(d.stack)-1].name.raw) + " » est encore ouvert"
	}
	return d.w.truncated(within)
}

// bracket takes a ] of text, unless it begins the forbidden ]]>.
func (d *Decoder) bracket() error {
	w := &d.w
	if w.has("]]>") {
		return w.fail(w.pos, CodeMalformed, "Le texte contient « ]]> », qui doit s’écrire « ]]&gt; ».")
	}
	d.keepText(w.buf[w.pos : w.pos+1])
	w.pos++
	return nil
}

func (d *Decoder) cdata() error {
	const within = "dans une section CDATA qui n’est pas fermée par « ]]> »"
	w := &d.w
	w.pos += len("<![CDATA[")
	for {
		if _, err := d.characters(cdataTable, true, within); err != nil {
			return err
		}
		if w.has("]]>") {
			w.pos += 3
			return nil
		}
		d.keepText(w.buf[w.pos : w.pos+1])
		w.pos++
	}
}

// characters passes over legal characters, keeping them as text or not, up to a stop of the table, which it returns.
func (d *Decoder) characters(table *scanTable, keep bool, within string) (byte, error) {
	w := &d.w
	for {
		n := scan(table, w.buf[w.pos:w.end])
		if keep {
			d.keepText(w.buf[w.pos : w.pos+n])
		}
		w.pos += n
		if w.pos == w.end {
			if !w.more() {
				return 0, d.cut(within)
			}
			continue
		}
		c := w.buf[w.pos]
		if table[c] == stop {
			return c, nil
		}
		if err := d.special(c, keep, within); err != nil {
			return 0, err
		}
	}
}

// scan returns the length of the run of legal characters at the front of b.
func scan(table *scanTable, b []byte) int {
	for i := 0; i < len(b); {
		switch table[b[i]] {
		case plain:
			i++
		case multibyte:
			r, size := utf8.DecodeRune(b[i:])
			if r == utf8.RuneError && size == 1 || r == 0xFFFE || r == 0xFFFF {
				return i
			}
			i += size
		default:
			return i
		}
	}
	return len(b)
}

// special deals with what scan stops at: a line end to normalise, a character cut by the window, an illegal one.
func (d *Decoder) special(c byte, keep bool, within string) error {
	w := &d.w
	if c == '\r' {
		if !w.ensure(2) && w.failure() != nil {
			return d.cut(within)
		}
		if keep && (w.end-w.pos < 2 || w.buf[w.pos+1] != '\n') {
			d.keepText(newline)
		}
		w.pos++
		return nil
	}
	if !w.fullRune() && w.failure() != nil {
		return d.cut(within)
	}
	r, size := utf8.DecodeRune(w.buf[w.pos:w.end])
	switch {
	case r == utf8.RuneError && size == 1:
		return d.badBytes(w.pos)
	case !isChar(r):
		return d.badChar(w.pos, r)
	}
	return nil
}

var newline = []byte{'\n'}

// keepText adds what stands at pos to the run, up to the limit and to a whole character.
func (d *Decoder) keepText(b []byte) {
	if d.wordLine == 0 {
		d.noteWord(b)
	}
	if d.truncated {
		return
	}
	if room := d.limits.Text - len(d.text); len(b) > room {
		for room > 0 && !utf8.RuneStart(b[room]) {
			room--
		}
		b = b[:room]
		d.truncated = true
	}
	d.text = append(d.text, b...)
}

// noteWord notes the line of the first character of b that is no blank: lines cannot be counted in the text, for there are
// those of comments too.
func (d *Decoder) noteWord(b []byte) {
	if i := skipSpace(b, 0); i < len(b) {
		d.w.countTo(d.w.pos + i)
		d.wordLine = d.w.line
	}
}

func (d *Decoder) badChar(at int, r rune) error {
	return d.w.fail(at, CodeCharacter, "Le caractère U+%04X est interdit en XML ; retirez-le du document.", r)
}

// badBytes is the error for bytes that are not UTF-8. The bytes ED A0.. are half a pair of UTF-16, which UTF8 lets through
// in this form so that it is reported here with its line.
func (d *Decoder) badBytes(at int) error {
	w := &d.w
	if w.buf[at] == 0xED && at+1 < w.end && w.buf[at+1] >= 0xA0 && w.buf[at+1] <= 0xBF {
		return w.fail(at, CodeEncoding, "Un caractère est coupé en deux : le texte UTF-16 est abîmé, ou l’UTF-8 est du CESU-8, que "+
			"certaines bases de données appellent UTF8. Corrigez l’export.")
	}
	if w.err == io.EOF && !utf8.FullRune(w.buf[at:w.end]) { //nolint:errorlint // Read returns io.EOF itself, by contract
		return w.truncated("au milieu d’un caractère")
	}
	return w.fail(at, CodeEncoding, "L’octet 0x%02X n’est pas de l’UTF-8. Le fichier est probablement en Windows-1252 "+
		"(ou ISO-8859-1) alors qu’il est annoncé, ou lu, en UTF-8 : corrigez l’encodage annoncé "+
		"(<?xml version=\"1.0\" encoding=\"Windows-1252\"?> et, par HTTP, le charset de Content-Type, qui passe avant) "+
		"ou convertissez le fichier.", w.buf[at])
}
