package xmlstream_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/carte-reseau/hub/internal/xmlstream"
)

func decoded(r io.Reader, charset string) (string, error) {
	text, err := xmlstream.UTF8(r, charset)
	if err != nil {
		return "", err
	}
	all, err := io.ReadAll(text)
	return string(all), err
}

// TestEveryByte holds the tables against those of golang.org/x/text. 0x80 to 0x9F are meant as Windows-1252 by everybody; the
// five that stand for nothing there stay control characters.
func TestEveryByte(t *testing.T) {
	t.Parallel()
	for charset, table := range map[string]*charmap.Charmap{
		"windows-1252": charmap.Windows1252, "iso-8859-1": charmap.Windows1252, "iso-8859-15": charmap.ISO8859_15,
	} {
		for b := range 256 {
			want := table.DecodeByte(byte(b))
			if b < 0xA0 {
				want = charmap.Windows1252.DecodeByte(byte(b))
			}
			if want == utf8.RuneError {
				want = rune(b)
			}
			if got, err := decoded(strings.NewReader("x"+string([]byte{byte(b)})), charset); err != nil || got != "x"+string(want) {
				t.Errorf("%s, 0x%02X: %q, %v; want %q", charset, b, got, err, want)
			}
		}
	}
}

// FuzzUTF8: where the source is cut does not matter, and UTF-16 is read as Go reads it; what an encoding of
// single bytes is read as is UTF-8, whatever it was.
func FuzzUTF8(f *testing.F) {
	for _, charset := range []string{"", "utf-8", "iso-8859-1", "ISO_8859-15", "utf-16"} {
		for _, s := range []string{"", "<a>é</a>", declared("UTF-8") + "<a>\xe9é\xf0\x9f\x98</a>", declared("cp1252") + "\x80", "\uFEFF<a/>",
			"\xFF\xFE" + utf16Of("<a>é𝔸</a>", false) + "\x00\xD8\x00\xDC\x00\xDC\x00\xD8", "\xFE\xFF" + utf16Of("<a>é𝔸</a>", true) + "\x00"} {
			f.Add([]byte(s), charset)
		}
	}
	f.Fuzz(func(t *testing.T, source []byte, charset string) {
		got, err := decoded(bytes.NewReader(source), charset)
		again, againErr := decoded(iotest.OneByteReader(bytes.NewReader(source)), charset)
		if got != again || fmt.Sprint(err) != fmt.Sprint(againErr) {
			t.Fatalf("whole %q, %v; byte by byte %q, %v", got, err, again, againErr)
		}
		if err != nil {
			return
		}
		sixteen, marked := sixteenBits(source)
		switch {
		case marked:
			// Half a pair stays wrong, so that its line is found.
			if got := strings.ReplaceAll(got, "\xED\xA0\x80", "\uFFFD"); len(source)%2 == 0 && got != sixteen {
				t.Fatalf("%q became %q, not %q", source, got, sixteen)
			}
		case !utf8.ValidString(got) && got != strings.TrimPrefix(string(source), "\uFEFF"):
			t.Fatalf("%q became %q", source, got)
		}
	})
}

// sixteenBits is what Go reads UTF-16 behind its mark as; false where there is no mark.
func sixteenBits(source []byte) (string, bool) {
	var order binary.ByteOrder = binary.LittleEndian
	if bytes.HasPrefix(source, []byte("\xFE\xFF")) {
		order = binary.BigEndian
	} else if !bytes.HasPrefix(source, []byte("\xFF\xFE")) {
		return "", false
	}
	var units []uint16
	for source = source[2:]; len(source) > 1; source = source[2:] {
		units = append(units, order.Uint16(source))
	}
	return string(utf16.Decode(units)), true
}
