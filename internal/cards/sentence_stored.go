package cards

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// A sentence into which nothing is put is stored as it stands, which is also what older hubs stored of all; any other as a
// JSON object of its form and what is put in, where a sentence is an object again.
type storedSentence struct {
	Form string `json:"f"`
	Put  []any  `json:"p"`
}

const storedBeginning = `{"f":`

// Stored is the sentence as [ParseSentence] reads it.
func (s Sentence) Stored() string { return s.stored }

// ParseSentence reads what [Sentence.Stored] gave. Any other text stands for itself.
func ParseSentence(stored string) Sentence { return Sentence{stored} }

// MarshalJSON writes the sentence in French: it is for people.
func (s Sentence) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

func (p parts) sentence() Sentence {
	if len(p.put) == 0 && !strings.HasPrefix(p.form, storedBeginning) {
		return Sentence{p.form}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // what is masked for an erasure is looked for as it is written
	if err := e.Encode(p.asStored()); err != nil {
		return Sentence{fmt.Sprintf(p.form, p.put...)} // strings and numbers: cannot be
	}
	return Sentence{strings.TrimSpace(b.String())}
}

func (p parts) asStored() storedSentence {
	stored := storedSentence{p.form, make([]any, len(p.put))}
	for i, put := range p.put {
		if inner, nested := put.(Sentence); nested {
			put = inner.parts().asStored()
		}
		stored.Put[i] = put
	}
	return stored
}

func (s Sentence) parts() parts {
	if !strings.HasPrefix(s.stored, storedBeginning) {
		return parts{form: s.stored}
	}
	d := json.NewDecoder(strings.NewReader(s.stored))
	d.UseNumber()
	var read map[string]any
	if d.Decode(&read) != nil || d.More() || !isSentence(read) {
		return parts{form: s.stored}
	}
	return partsOf(read)
}

// isSentence tells what a hub stored from what only begins like it.
func isSentence(read map[string]any) bool {
	const keys = 2
	_, form := read["f"].(string)
	_, put := read["p"].([]any)
	return form && put && len(read) == keys
}

func partsOf(read map[string]any) parts {
	p := parts{}
	p.form, _ = read["f"].(string)
	list, _ := read["p"].([]any)
	for _, put := range list {
		p.put = append(p.put, putOf(put))
	}
	return p
}

func putOf(read any) any {
	switch read := read.(type) {
	case json.Number:
		if n, err := read.Int64(); err == nil {
			return n
		}
	case map[string]any:
		return partsOf(read).sentence()
	}
	return fmt.Sprint(read)
}
