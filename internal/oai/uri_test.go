package oai_test

import (
	"strings"
	"testing"

	"github.com/jacoelho/xsd"

	"github.com/carte-reseau/hub/internal/oai"
	"github.com/carte-reseau/hub/internal/xmlstream"
)

func TestIdentifiers(t *testing.T) {
	id := oai.Identifier("cartes.exemple.fr", "a1B2-c3")
	domain, local, err := oai.ParseIdentifier(id)
	if id != "oai:cartes.exemple.fr:a1B2-c3" || domain != "cartes.exemple.fr" || local != "a1B2-c3" || err != nil {
		t.Errorf("%s: %s, %s, %v", id, domain, local, err)
	}
	if _, local, err := oai.ParseIdentifier("oai:a.fr:with:colons/and?more"); local != "with:colons/and?more" || err != nil {
		t.Errorf("%s, %v", local, err)
	}
	for _, s := range []string{"", "oai", "oai:", "oai:a.fr", "oai:a.fr:", "oai:localhost:1", "oai:1a.fr:1", "urn:a.fr:1", "OAI:a.fr:1", "oai:a.fr:a b", "oai:a..fr:1"} {
		if domain, local, err := oai.ParseIdentifier(s); err == nil {
			t.Errorf("%q: %q %q", s, domain, local)
		}
	}
}

func TestValidURI(t *testing.T) {
	for _, s := range []string{"oai:a.fr:1", "http://127.0.0.1:80/oai?a=b#c", "x", "/x", "a/b:c", "really_wrong", "urn:carte-reseau:1", "%20"} {
		if !oai.ValidURI(s) {
			t.Errorf("%q is a URI", s)
		}
	}
	for _, s := range []string{"", " ", "a b", "é", "%", "%2", "%zz", ":a", "1a:b", "a:", "//", "a:#b", "#a#b", "a\"b", "a<b", "[", "a\x00"} {
		if oai.ValidURI(s) {
			t.Errorf("%q is no URI", s)
		}
	}
}

// FuzzURI asks the schema's own judge: what passes, or is made safe, must
// stand where the schemas of the protocol want an anyURI.
func FuzzURI(f *testing.F) {
	engine, err := xsd.Compile(f.Context(), xsd.Bytes("uri.xsd", []byte(
		`<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="u" type="xs:anyURI"/></xs:schema>`)))
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"oai:mours:26 100", "http://[::1]/oai", "::", "//", "a:#", "é%", "\xff", "a?b#c#d", "http://a:b@c:d/", "x:/", "//?q", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		safe := oai.SafeURI(s)
		if oai.ValidURI(s) && safe != s {
			t.Fatalf("%q is valid but was made %q", s, safe)
		}
		doc := "<u>" + string(xmlstream.AppendText(nil, safe)) + "</u>"
		if err := engine.Validate(t.Context(), strings.NewReader(doc)); err != nil {
			t.Fatalf("%q made safe is %q: %v", s, safe, err)
		}
	})
}
