package store

import (
	"bytes"
	"slices"
)

// numberFinder looks for card numbers in bytes of whatever encoding, as they
// stream by: a number stands by itself, between characters that no number has.
// It skips NUL bytes, which make ASCII of UTF-16, and reads numeric character
// references. It never forgets what it found.
type numberFinder struct {
	wanted map[string]bool // in lower case
	found  bool
	token  []byte
	escape []byte // a character reference under way
}

func newNumberFinder(numbers []string) *numberFinder {
	f := &numberFinder{wanted: make(map[string]bool, len(numbers))}
	for _, number := range numbers {
		f.wanted[number] = true
	}
	return f
}

// longestToken bounds what stands between two characters no number has; what
// is longer is no number, nor a name made of one.
const longestToken = 256

// longestEscape is that of a reference to an ASCII character, zeros included.
const longestEscape = 12

// Write reads on; it never fails.
func (f *numberFinder) Write(p []byte) (int, error) {
	for _, c := range p {
		switch {
		case c == 0:
		case f.escape != nil:
			f.inEscape(c)
		case c == '&':
			f.escape = append(make([]byte, 0, longestEscape), c)
		default:
			f.char(c)
		}
	}
	return len(p), nil
}

// end closes a text: what follows belongs to another one.
func (f *numberFinder) end() {
	f.escape = nil
	f.char(' ')
}

func (f *numberFinder) inEscape(c byte) {
	if c == ';' {
		f.char(referred(append(f.escape, c)))
		f.escape = nil
		return
	}
	if len(f.escape) < longestEscape && (c == '#' || isAlphanumeric(c)) {
		f.escape = append(f.escape, c)
		return
	}
	plain := f.escape // no reference after all
	f.escape = nil
	for _, p := range plain {
		f.char(p)
	}
	f.char(c)
}

// referred is the character a reference such as &#50; or &#x32; stands for; a
// space for all that no number holds.
func referred(escape []byte) byte {
	digits, base := escape[1:len(escape)-1], 10
	if len(digits) == 0 || digits[0] != '#' {
		return ' '
	}
	digits = digits[1:]
	if len(digits) > 0 && (digits[0] == 'x' || digits[0] == 'X') {
		digits, base = digits[1:], 16
	}
	value := 0
	for _, d := range digits {
		at := slices.Index([]byte("0123456789abcdef"), lower(d))
		if at < 0 || at >= base || value > 1<<16 {
			return ' '
		}
		value = value*base + at
	}
	if value == 0 || value > 0x7f {
		return ' '
	}
	return byte(value)
}

func (f *numberFinder) char(c byte) {
	if inNumber(c) {
		if len(f.token) <= longestToken {
			f.token = append(f.token, lower(c))
		}
		return
	}
	if len(f.token) > 0 {
		f.found = f.found || f.holds(f.token)
		f.token = f.token[:0]
	}
}

// shortest is the least length of a number that is also looked for within a
// longer token, such as a file's name or a record's identifier: a shorter one
// would be found in every date.
const shortest = 6

func (f *numberFinder) holds(token []byte) bool {
	if f.wanted[string(token)] || f.wanted[string(bytes.Trim(token, "._-"))] {
		return true
	}
	for number := range f.wanted {
		if len(number) >= shortest && standsIn(token, number) {
			return true
		}
	}
	return false
}

// standsIn reports whether a number stands in a token with no letter or digit
// beside it.
func standsIn(token []byte, number string) bool {
	for rest := 0; ; {
		at := bytes.Index(token[rest:], []byte(number))
		if at < 0 {
			return false
		}
		begin, end := rest+at, rest+at+len(number)
		if (begin == 0 || !isAlphanumeric(token[begin-1])) && (end == len(token) || !isAlphanumeric(token[end])) {
			return true
		}
		rest = begin + 1
	}
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}

func isAlphanumeric(c byte) bool {
	c = lower(c)
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
}

func inNumber(c byte) bool { return isAlphanumeric(c) || c == '.' || c == '_' || c == '-' }

// in reports whether one of the texts holds one of the numbers.
func (t *traces) in(texts ...[]byte) bool {
	f := newNumberFinder(t.Numbers)
	for _, text := range texts {
		_, _ = f.Write(text) // never fails
		f.end()
	}
	return f.found
}
