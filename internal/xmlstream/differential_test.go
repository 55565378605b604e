package xmlstream_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/carte-reseau/hub/internal/xmlstream"
)

// laxities are what encoding/xml lets pass and we refuse: by code, and where the code is mal-forme by a piece of the
// sentence. Anything else that only we refuse is a mistake of ours.
var laxities = []struct{ code, sentence, why string }{
	{xmlstream.CodeEmpty, "", "a document without any element"},
	{xmlstream.CodePrefix, "", "undeclared and reserved prefixes"},
	{xmlstream.CodeDoctype, "", "DOCTYPE is a Directive there"},
	{xmlstream.CodeDepth, "", "no limit"},
	{xmlstream.CodeSize, "", "no limits"},
	{xmlstream.CodeCharacter, "", "comments, instructions and names are not checked; surrogate references become U+FFFD"},
	{xmlstream.CodeEncoding, "", "comments and instructions are not checked"},
	{xmlstream.CodeMalformed, "second élément racine", "a second root"},
	{xmlstream.CodeMalformed, "Du texte suit", "text after the end"},
	{xmlstream.CodeMalformed, "ne commence pas par une balise", "text before the root"},
	{xmlstream.CodeMalformed, "donné deux fois", "doubled attributes"},
	{xmlstream.CodeMalformed, "n’ouvre ici ni un commentaire", "any other Directive"},
	{xmlstream.CodeMalformed, "n’est permise qu’au tout début", "an XML declaration anywhere"},
	{xmlstream.CodeMalformed, "La déclaration XML", "an XML declaration of any form"},
	{xmlstream.CodeMalformed, "Seule la version 1.0", "an XML declaration without a version"},
	{xmlstream.CodeMalformed, "Une espace manque avant un attribut", "attributes not separated"},
	{xmlstream.CodeMalformed, "n’est pas un nom d’élément ou d’attribut", "colons at either end of a name"},
	{xmlstream.CodeMalformed, "instruction de traitement n’a pas de nom", "instructions with a colon or without a space"},
	{xmlstream.CodeMalformed, "Un « & » n’est pas le début", "references longer than 64 bytes"},
}

func isLaxity(source []byte, err error) bool {
	var syntax *xmlstream.SyntaxError
	if !errors.As(err, &syntax) {
		return false
	}
	if holds := reasons[syntax.Code]; holds != nil && !holds(source) {
		return false
	}
	for _, l := range laxities {
		if l.code == syntax.Code && strings.Contains(syntax.Msg, l.sentence) {
			return true
		}
	}
	return false
}

// spaces makes attribute values comparable: encoding/xml does not normalise them.
var spaces = strings.NewReplacer("\r\n", " ", "\n", " ", "\t", " ", "\r", " ")

// lines is 1 where both count the same lines: encoding/xml does not know those that end in \r.
func lines(source []byte) int {
	if bytes.IndexByte(source, '\r') >= 0 {
		return 0
	}
	return 1
}

// standardTranscript is transcript by encoding/xml, with its runs of text joined.
func standardTranscript(source []byte) (string, error) {
	d := xml.NewDecoder(bytes.NewReader(source))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	var out, text strings.Builder
	depth := 0
	flush := func() {
		if text.Len() > 0 {
			fmt.Fprintf(&out, "%q", text.String())
			text.Reset()
		}
	}
	for {
		line, _ := d.InputPos()
		token, err := d.Token()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return out.String(), err
		}
		switch t := token.(type) {
		case xml.StartElement:
			flush()
			depth++
			fmt.Fprintf(&out, "%d<%s|%s", line*lines(source), t.Name.Space, t.Name.Local)
			for _, a := range t.Attr {
				if a.Name.Space != "xmlns" && (a.Name.Space != "" || a.Name.Local != "xmlns") {
					fmt.Fprintf(&out, " %s|%s=%q", a.Name.Space, a.Name.Local, spaces.Replace(a.Value))
				}
			}
			out.WriteString(">")
		case xml.EndElement:
			flush()
			depth--
			fmt.Fprintf(&out, "</%s|%s>", t.Name.Space, t.Name.Local)
		case xml.CharData:
			if depth > 0 {
				text.Write(t)
			}
		}
	}
}

// normalised is our transcript with the white space of attribute values, which may come from references, flattened.
func normalised(source []byte) (string, error) {
	d := xmlstream.NewDecoder(bytes.NewReader(source), xmlstream.Limits{})
	var out strings.Builder
	for {
		t, err := d.Next()
		if errors.Is(err, io.EOF) {
			return out.String(), nil
		}
		if err != nil {
			return out.String(), err
		}
		switch t.Kind {
		case xmlstream.StartElement:
			fmt.Fprintf(&out, "%d<%s|%s", t.Line*lines(source), t.Space, t.Local)
			for _, a := range t.Attrs {
				fmt.Fprintf(&out, " %s|%s=%q", a.Space, a.Local, spaces.Replace(a.Value))
			}
			out.WriteString(">")
		case xmlstream.EndElement:
			fmt.Fprintf(&out, "</%s|%s>", t.Space, t.Local)
		case xmlstream.Text:
			fmt.Fprintf(&out, "%q", t.Text)
		}
	}
}

var seeds = []string{
	``, `<a/>`, `<a>x</a>`, `<?xml version="1.0" encoding="UTF-8"?><a b="1" c='2'><b/>é</a>`,
	`<a xmlns="u" xmlns:p="v"><p:b p:c="1"/></a>`, `<a>&amp;&#65;&#x41;<![CDATA[<x>]]></a>`, "<a>\r\n\r</a>", "<a b='x\r\ny'/>",
	`<!-- c --><a/><?p i?>`, `<a b='1' b='2'/>`, `<a/><b/>`, `<p:a/>`, `<!DOCTYPE a><a/>`, `<a>]]></a>`, `<a><b></a></b>`,
	`<a>&#xD800;</a>`, `<a b="1"c="2"/>`, `<?xml?><a/>`, `<a:/>`, `<a>&nbsp;</a>`, `<a xmlns:xml="http://www.w3.org/XML/1998/namespace"/>`,
	`<cartes xmlns="urn:carte-reseau:1" etablissement="mours"><carte><numero>1</numero></carte></cartes>`,
	"\uFEFF<a/>", "<a>\x00</a>", "<a>\xff</a>", "<a><!----></a>", "<a><?p?></a>", `<a xmlns=""/>`,
}

// FuzzDecoder: what we accept encoding/xml accepts with the same meaning, what only we refuse is one of its laxities, and
// where the source is cut into pieces does not matter.
func FuzzDecoder(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		compare(t, source)
	})
}

// fragments are what documents break at.
var fragments = strings.Split("<a>|</a>|<a/>|<b>|</b>|<b |/>|>|<|</|c='|d=\"|'|\"| |\n|\r|\r\n|\t|x|é|&|&amp;|&#65;|&#x1F600;|;|&#|#|]|]]|]]>|"+
	"<![CDATA[|<!--|--|-->|-|<?p|<?|?>|?|p:|xmlns='u' |xmlns:p='v' |xmlns:q='v' |p:c='1' |q:c='2' |<p:a>|</p:a>|:|=|<!|!|\x00|\xff|\xc3|"+
	"<?xml version='1.0'?>|\uFEFF|xml|xmlns|&lt;|&nope;|\uFFFE", "|")

// TestDifferential is FuzzDecoder over documents made of such pieces, which reaches deep in a second.
func TestDifferential(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SliceOfN(rapid.SampledFrom(fragments), 0, 12).Draw(t, "pieces")
		source := strings.Join(pieces, "")
		if rapid.Bool().Draw(t, "within") {
			source = "<a>" + source + "</a>"
		}
		compare(t, []byte(source))
	})
}

// fataler is a testing.T or a rapid.T.
type fataler interface {
	Fatalf(format string, args ...any)
}

func compare(t fataler, source []byte) {
	ours, err := normalised(source)
	theirs, standardErr := standardTranscript(source)
	switch {
	case err == nil && standardErr != nil:
		if !strictness(source, standardErr) {
			t.Fatalf("accepted, but encoding/xml says: %v", standardErr)
		}
	case err == nil && ours != theirs:
		t.Fatalf("read as %s\nby encoding/xml as %s", ours, theirs)
	case err != nil && standardErr == nil && !isLaxity(source, err):
		t.Fatalf("refused (%v), but encoding/xml accepts it", err)
	}
	whole, err := transcript(xmlstream.NewDecoder(bytes.NewReader(source), xmlstream.Limits{}))
	pieces, err2 := transcript(xmlstream.NewDecoder(iotest.OneByteReader(bytes.NewReader(source)), xmlstream.Limits{}))
	if whole != pieces || fmt.Sprint(err) != fmt.Sprint(err2) {
		t.Fatalf("whole: %s, %v\nbyte by byte: %s, %v", whole, err, pieces, err2)
	}
	if err == nil {
		checkStandalone(t, source, len(source)%5)
	}
}

// strictness is where encoding/xml is the stricter one: it knows the names of the fourth edition of XML 1.0 only, and
// takes xmlns bound by a prefix attribute of the fifth for an invalid name.
func strictness(source []byte, err error) bool {
	ascii := true
	for _, b := range source {
		ascii = ascii && b < utf8.RuneSelf
	}
	return !ascii && strings.Contains(err.Error(), "name")
}

// TestLaxitiesSeen keeps the list of laxities honest: they are real.
func TestLaxitiesSeen(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		"", "<p:a/>", "<!DOCTYPE a><a/>", "<!-- \x01 --><a/>", "<!-- \xff --><a/>", "<a/><b/>", "<a/>x", "x<a/>", "<a b='1' b='2'/>",
		"<!X><a/>", "<a/><?xml version='1.0'?>", "<?xml standalone='no'?><a/>", "<a b='1'c='2'/>", "<a:/>", "<?a:b x?><a/>",
		"<a>&#" + strings.Repeat("0", 100) + "65;</a>",
	} {
		_, err := normalised([]byte(source))
		if _, standardErr := standardTranscript([]byte(source)); err == nil || standardErr != nil || !isLaxity([]byte(source), err) {
			t.Errorf("%q: %v; encoding/xml: %v", source, err, standardErr)
		}
	}
}
