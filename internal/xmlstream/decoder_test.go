package xmlstream_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/carte-reseau/hub/internal/xmlstream"
)

// transcript writes a document's tokens on one line: <ns|name a=v>, text in quotes, </name>.
func transcript(d *xmlstream.Decoder) (string, error) {
	var b strings.Builder
	for {
		t, err := d.Next()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return b.String(), err
		}
		writeToken(&b, t)
	}
}

func writeToken(b *strings.Builder, t xmlstream.Token) {
	switch t.Kind {
	case xmlstream.StartElement:
		fmt.Fprintf(b, "<%s|%s", t.Space, t.Local)
		for _, a := range t.Attrs {
			fmt.Fprintf(b, " %s|%s=%q", a.Space, a.Local, a.Value)
		}
		b.WriteString(">")
	case xmlstream.EndElement:
		fmt.Fprintf(b, "</%s|%s>", t.Space, t.Local)
	case xmlstream.Text:
		fmt.Fprintf(b, "%q", t.Text)
		if t.Truncated {
			b.WriteString("…")
		}
	}
}

// TestTokens reads each document whole and byte by byte: where the source is cut must not matter.
func TestTokens(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`<a/>`: `<|a></|a>`,
		"\uFEFF<?xml version='1.0' encoding=\"latin1\" standalone='no' ?>\n<a/>\r\n": `<|a></|a>`,
		`<!-- x --><?p x?><a b='1' c="&lt;&#x41;é"></a ><!----><?q?>`:                `<|a |b="1" |c="<Aé"></|a>`,
		"<a b='x\r\ny\tz&#10;&#13;'/>":                                               `<|a |b="x y z\n\r"></|a>`,
		"<a>x\r\ny\rz\n&#13;\r</a>":                                                  `<|a>"x\ny\nz\n\r\n"</|a>`,
		`<a>1<![CDATA[<&]]]]><![CDATA[>]]>2<!-- - -->3<?p ?x?>4&amp;&apos;5</a>`:     `<|a>"1<&]]>234&'5"</|a>`,
		`<a><![CDATA[]]><!-- --><b/>]]&gt;]</a>`:                                     `<|a><|b></|b>"]]>]"</|a>`,
		`<a xmlns="u" x="1"><b xmlns=""/><p:c xmlns:p="v" p:x="1" x="2"/></a>`:       `<u|a |x="1"><|b></|b><v|c v|x="1" |x="2"></v|c></u|a>`,
		`<a xml:lang="fr"/>`:                                                         `<|a http://www.w3.org/XML/1998/namespace|lang="fr"></|a>`,
		`<été·1 À="𝔸"/>`:                                                             `<|été·1 |À="𝔸"></|été·1>`,
		"<a b='x\ny\rz\r\nw\tv é\nu'/>":                                              `<|a |b="x y z w v é u"></|a>`,
		`<a>&#xaf;&#xfA;&#xFa;&#x09;&#x99;&#0169;</a>`:                               `<|a>"¯úú\t\u0099©"</|a>`,
		`<?xml-stylesheet href="x"?><a/>`:                                            `<|a></|a>`,
		`<?xml version="1.0" encoding="zZ9._-a0" standalone="yes"?><a/>`:             `<|a></|a>`,
		`<a b=">" c='"'>></a>`:                                                       `<|a |b=">" |c="\"">">"</|a>`,
	} {
		got, err := transcript(xmlstream.NewDecoder(strings.NewReader(source), xmlstream.Limits{}))
		if err != nil || got != want {
			t.Errorf("%q\n got %s, %v\nwant %s", source, got, err, want)
		}
		got, err = transcript(xmlstream.NewDecoder(iotest.OneByteReader(strings.NewReader(source)), xmlstream.Limits{}))
		if err != nil || got != want {
			t.Errorf("byte by byte: %q\n got %s, %v\nwant %s", source, got, err, want)
		}
	}
}

// A token is known by its place, of which libraries are told: lines end in three ways, and a column is a character.
// An element that is empty ends where it begins.
func TestATokenHasItsPlace(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"<a><b/></a>":                     "1:1 1:4 1:4 1:8",
		"<a>\n<b>x</b>\n</a>":             "1:1 1:4 2:1 2:4/2 2:5 2:9 3:1",
		"<a>\r\n<b>x</b>\r\n</a>":         "1:1 1:4 2:1 2:4/2 2:5 2:9 3:1",
		"<a>\r<b/>\n<c/></a>":             "1:1 1:4 2:1 2:1 2:5 3:1 3:1 3:5",
		"<a><!--\n é--><é/>𝔸<c/>\né</a>":  "1:1 2:6 2:6 2:10/2 2:11 2:11 2:15/3 3:2",
		"<a>\n \n <!--\n--> x<b\n/>y</a>": "1:1 1:4/4 4:6 4:6 5:3/5 5:4",
		"\uFEFF<a><![CDATA[\n\nx]]></a>":  "1:1 1:4/3 3:5",
	} {
		for way, r := range map[string]io.Reader{"whole": strings.NewReader(source), "byte by byte": iotest.OneByteReader(strings.NewReader(source))} {
			var got []string
			d := xmlstream.NewDecoder(r, xmlstream.Limits{})
			token, err := d.Next()
			for ; err == nil; token, err = d.Next() {
				place := fmt.Sprintf("%d:%d", token.Line, token.Column)
				if token.WordLine > 0 {
					place += fmt.Sprintf("/%d", token.WordLine)
				}
				got = append(got, place)
			}
			if places := strings.Join(got, " "); !errors.Is(err, io.EOF) || places != want {
				t.Errorf("%s: %q: %s, %v; want %s", way, source, places, err, want)
			}
		}
	}
}
