package xmlstream

import (
	"bytes"
	"io"
	"unicode/utf8"
)

// Repair returns a source in UTF-8 without what no XML document may hold: illegal characters are dropped, also where they
// are written as character references, and bytes that are not UTF-8 become U+FFFD. *replaced counts both. For harvests,
// where one such character would stop a whole library; a deposit is refused instead, since its sender can mend it.
func Repair(r io.Reader, replaced *int) io.Reader {
	return &repairer{src: r, replaced: replaced}
}

type repairer struct {
	src      io.Reader
	replaced *int
	in       [16 << 10]byte
	held     int // bytes at the front of in that wait for what follows them
	out      []byte
	spare    []byte
	err      error
}

func (p *repairer) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	for len(p.out) == 0 && p.err == nil {
		n, err := p.src.Read(p.in[p.held:])
		p.err = err
		p.repair(p.in[:p.held+n])
	}
	if len(p.out) == 0 {
		return 0, p.err
	}
	n := copy(b, p.out)
	p.out = p.out[n:]
	return n, nil
}

// repair puts the mended piece into out and holds back what could be the beginning of something longer.
func (p *repairer) repair(b []byte) {
	out := p.spare[:0]
	for len(b) > 0 {
		n := scan(textRepairTable, b)
		out = append(out, b[:n]...)
		b = b[n:]
		if len(b) == 0 || p.err == nil && p.incomplete(b) {
			break
		}
		out, b = p.mend(out, b)
	}
	p.held = copy(p.in[:], b)
	p.out, p.spare = out, out
}

// textRepairTable stops at references and lets line ends pass as they are.
var textRepairTable = newRepairTable()

func newRepairTable() *scanTable {
	t := newScanTable("&")
	t['\r'] = plain
	return t
}

// incomplete says whether b could begin a reference or a character that the next piece goes on with.
func (p *repairer) incomplete(b []byte) bool {
	if b[0] != '&' {
		return !utf8.FullRune(b)
	}
	if len(b) > longestReference {
		return false
	}
	for i, c := range b[1:] {
		if i == 0 && c != '#' || !referenceByte(c) {
			return false
		}
	}
	return true
}

// mend deals with the reference or the wrong bytes at the front of b, and returns what comes after.
func (p *repairer) mend(out, b []byte) (mended, rest []byte) {
	if b[0] == '&' {
		n := illegalReference(b)
		if n == 0 {
			return append(out, '&'), b[1:]
		}
		*p.replaced++
		return out, b[n:]
	}
	*p.replaced++
	r, size := utf8.DecodeRune(b)
	if r == utf8.RuneError && size == 1 {
		return append(out, "\uFFFD"...), b[1:]
	}
	return out, b[size:]
}

// illegalReference is the length of the reference at the front of b if it names a character XML does not allow.
func illegalReference(b []byte) int {
	end := bytes.IndexByte(b[:min(len(b), longestReference+1)], ';')
	if end < 0 || len(b) < 2 || b[1] != '#' {
		return 0
	}
	r, sentence := reference(b[:end+1])
	if sentence != "" || isChar(r) {
		return 0
	}
	return end + 1
}
