package sigb

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

var ligatures = strings.NewReplacer("œ", "oe", "Œ", "OE", "æ", "ae", "Æ", "AE")

// withoutAccents is what a system with an old character set keeps of a text.
func withoutAccents(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(ligatures.Replace(s)) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(r)
		}
	}
	return norm.NFC.String(b.String())
}

// cut keeps the first n characters, as a field of fixed width does.
func cut(s string, n int) string {
	runes := []rune(s)
	if n <= 0 || len(runes) <= n {
		return s
	}
	return strings.TrimSpace(string(runes[:n]))
}

// onlyLettersAndDigits makes texts equal that differ in spacing and punctuation alone.
func onlyLettersAndDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, norm.NFC.String(s))
}

// onlyDigits makes telephone numbers equal that differ in layout alone.
func onlyDigits(s string) string {
	s = strings.TrimSpace(s)
	if rest, ok := strings.CutPrefix(s, "+33"); ok {
		s = "0" + strings.TrimPrefix(strings.TrimSpace(rest), "(0)")
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}
