package xmlstream_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/carte-reseau/hub/internal/xmlstream"
)

func utf16Of(s string, big bool) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		if big {
			b = append(b, byte(unit>>8), byte(unit))
		} else {
			b = append(b, byte(unit), byte(unit>>8))
		}
	}
	return string(b)
}

func declared(encoding string) string { return `<?xml version="1.0" encoding="` + encoding + `"?>` }

func TestEncodings(t *testing.T) {
	t.Parallel()
	const big, little = "\xFE\xFF", "\xFF\xFE"
	for _, c := range []struct{ source, charset, want string }{
		{"<a>é</a>", "", "é"},
		{"<a>é</a>", "UTF-8", "é"},
		{"\xEF\xBB\xBF<a>é</a>", "iso-8859-1", "é"},
		{declared("utf-8") + "<a>é</a>", "", "é"},
		{declared("US-ASCII") + "<a>e</a>", "", "e"},
		{declared("ISO-8859-1") + "<a>\xe9\x80\x9c\x81</a>", "", "é€œ\u0081"},
		{declared("latin1") + "<a>\xe9</a>", "", "é"},
		{declared("windows-1252") + "<a>\xe9\x8c</a>", "", "éŒ"},
		{declared("Cp1252") + "<a>\x92</a>", "", "’"},
		{declared("iso-8859-15") + "<a>\xa4\xbd\xbc\xe9\x80</a>", "", "€œŒé€"},
		{declared("UTF-8") + "<a>\xe9</a>", "ISO-8859-1", "é"},
		{declared("UTF-8") + "<a>é…é𝔸</a>", "ISO-8859-1", "é…é𝔸"},
		{declared("utf8") + "<a>é\xe9\x80\xc3</a>", "iso-8859-15", "éé€Ã"},
		{declared("UTF-8") + "<a>\xe9\xe9\xf0\x9f</a>", "latin1", "ééðŸ"},
		{declared("UTF-8") + "<a>" + strings.Repeat("aé", 5000) + strings.Repeat("bé𝔸", 5000) + "</a>", "latin1", strings.Repeat("aé", 5000) + strings.Repeat("bé𝔸", 5000)},
		{"<a>é</a>", "ISO-8859-1", "Ã©"},
		{declared("ISO-8859-1") + "<a>é</a>", "utf-8", "é"},
		{big + utf16Of("<a>é𝔸</a>", true), "", "é𝔸"},
		{little + utf16Of(declared("UTF-16")+"<a>é𝔸</a>", false), "", "é𝔸"},
		{little + utf16Of("<a>é</a>", false), "utf-8", "é"},
	} {
		for _, source := range []io.Reader{strings.NewReader(c.source), iotest.OneByteReader(strings.NewReader(c.source))} {
			r, err := xmlstream.UTF8(source, c.charset)
			if err != nil {
				t.Errorf("%q: %v", c.source, err)
				continue
			}
			d := xmlstream.NewDecoder(r, xmlstream.Limits{})
			var got string
			for err == nil {
				var token xmlstream.Token
				token, err = d.Next()
				got += string(token.Text)
			}
			if !errors.Is(err, io.EOF) || got != c.want {
				t.Errorf("%.80q: %.80q, %v; want %.80q", c.source, got, err, c.want)
			}
		}
	}
}

func TestRefusedEncodings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ source, charset, code, mentions string }{
		{"", "", xmlstream.CodeEmpty, "0 octet"},
		{declared("EBCDIC-FR") + "<a/>", "", xmlstream.CodeEncoding, "EBCDIC-FR"},
		{"<a/>", "big5", xmlstream.CodeEncoding, "big5"},
		{"<a/>", "x\x00y~\x7fz", xmlstream.CodeEncoding, "x?y~?z"},
		{declared("UTF-16") + "<a/>", "", xmlstream.CodeEncoding, "BOM"},
		{"<\x00a\x00/\x00>\x00", "", xmlstream.CodeEncoding, "BOM"},
		{"\x00<\x00a\x00/\x00>", "", xmlstream.CodeEncoding, "BOM"},
		{"\xFF\xFE\x00\x00<\x00\x00\x00", "", xmlstream.CodeEncoding, "UTF-32"},
	} {
		_, err := xmlstream.UTF8(strings.NewReader(c.source), c.charset)
		var syntax *xmlstream.SyntaxError
		if !errors.As(err, &syntax) || syntax.Code != c.code || !strings.Contains(syntax.Msg, c.mentions) {
			t.Errorf("%q, %q: %v", c.source, c.charset, err)
		}
	}
	broken := errors.New("line cut")
	if _, err := xmlstream.UTF8(iotest.ErrReader(broken), ""); !errors.Is(err, broken) {
		t.Error(err)
	}
}

// TestBrokenUTF16: half a pair and an odd byte are refused by the decoder, with their line.
func TestBrokenUTF16(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		"\xFF\xFE" + utf16Of("<a>\n", false) + "\x00\xD8" + utf16Of("</a>", false),
		"\xFF\xFE" + utf16Of("<a>\n", false) + "\x00\xDC" + utf16Of("</a>", false),
		"\xFF\xFE" + utf16Of("<a>\n", false) + "\x3C",
		"\xFF\xFE" + utf16Of("<a>\n", false) + "\x00\xD8",
	} {
		r, err := xmlstream.UTF8(strings.NewReader(source), "")
		if err != nil {
			t.Fatal(err)
		}
		_, err = transcript(xmlstream.NewDecoder(r, xmlstream.Limits{}))
		var syntax *xmlstream.SyntaxError
		if !errors.As(err, &syntax) || syntax.Code != xmlstream.CodeEncoding || syntax.Line != 2 {
			t.Errorf("%q: %v", source, err)
		}
	}
}

// TestHalvesInUTF8: a database whose "UTF8" is CESU-8 is told of that, not of a UTF-16 it does not write.
func TestHalvesInUTF8(t *testing.T) {
	t.Parallel()
	_, err := transcript(xmlstream.NewDecoder(strings.NewReader("<a>\xed\xa0\xbd\xed\xb8\x80</a>"), xmlstream.Limits{}))
	var syntax *xmlstream.SyntaxError
	if !errors.As(err, &syntax) || syntax.Code != xmlstream.CodeEncoding || !strings.Contains(syntax.Msg, "CESU-8") {
		t.Error(err)
	}
}

// TestWrongDeclaration: the usual mistakes get the usual hint, of which both the file and the HTTP header may be the cause.
func TestWrongDeclaration(t *testing.T) {
	t.Parallel()
	for said, charset := range map[string]string{"UTF-8": "", "ISO-8859-1": "utf-8"} {
		r, err := xmlstream.UTF8(strings.NewReader(declared(said)+"\n<a>\n<b>Dupr\xe9</b></a>"), charset)
		if err != nil {
			t.Fatal(err)
		}
		_, err = transcript(xmlstream.NewDecoder(r, xmlstream.Limits{}))
		var syntax *xmlstream.SyntaxError
		if !errors.As(err, &syntax) || syntax.Line != 3 || !strings.Contains(syntax.Msg, "Windows-1252") || !strings.Contains(syntax.Msg, "Content-Type") {
			t.Errorf("said to be in %s, and by HTTP %q: %v", said, charset, err)
		}
	}
}

func TestCharset(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"":                                      "",
		"text/xml":                              "",
		"application/xml; charset=ISO-8859-1":   "ISO-8859-1",
		`text/xml; charset="utf-8"; boundary=x`: "utf-8",
		"nonsense; ;;=":                         "",
	} {
		if got := xmlstream.Charset(header); got != want {
			t.Errorf("%q: %q", header, got)
		}
	}
}
