package cards

import (
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

// What is made of a text letter by letter is what is made of it as a whole.
func TestLatinTextIsFoldedAsAnyOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.StringOf(rapid.Map(rapid.Int32Range(1, firstMark+2), func(n int32) rune { return n })), rapid.Just(edgeText(t, "edge", 0))).Draw(t, "text")
		if folded := FoldName(s); folded != fold(s) {
			t.Errorf("%q folded to %q, letter by letter to %q", s, fold(s), folded)
		}
		if plain := withoutAccents(s); plain != plainly(s) {
			t.Errorf("%q without accents is %q, letter by letter %q", s, plainly(s), plain)
		}
		if kept := loose(s); kept != norm.NFC.String(kept) {
			t.Errorf("of %q is kept %q, not in form C", s, kept)
		}
	})
}

func TestLatinLettersStandForThemselves(t *testing.T) {
	for r := range rune(firstMark) {
		if s := string(r); !norm.NFC.IsNormalString(s) || !norm.NFC.IsNormalString("e"+s) {
			t.Errorf("%U joins what stands before it", r)
		}
	}
}
