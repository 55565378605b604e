package xmlstream

import (
	"bytes"
	"unicode/utf8"
)

// longestReference bounds the search for the ; of a reference (leading zeros are legal without end).
const longestReference = 64

// textReference resolves the reference at pos into the text.
func (d *Decoder) textReference() error {
	w := &d.w
	n := 1
	for ; ; n++ {
		if !w.ensure(n + 1) {
			return w.truncated("dans une référence commencée par « & »")
		}
		if !referenceByte(w.buf[w.pos+n]) || n > longestReference {
			break
		}
	}
	r, sentence := reference(w.buf[w.pos : w.pos+n+1])
	if sentence != "" {
		return w.fail(w.pos, CodeMalformed, "%s", sentence)
	}
	if !isChar(r) {
		return d.badChar(w.pos, r)
	}
	var enc [utf8.UTFMax]byte
	d.keepText(utf8.AppendRune(enc[:0], r))
	w.pos += n + 1
	return nil
}

// referenceByte says whether c may stand in a reference, which the first that may not ends: a ; or what should have been one.
func referenceByte(c byte) bool {
	return c == '#' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= utf8.RuneSelf ||
		c == '_' || c == '-' || c == '.' || c == ':'
}

// reference resolves b, which goes from & to what ended the name; a sentence is returned when it cannot.
func reference(b []byte) (rune, string) {
	body := b[1 : len(b)-1]
	if b[len(b)-1] != ';' || len(body) == 0 {
		return 0, "Un « & » n’est pas le début d’une référence ; écrivez « &amp; »."
	}
	if body[0] == '#' {
		return charReference(body[1:])
	}
	switch string(body) {
	case "amp":
		return '&', ""
	case "lt":
		return '<', ""
	case "gt":
		return '>', ""
	case "quot":
		return '"', ""
	case "apos":
		return '\'', ""
	}
	return 0, "L’entité « &" + shown(string(bytes.ToValidUTF8(body, []byte("?")))) + "; » n’est pas définie : seules le sont " +
		"&amp; &lt; &gt; &quot; et &apos; ; écrivez le caractère lui-même."
}

func charReference(digits []byte) (rune, string) {
	base := rune(10)
	if len(digits) > 0 && digits[0] == 'x' {
		base, digits = 16, digits[1:]
	}
	if len(digits) == 0 {
		return 0, "Une référence de caractère « &# » est sans valeur."
	}
	var r rune
	for _, c := range digits {
		v := digit(c)
		if v >= base {
			return 0, "Une référence de caractère « &# » est mal écrite."
		}
		if r <= utf8.MaxRune {
			r = r*base + v
		}
	}
	return r, ""
}

func digit(c byte) rune {
	switch {
	case c >= '0' && c <= '9':
		return rune(c - '0')
	case c >= 'a' && c <= 'f':
		return rune(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return rune(c-'A') + 10
	}
	return 99
}
