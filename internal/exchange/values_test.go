package exchange

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

// A value that is taken as it is, is one that nothing is done to.
func TestAPlainValueIsCollapsedAlready(t *testing.T) {
	letter := rapid.OneOf(rapid.SampledFrom([]rune("aéÿŒ \u00a0\u00ad\u0085\t\u200bḗe\u0301")), rapid.Map(rapid.Int32Range(1, 0x302), func(n int32) rune { return n }))
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(letter).Draw(t, "value")
		slow := strings.Join(strings.Fields(norm.NFC.String(strings.Map(func(r rune) rune {
			if unseen(r) {
				return -1
			}
			return r
		}, s))), " ")
		if got := collapse(s); got != slow {
			t.Errorf("%q collapsed to %q, want %q", s, got, slow)
		}
	})
}
