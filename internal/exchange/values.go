package exchange

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// collapse brings a value into the form in which it is kept and compared: normal form C, no outer white space, inner runs
// of it as one space. No-break spaces count as white space, and what nobody sees as nothing: systems put them in at random.
func collapse(s string) string {
	if isPlain(s) {
		return s
	}
	if strings.ContainsFunc(s, unseen) {
		s = strings.Map(func(r rune) rune {
			if unseen(r) {
				return -1
			}
			return r
		}, s)
	}
	if !norm.NFC.IsNormalString(s) {
		s = norm.NFC.String(s)
	}
	if isCollapsed(s) {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}

// isPlain reports whether s is a text of letters that have one normal form each, with nothing to collapse: most values are.
func isPlain(s string) bool {
	const firstMark, firstC1, noBreak = 0x300, 0x7f, 0xa0 // none of the letters below the first combining mark is changed
	space := true                                         // as if one came before
	for _, r := range s {
		if r < ' ' || r >= firstC1 && r <= noBreak || r >= firstMark || r == ' ' && space {
			return false
		}
		space = r == ' '
	}
	return s == "" || !space
}

// unseen finds spaces without width and marks of the direction of writing. The joiners stay: some scripts spell with them.
func unseen(r rune) bool {
	switch {
	case r < 0x061c:
		return false
	case r == '\u061c', r == '\u200b', r == '\u200e', r == '\u200f', r == '\u2060', r == '\ufeff':
		return true
	}
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

func isCollapsed(s string) bool {
	space := true // as if one came before
	for _, r := range s {
		white := unicode.IsSpace(r)
		if white && (space || r != ' ') {
			return false
		}
		space = white
	}
	return s == "" || !space
}

// clip shortens a foreign value for a message.
func clip(s string, most int) string {
	n := 0
	for i := range s {
		if n == most {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

// isNumber says whether s may be the number of a card.
func isNumber(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		if (c < 'a' || c > 'z') && (s[i] < '0' || s[i] > '9') && s[i] != '.' && s[i] != '_' && s[i] != '-' {
			return false
		}
	}
	return s != "" && len(s) <= 32
}

// isEmail says whether s could be an address: something, @, a domain with a point, no space.
func isEmail(s string) bool {
	local, domain, _ := strings.Cut(s, "@")
	if local == "" || strings.ContainsAny(s, " \t\r\n") || strings.Contains(domain, "@") {
		return false
	}
	labels := strings.Split(domain, ".")
	for _, label := range labels {
		if label == "" {
			return false
		}
	}
	return len(labels) > 1
}

// isCountry says whether s has the form of a country code.
func isCountry(s string) bool {
	letter := func(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
	return len(s) == 2 && letter(s[0]) && letter(s[1])
}
