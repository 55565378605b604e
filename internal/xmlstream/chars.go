package xmlstream

import "unicode/utf8"

// What a scan has to do at a byte.
const (
	plain     uint8 = iota // one legal character, taken as it is
	stop                   // the scan's caller looks at it
	illegal                // no XML character begins so
	multibyte              // first byte of a longer UTF-8 sequence
	carriage               // \r, read as \n
)

type scanTable [256]uint8

// The tables of the four contexts in which characters run freely.
var (
	textTable    = newScanTable("<&]")
	cdataTable   = newScanTable("]")
	commentTable = newScanTable("-")
	instrTable   = newScanTable("?")
)

func newScanTable(stops string) *scanTable {
	var t scanTable
	for b := range t {
		switch {
		case b == '\r':
			t[b] = carriage
		case b < 0x20 && b != '\t' && b != '\n':
			t[b] = illegal
		case b >= utf8.RuneSelf:
			t[b] = multibyte
		}
	}
	for i := range len(stops) {
		t[stops[i]] = stop
	}
	return &t
}

// isChar is the production Char of XML 1.0.
func isChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' ||
		r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF
}

func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }

func skipSpace(b []byte, i int) int {
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	return i
}

// nameStart and nameMore are the productions NameStartChar and NameChar of the fifth edition, without the colon.
var nameStart = [][2]rune{
	{'A', 'Z'}, {'_', '_'}, {'a', 'z'}, {0xC0, 0xD6}, {0xD8, 0xF6}, {0xF8, 0x2FF}, {0x370, 0x37D}, {0x37F, 0x1FFF},
	{0x200C, 0x200D}, {0x2070, 0x218F}, {0x2C00, 0x2FEF}, {0x3001, 0xD7FF}, {0xF900, 0xFDCF}, {0xFDF0, 0xFFFD},
	{0x10000, 0xEFFFF},
}

var nameMore = [][2]rune{{'-', '.'}, {'0', '9'}, {0xB7, 0xB7}, {0x300, 0x36F}, {0x203F, 0x2040}}

func within(r rune, ranges [][2]rune) bool {
	for _, span := range ranges {
		if r >= span[0] && r <= span[1] {
			return true
		}
	}
	return false
}

// isNCName says whether s is a name without a colon.
func isNCName(s string) bool {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return false
			}
		}
		if !within(r, nameStart) && (i == 0 || !within(r, nameMore)) {
			return false
		}
	}
	return s != ""
}
