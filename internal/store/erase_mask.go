package store

import (
	"regexp"
	"strings"

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

// maskText takes numbers and values out of a text for people. Values of one or
// two letters say nothing and stand everywhere.
func (t *traces) maskText(text string) string {
	for _, number := range t.Numbers {
		text = replaceFold(text, number, cards.MaskNumber(number))
	}
	const telling = 3
	for _, value := range t.Values {
		if len([]rune(value)) >= telling {
			text = replaceFold(text, value, "•••")
		}
	}
	return text
}

// replaceFold replaces old whatever the case of its letters, where it stands by
// itself: the word Martin is no part of Saint-Martinien.
func replaceFold(text, old, with string) string {
	pattern, err := regexp.Compile(`(?i)(^|[^\pL\pN])` + regexp.QuoteMeta(old) + `($|[^\pL\pN])`)
	if err != nil {
		return strings.ReplaceAll(text, old, with)
	}
	for { // neighbours share the character between them
		next := pattern.ReplaceAllString(text, "${1}"+strings.ReplaceAll(with, "$", "$$")+"${2}")
		if next == text {
			return text
		}
		text = next
	}
}
