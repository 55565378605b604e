package cards

import (
	"fmt"
	"reflect"
	"strings"
	"unicode"
)

// Sentence is something the hub tells people. It is kept as its French form and what is put into it, so that whoever
// reads it, be it months later, reads it in their own language. The zero Sentence says nothing.
type Sentence struct {
	stored string // see sentence_stored.go; comparable, as what holds a sentence should be
}

// Say makes a sentence of a French form, with the verbs %s and %d. A form is a constant of the program, for it is by the
// form that a sentence is found in another language. Whole numbers are kept as such, sentences as sentences, all else as
// text: what other languages write differently has to be a [Sentence]. It holds no personal data.
func Say(form string, put ...any) Sentence {
	kept := make([]any, len(put))
	for i, p := range put {
		kept[i] = keep(p)
	}
	return parts{form, kept}.sentence()
}

// Quote makes a sentence of words that are not the hub's, a system's or a person's.
func Quote(words string) Sentence { return parts{form: Legible(words)}.sentence() }

// OneAfterAnother puts sentences behind one another.
func OneAfterAnother(sentences ...Sentence) Sentence {
	var all Sentence
	for _, s := range sentences {
		switch {
		case s.IsZero():
		case all.IsZero():
			all = s
		default:
			all = Say("%s %s", all, s)
		}
	}
	return all
}

func keep(put any) any {
	switch p := put.(type) {
	case Sentence:
		return p
	case string:
		return Legible(p)
	case []byte:
		return Legible(string(p))
	case fmt.Stringer:
		return Legible(p.String())
	}
	switch v := reflect.ValueOf(put); {
	case v.CanInt():
		return v.Int()
	case v.CanUint():
		return int64(v.Uint())
	}
	return Legible(fmt.Sprint(put))
}

// Legible makes text of foreign bytes: neither what is not UTF-8 nor NUL, which
// not every database takes.
func Legible(foreign string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(foreign, "\uFFFD"), "\x00", "\uFFFD")
}

// IsZero reports whether nothing is said.
func (s Sentence) IsZero() bool { return s.stored == "" }

// String is the sentence in French.
func (s Sentence) String() string {
	text, _ := s.parts().in(func(form string) (string, bool) { return form, true })
	return text
}

// In is the sentence in a language, and the language it is in: French where the other lacks a part of it.
func (s Sentence) In(language string) (text, spoken string) {
	if language == English {
		if text, known := s.parts().in(formInEnglish); known {
			return text, English
		}
	}
	return s.String(), French
}

// WithWords is the sentence with the words that are not the hub's replaced by what replace makes of them.
func (s Sentence) WithWords(replace func(string) string) Sentence {
	p := s.parts()
	if len(p.put) == 0 {
		return Quote(replace(p.form))
	}
	for i, put := range p.put {
		switch put := put.(type) {
		case string:
			p.put[i] = replace(put)
		case Sentence:
			p.put[i] = put.WithWords(replace)
		}
	}
	return p.sentence()
}

// parts are what a sentence is made of. Where nothing is put in, the form stands as it is, verbs or not.
type parts struct {
	form string
	put  []any // each a string, an int64 or a Sentence
}

// in writes the sentence with forms that are looked up; false where one is not known.
func (p parts) in(look func(form string) (string, bool)) (string, bool) {
	form, known := look(p.form)
	if len(p.put) == 0 {
		return form, known
	}
	args := make([]any, len(p.put))
	for i, put := range p.put {
		args[i] = put
		if inner, nested := put.(Sentence); nested {
			text, ok := inner.parts().in(look)
			args[i], known = text, known && ok
		}
	}
	return fmt.Sprintf(form, args...), known
}

var verbs = strings.NewReplacer("%s", "", "%d", "")

// formInEnglish finds a form in English. One without words of its own is the same in all languages,
// but that only French has a space before a colon.
func formInEnglish(form string) (string, bool) {
	if english, known := inEnglish[form]; known {
		return english, true
	}
	return strings.ReplaceAll(form, " :", ":"), strings.IndexFunc(verbs.Replace(form), unicode.IsLetter) < 0
}
