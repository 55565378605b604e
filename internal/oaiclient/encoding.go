package oaiclient

import (
	"bufio"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/carte-reseau/hub/internal/xmlstream"
)

// text reads a page as UTF-8, mended: *mended counts the characters that had to be.
//
// What the server declares is often wrong (a web server adding "charset=iso-8859-1" to what is UTF-8, an export declared
// UTF-8 with some fields in Windows-1252). Bytes that happen to be UTF-8 throughout are UTF-8; in a page that is not, the
// declaration counts, and where that says UTF-8 the bytes that are not are read as Windows-1252: a é is then a é, where
// the general repair could only put a replacement character into a reader's name.
func (p *page) text(mended *int) (io.Reader, error) {
	if p.clean != nil {
		return p.clean.reader(), nil
	}
	declared := p.charset
	if p.body.isUTF8() {
		declared = "utf-8"
	} else if saysUTF8(declared) {
		declared = "" // it is wrong; the document may know better
	}
	text, err := xmlstream.UTF8(xmlstream.PastBlanks(p.bytes()), declared)
	if err != nil && declared != "" {
		text, err = xmlstream.UTF8(xmlstream.PastBlanks(p.bytes()), "")
	}
	if err != nil {
		return nil, err
	}
	if !p.body.isUTF8() {
		text = &westernizer{src: bufio.NewReader(text), mended: mended}
	}
	return xmlstream.Repair(text, mended), nil
}

// declaredCharset is what a content type says. What no encoding is called counts as nothing: it is stored with the deposit,
// and a database may refuse any bytes.
func declaredCharset(contentType string) string {
	charset := xmlstream.Charset(contentType)
	const longest = 64
	if len(charset) > longest || strings.ContainsFunc(charset, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ""
	}
	return charset
}

func saysUTF8(charset string) bool {
	return strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "utf8")
}

// westernizer reads each byte that is not UTF-8 as Windows-1252.
type westernizer struct {
	src    *bufio.Reader
	mended *int
	held   []byte // of the last character, not yet given
}

// Read gives whole runs; a run ends where something has to be mended.
func (w *westernizer) Read(p []byte) (int, error) {
	n := copy(p, w.held)
	w.held = w.held[n:]
	if n > 0 || len(p) == 0 {
		return n, nil
	}
	if _, err := w.src.Peek(utf8.UTFMax); err != nil && w.src.Buffered() == 0 {
		return 0, err
	}
	ahead, _ := w.src.Peek(min(w.src.Buffered(), len(p))) // cannot fail: it is buffered
	n = validPrefix(ahead)
	if n > 0 {
		copy(p, ahead[:n])
		_, _ = w.src.Discard(n)
		return n, nil
	}
	return w.character(p)
}

// character gives the one at the front: a character longer than the caller's room, or a wrong byte.
func (w *westernizer) character(p []byte) (int, error) {
	r, size, err := w.src.ReadRune()
	if err != nil {
		return 0, err
	}
	if r == utf8.RuneError && size == 1 {
		_ = w.src.UnreadRune() // cannot fail right after ReadRune
		b, err := w.src.ReadByte()
		if err != nil {
			return 0, err
		}
		*w.mended++
		r = charmap.Windows1252.DecodeByte(b)
	}
	w.held = utf8.AppendRune(nil, r)
	n := copy(p, w.held)
	w.held = w.held[n:]
	return n, nil
}

// validPrefix is how many bytes at the front are whole characters in UTF-8.
func validPrefix(b []byte) int {
	i := 0
	for i < len(b) {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		i += size
	}
	return i
}
