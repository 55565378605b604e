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
