package xmlstream_test

import (
	"bytes"
	"encoding/xml"
	"io"
	"maps"
	"unicode/utf8"

	"github.com/carte-reseau/hub/internal/xmlstream"
)

// reasons are what a source must hold to be refused with a code, looked for in other ways.
var reasons = map[string]func(source []byte) bool{
	xmlstream.CodePrefix:    misusesNamespaces,
	xmlstream.CodeDoctype:   func(source []byte) bool { return bytes.Contains(source, []byte("<!DOCTYPE")) },
	xmlstream.CodeDepth:     func(source []byte) bool { return bytes.Count(source, []byte("<")) > 64 },
	xmlstream.CodeSize:      func(source []byte) bool { return len(source) > 160 },
	xmlstream.CodeCharacter: holdsWhatIsIllegal,
	xmlstream.CodeEncoding:  func(source []byte) bool { return !utf8.Valid(source) },
}

func holdsWhatIsIllegal(source []byte) bool {
	for i := range source {
		if _, replaced := mended(string(source[i:])); replaced > 0 {
			return true
		}
	}
	return false
}

// misusesNamespaces tells by the tokens of encoding/xml, which looks at no declarations then.
func misusesNamespaces(source []byte) bool {
	d := xml.NewDecoder(bytes.NewReader(source))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	scopes := []map[string]string{{"xml": "http://www.w3.org/XML/1998/namespace", "": ""}}
	for {
		token, err := d.RawToken()
		if err != nil {
			return false
		}
		switch t := token.(type) {
		case xml.StartElement:
			scope := maps.Clone(scopes[len(scopes)-1])
			if !declares(scope, t.Attr) || !resolves(scope, t) {
				return true
			}
			scopes = append(scopes, scope)
		case xml.EndElement:
			scopes = scopes[:max(1, len(scopes)-1)]
		}
	}
}

// declares adds the declarations among the attributes; false if one is not allowed.
func declares(scope map[string]string, attrs []xml.Attr) bool {
	for _, a := range attrs {
		prefix := a.Name.Local
		if a.Name.Space == "" && a.Name.Local == "xmlns" {
			prefix = ""
		} else if a.Name.Space != "xmlns" {
			continue
		}
		misplaced := (a.Value == scope["xml"]) != (prefix == "xml")
		if misplaced || prefix == "xmlns" || a.Value == "http://www.w3.org/2000/xmlns/" || a.Value == "" && prefix != "" {
			return false
		}
		scope[prefix] = a.Value
	}
	return true
}

func resolves(scope map[string]string, t xml.StartElement) bool {
	_, known := scope[t.Name.Space]
	for _, a := range t.Attr {
		_, declared := scope[a.Name.Space]
		known = known && (declared || a.Name.Space == "xmlns")
	}
	return known
}
