package xmlstream_test

import (
	"bytes"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"
	"unicode/utf8"

	"github.com/carte-reseau/hub/internal/xmlstream"
)

func TestRepair(t *testing.T) {
	t.Parallel()
	long := "&#" + strings.Repeat("0", 40_000) + "49;" // longer than what is held at a time
	for _, c := range []struct {
		source, want string
		replaced     int
	}{
		{"", "", 0},
		{"<a>é\r\n\t𝔸</a>", "<a>é\r\n\t𝔸</a>", 0},
		{"a\x00b\x1bc\uFFFEd\uFFFF", "abcd", 4},
		{"&#0;&#x1F;&#xFFFE;&#xd800;&#1114112;x", "x", 5},
		{"&#9;&#x41;&amp;&;&#;&#x;&b c& &#q;", "&#9;&#x41;&amp;&;&#;&#x;&b c& &#q;", 0},
		{"Dupr\xe9 \xc3", "Dupr\uFFFD \uFFFD", 2},
		{"\xed\xa0\x80", "\uFFFD\uFFFD\uFFFD", 3},
		{"x&#", "x&#", 0},
		{"x&#1", "x&#1", 0},
		{long, long, 0},
		{"\x01" + long + "\x01&#x1;" + long, long + long, 3},
		{"&#" + strings.Repeat("0", 100) + ";", "&#" + strings.Repeat("0", 100) + ";", 0},
	} {
		for _, source := range []io.Reader{
			strings.NewReader(c.source), iotest.OneByteReader(strings.NewReader(c.source)), iotest.DataErrReader(strings.NewReader(c.source)),
		} {
			replaced := 0
			got, err := io.ReadAll(xmlstream.Repair(source, &replaced))
			if err != nil || string(got) != c.want || replaced != c.replaced {
				t.Errorf("%.80q: %.80q, %d replaced, %v; want %.80q, %d", c.source, got, replaced, err, c.want, c.replaced)
			}
		}
	}
}

var charReference = regexp.MustCompile(`^&#(?:x([0-9a-fA-F]+)|([0-9]+));`)

// mended is what Repair is to make of a whole source.
func mended(source string) (want string, replaced int) {
	var out strings.Builder
	for len(source) > 0 {
		if found := charReference.FindStringSubmatch(source); len(found) > 0 && len(found[0]) <= 65 {
			code, base := found[2], 10
			if code == "" {
				code, base = found[1], 16
			}
			if n, err := strconv.ParseUint(code, base, 32); err != nil || !legal(rune(n)) || n > unicode.MaxRune {
				replaced++
				source = source[len(found[0]):]
				continue
			}
		}
		r, size := utf8.DecodeRuneInString(source)
		switch wrong := r == utf8.RuneError && size == 1; {
		case wrong:
			out.WriteString("\uFFFD")
			replaced++
		case legal(r):
			out.WriteString(source[:size])
		default:
			replaced++
		}
		source = source[size:]
	}
	return out.String(), replaced
}

// legal is the production Char of XML 1.0.
func legal(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r < 0xD800 || r > 0xDFFF && r != 0xFFFE && r != 0xFFFF
}

// FuzzRepair: the result is what the rules make of the whole, and where the source is cut does not matter.
func FuzzRepair(f *testing.F) {
	for _, s := range []string{"", "<a>é</a>", "a\x00b", "&#0;", "&#x1", "\xe9", "&&#", "\xf0\x9f", "\uFFFE&#xFFFF;&#x110000;&#xD800;", "\xed\xa0\x80"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		want, most := mended(string(source))
		for _, r := range []io.Reader{bytes.NewReader(source), iotest.OneByteReader(bytes.NewReader(source)), iotest.HalfReader(bytes.NewReader(source))} {
			replaced := 0
			got, err := io.ReadAll(xmlstream.Repair(r, &replaced))
			if err != nil || string(got) != want || replaced != most {
				t.Fatalf("%q: %q, %d replaced, %v; want %q, %d", source, got, replaced, err, want, most)
			}
		}
	})
}
