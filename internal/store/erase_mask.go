package store

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/carte-reseau/hub/internal/cards"
)

// erasedWords stand where something about an erased card was told.
const erasedWords = "Carte effacée à la demande du lecteur."

var (
	// A card of a document or a line of a report: the hub writes both one after
	// the other, never nested.
	cardElement = regexp.MustCompile(`(?s)<(?:[\w.-]+:)?carte(?:\s[^>]*?)?(?:/>|>.*?</(?:[\w.-]+:)?carte\s*>)`)
	numberAttr  = regexp.MustCompile(`((?:nouveau-)?numero=")([^"]*)(")`)
	errorText   = regexp.MustCompile(`(?s)(<erreur[^>]*>)[^<]*(</erreur>)`)
)

// maskLines leaves of an erased card's lines of a report what became of it: no
// number, and no sentence, which may quote what was sent.
func (t *traces) maskLines(report []byte) []byte {
	return cardElement.ReplaceAllFunc(report, func(line []byte) []byte {
		if !t.in(line) {
			return line
		}
		line = numberAttr.ReplaceAllFunc(line, func(attr []byte) []byte {
			parts := numberAttr.FindSubmatch(attr)
			return []byte(string(parts[1]) + cards.MaskNumber(string(parts[2])) + string(parts[3]))
		})
		return errorText.ReplaceAll(line, []byte("${1}"+erasedWords+"${2}"))
	})
}

// blankCards puts the same blank in the place of an erased card among others
// that were sent.
func (t *traces) blankCards(sources []byte, blank string) []byte {
	return cardElement.ReplaceAllFunc(sources, func(card []byte) []byte {
		if t.in(card) {
			return []byte(blank)
		}
		return card
	})
}

// maskText takes numbers and values out of a text for people.
func (t *traces) maskText(text string) string {
	for _, number := range t.Numbers {
		text = replaceAlone(text, alone(regexp.QuoteMeta(number)), cards.MaskNumber(number))
	}
	if t.telling == nil {
		t.telling = alone(anyOf(t.Values))
	}
	return replaceAlone(text, t.telling, "•••")
}

// anyOf is the pattern of values, with accents and without, the longest first:
// a name may begin with another. Those of one or two letters say nothing and
// stand everywhere.
func anyOf(values []string) string {
	const telling = 3
	var forms []string
	for _, value := range values {
		if len([]rune(cards.FoldName(value))) >= telling {
			forms = append(forms, anyhow(value), anyhow(cards.FoldText(value)))
		}
	}
	forms = distinct(forms)
	slices.SortStableFunc(forms, func(a, b string) int { return len(b) - len(a) })
	if len(forms) == 0 {
		return `[^\s\S]` // nothing
	}
	return strings.Join(forms, "|")
}

// anyhow is the pattern of a value whatever parts its words, also nothing: files
// are called Le_Goff.xml and legoff.xml. An accent may be a character of its own.
func anyhow(value string) string {
	words := strings.FieldsFunc(value, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	for i, word := range words {
		var pattern strings.Builder
		for _, letter := range word {
			pattern.WriteString(string(letter) + `[\x{300}-\x{36f}]*`)
		}
		words[i] = pattern.String()
	}
	return strings.Join(words, `[^\pL\pN]*`)
}

// alone is a pattern whatever the case of its letters, where it stands by
// itself: the word Martin is no part of Saint-Martinien.
func alone(pattern string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)(^|[^\pL\pN])(?:` + pattern + `)($|[^\pL\pN])`)
}

func replaceAlone(text string, found *regexp.Regexp, with string) string {
	for { // neighbours share the character between them
		next := found.ReplaceAllString(text, "${1}"+strings.ReplaceAll(with, "$", "$$")+"${2}")
		if next == text {
			return text
		}
		text = next
	}
}
