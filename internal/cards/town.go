package cards

import (
	"cmp"
	"strings"
	"unicode"
)

// FoldTown is the form under which two spellings of a town are one: without
// case, accents and punctuation, with the usual abbreviations written out, and
// without what the post adds for companies.
func FoldTown(town string) string {
	words := strings.FieldsFunc(strings.ReplaceAll(FoldText(town), "S/", "SUR "), func(r rune) bool { return !tells(r) })
	var kept strings.Builder
	for _, word := range words {
		switch word {
		case "CEDEX":
			return kept.String()
		case "ST":
			word = "SAINT"
		case "STE":
			word = "SAINTE"
		}
		kept.WriteString(word)
	}
	return kept.String()
}

// FoldText is upper case without accents; spaces and punctuation stay.
func FoldText(s string) string { return upper(withoutAccents(s)) }

// NicerTown is, of two spellings of one town, the one staff would rather read.
// It is the same whichever comes first.
func NicerTown(a, b string) string {
	if cmp.Or(
		cmp.Compare(niceness(a), niceness(b)), // lower case and accents tell most
		cmp.Compare(len(a), len(b)),           // nothing abbreviated
		cmp.Compare(b, a),
	) < 0 {
		return b
	}
	return a
}

// niceness counts what plain systems drop: lower case, accents, hyphens.
func niceness(town string) int {
	const mixed, accent, hyphen, cedex = 1000, 10, 1, -500
	n := 0
	lower, upperSeen := false, false
	for i, r := range town {
		lower = lower || unicode.IsLower(r)
		upperSeen = upperSeen || i == 0 && unicode.IsUpper(r)
		switch {
		case r == '-':
			n += hyphen
		case unicode.IsLetter(r) && withoutAccents(string(r)) != string(r):
			n += accent
		}
	}
	if lower && upperSeen {
		n += mixed
	}
	if strings.Contains(FoldText(town), "CEDEX") {
		n += cedex
	}
	return n
}
