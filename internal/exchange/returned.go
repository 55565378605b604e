package exchange

import (
	"github.com/carte-reseau/hub/internal/xmlstream"
)

// returned is the card as it was sent, standing alone, for giving it back. Of one too long to be kept, what is given back
// is a carte that says so, since a piece cut anywhere would not be XML.
func returned(raw xmlstream.Raw, number string) []byte {
	if !raw.Truncated {
		return raw.AppendStandalone(nil)
	}
	out := []byte(`<carte xmlns="` + Namespace + `"><!-- carte trop longue pour être rendue --><numero>`)
	return append(xmlstream.AppendText(out, number), `</numero></carte>`...)
}
