package cards

import (
	"slices"
	"strings"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// isRewriting reports whether a system that cuts at width may have made in of
// x: whether is finds it among all that systems make of x.
func isRewriting(in, x string, width int, is func(string) bool) bool {
	folded, whole := norm.NFD.String(FoldName(in)), norm.NFD.String(FoldName(x))
	if folded != whole && (width <= 0 || !strings.HasPrefix(whole, folded)) {
		return false // the rest costs time, and most values differ by more
	}
	forms, found := recast([]string{x}, is)
	if found || width <= 0 {
		return found
	}
	_, found = recast(cut(forms, width), is)
	return found
}

// recasts are what systems do to a whole text.
var recasts = []func(string) string{
	upper, withoutAccents, upperASCII, ligatures.Replace,
	func(s string) string { return fitting(s, charmap.ISO8859_1) },
	func(s string) string { return fitting(s, charmap.Windows1252) },
}

// recast adds to the forms of a text all that systems make of them, one after
// the other, until it comes upon one that is what is looked for.
func recast(forms []string, is func(string) bool) (all []string, found bool) {
	if slices.ContainsFunc(forms, is) {
		return forms, true
	}
	for next := 0; next < len(forms); next++ {
		for _, do := range recasts {
			form := norm.NFC.String(do(forms[next]))
			if slices.Contains(forms, form) {
				continue
			}
			if forms = append(forms, form); is(form) {
				return forms, true
			}
		}
	}
	return forms, false
}

// cut lists what is left of the forms of a text at a width, in characters as
// each system counts them: some do without punctuation, some keep an accent as
// a character of its own.
func cut(forms []string, width int) []string {
	var pieces []string
	for _, form := range forms {
		for _, s := range []string{form, loose(form), norm.NFD.String(form)} {
			runes := []rune(s)
			if len(runes) <= width {
				continue
			}
			if piece := norm.NFC.String(string(runes[:width])); !slices.Contains(pieces, piece) {
				pieces = append(pieces, piece)
			}
		}
	}
	return pieces
}
