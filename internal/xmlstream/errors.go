package xmlstream

import "fmt"

// The codes of a [SyntaxError]; the list is closed, and exchange shows them to libraries as they are.
const (
	CodeEmpty     = "vide"       // no byte, or nothing but white space
	CodeTruncated = "tronque"    // the document stops before its end
	CodeMalformed = "mal-forme"  // not well-formed, in a way that has no code of its own
	CodeCharacter = "caractere"  // a character XML 1.0 does not allow
	CodeEncoding  = "encodage"   // the bytes are not in the encoding said, or it is not accepted
	CodeDoctype   = "doctype"    // a DOCTYPE, refused whatever it holds
	CodePrefix    = "prefixe"    // an undeclared prefix or a misuse of namespaces
	CodeDepth     = "profondeur" // more than Limits.Depth elements within one another
	CodeSize      = "taille"     // a name, an attribute or a tag beyond its limit, or too many namespaces at once
)

// SyntaxError is a fault of the document itself; after it the decoder reads no further.
type SyntaxError struct {
	Line, Column int
	Code         string // one of the Code constants
	Msg          string // one or more French sentences, without the position
}

// Error gives the sentence with its position.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("ligne %d, colonne %d : %s", e.Line, e.Column, e.Msg)
}

// shown makes a name of the document fit for a message.
func shown(name string) string {
	const longest = 40
	runes := []rune(name)
	if len(runes) <= longest {
		return name
	}
	return string(runes[:longest]) + "…"
}
