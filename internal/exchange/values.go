package exchange

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// collapse brings a value into the form in which it is kept and compared: normal form C, no outer white space, inner runs
// of it as one space. No-break spaces count as white space: systems put them in at random.
func collapse(s string) string {
	if !norm.NFC.IsNormalString(s) {
		s = norm.NFC.String(s)
	}
	if isCollapsed(s) {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
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
