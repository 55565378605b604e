package xmlstream

// Kind says what a token is.
type Kind uint8

// The kinds of tokens. Comments and processing instructions are checked and passed over.
const (
	StartElement Kind = iota + 1
	EndElement
	Text
)

// Attr is one attribute; declarations of namespaces are not among them (see [Raw]).
type Attr struct{ Space, Local, Value string }

// Token is one piece of a document. Attrs and Text are valid until the next call of Next, Skip or StopRaw; the strings
// may be kept. Text is a whole run: references resolved, CDATA joined, comments taken out, line ends as one \n.
type Token struct {
	Kind         Kind
	Truncated    bool // Text was longer than Limits.Text and is cut
	Space, Local string
	Attrs        []Attr
	Text         []byte
	WordLine     int // of a Text, the line of its first character that is no blank, cut off or not; 0 if there is none
	Line, Column int // where the token begins; both count from 1, columns in characters
}

// Attr returns the value of the attribute without a namespace that has this name.
func (t *Token) Attr(local string) (string, bool) {
	for i := range t.Attrs {
		if t.Attrs[i].Local == local && t.Attrs[i].Space == "" {
			return t.Attrs[i].Value, true
		}
	}
	return "", false
}
