package xmlstream_test

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/carte-reseau/hub/internal/xmlstream"
)

func TestRepair(t *testing.T) {
	t.Parallel()
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
		{"&#" + strings.Repeat("0", 100) + ";", "&#" + strings.Repeat("0", 100) + ";", 0},
	} {
		for _, source := range []io.Reader{
			strings.NewReader(c.source), iotest.OneByteReader(strings.NewReader(c.source)), iotest.DataErrReader(strings.NewReader(c.source)),
		} {
			replaced := 0
			got, err := io.ReadAll(xmlstream.Repair(source, &replaced))
			if err != nil || string(got) != c.want || replaced != c.replaced {
				t.Errorf("%q: %q, %d replaced, %v; want %q, %d", c.source, got, replaced, err, c.want, c.replaced)
			}
		}
	}
}

// FuzzRepair: what needed no repair is untouched, and where the source is cut does not matter.
func FuzzRepair(f *testing.F) {
	for _, s := range []string{"", "<a>é</a>", "a\x00b", "&#0;", "&#x1", "\xe9", "&&#", "\xf0\x9f"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		replaced := 0
		once, err := io.ReadAll(xmlstream.Repair(strings.NewReader(string(source)), &replaced))
		if err != nil {
			t.Fatal(err)
		}
		if replaced == 0 && !bytes.Equal(once, source) {
			t.Fatalf("untouched, but %q became %q", source, once)
		}
		pieces := 0
		piecewise, err := io.ReadAll(xmlstream.Repair(iotest.OneByteReader(strings.NewReader(string(source))), &pieces))
		if err != nil || !bytes.Equal(piecewise, once) || pieces != replaced {
			t.Fatalf("byte by byte %q, %d replaced, %v; whole %q, %d", piecewise, pieces, err, once, replaced)
		}
	})
}
