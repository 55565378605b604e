package cards

import (
	"strings"
	"unicode"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// loose drops all but letters, numbers and the marks on them, and keeps their
// case and accents. Dropping comes first: what stood between a letter and its
// accent kept the two from being one.
func loose(s string) string {
	kept := strings.Map(func(r rune) rune {
		if tells(r) {
			return r
		}
		return -1
	}, s)
	if isLatin(kept) {
		return kept
	}
	return norm.NFC.String(kept)
}

// tells reports whether a character says something of a value: spaces,
// punctuation of any kind and what nobody sees do not.
func tells(r rune) bool {
	switch {
	case r < unicode.MaxASCII:
		return r|0x20 >= 'a' && r|0x20 <= 'z' || r >= '0' && r <= '9'
	case unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r), unicode.Is(unicode.Variation_Selector, r):
		return false
	case isApostrophe(r):
		return false
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Mc, r)
}

// isApostrophe finds the apostrophes, primes and quotes that Unicode counts
// among the letters, such as ʼ.
func isApostrophe(r rune) bool {
	return r >= 0x02b9 && r <= 0x02df || r == 0x0374 || r == 0xa78b || r == 0xa78c
}

// looseLines is loose for the lines of an address, but that two numbers stay
// two: flat 1 of house 12 is not flat 11 of house 2.
func looseLines(lines []string) string { return looseLine(strings.Join(lines, " ")) }

func looseLine(line string) string {
	var kept strings.Builder
	var last rune
	apart := false
	for _, r := range line {
		if !tells(r) {
			apart = true
			continue
		}
		if apart && unicode.IsDigit(last) && unicode.IsDigit(r) {
			kept.WriteByte(' ')
		}
		kept.WriteRune(r)
		last, apart = r, false
	}
	return norm.NFC.String(kept.String())
}

// ligatures opens the letters that are no base letter with an accent, as the
// systems that keep plain letters only write them.
var ligatures = strings.NewReplacer("œ", "oe", "Œ", "OE", "æ", "ae", "Æ", "AE", "ß", "ss", "ẞ", "SS",
	"ø", "o", "Ø", "O", "ł", "l", "Ł", "L", "đ", "d", "Đ", "D", "ð", "d", "Ð", "D", "þ", "th", "Þ", "TH", "ı", "i",
	"ﬀ", "ff", "ﬁ", "fi", "ﬂ", "fl", "ﬃ", "ffi", "ﬄ", "ffl", "ﬅ", "st", "ﬆ", "st", "ĳ", "ij", "Ĳ", "IJ", "ŉ", "n")

// withoutAccents strips diacritics and opens ligatures, those that bore an
// accent too.
func withoutAccents(s string) string {
	if plain, ok := plainLatin.of(s); ok {
		return plain
	}
	return plainly(s)
}

func plainly(s string) string {
	return norm.NFC.String(ligatures.Replace(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))))
}

// fitting is what a system keeps of a text when its characters are those of an
// 8-bit set: the others lose their accents.
func fitting(s string, set *charmap.Charmap) string {
	var kept strings.Builder
	for _, r := range s {
		if _, ok := set.EncodeRune(r); ok {
			kept.WriteRune(r)
		} else {
			kept.WriteString(withoutAccents(string(r)))
		}
	}
	return kept.String()
}

// upper is upper case, letter by letter. The one mark that has an upper case,
// the iota below Greek vowels, stays a mark: it is no letter of its own.
func upper(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return r
		}
		return unicode.ToUpper(r)
	}, s)
}

// upperASCII is upper case by systems that know no other letters.
func upperASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, s)
}

// FoldName is the form under which two names are one: letters only, upper
// case, no accents.
func FoldName(s string) string {
	if folded, ok := foldedLatin.of(s); ok {
		return folded
	}
	return fold(s)
}

func fold(s string) string { return upper(withoutAccents(loose(s))) }
