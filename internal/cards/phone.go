package cards

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// phoneDigits reduces a phone number to its digits: the French prefixes +33 and
// 0033 are written as the leading 0, other countries' 00 as +. What holds no
// digit at all is kept as text ("liste rouge").
func phoneDigits(s string) string {
	s = width.Fold.String(s)
	number, abroad := dialled(s)
	switch {
	case number == "":
		return loose(s)
	case !abroad:
		return number
	}
	for _, prefix := range frenchPrefixes {
		if rest, ok := strings.CutPrefix(number, prefix); ok {
			return "0" + strings.TrimPrefix(rest, "0")
		}
	}
	if !strings.HasPrefix(number, italy) {
		number, _ = dialled(strings.Replace(s, "(0)", "", 1)) // the zero dialled within the country alone
	}
	return "+" + number
}

// frenchPrefixes are those of mainland France and of the overseas regions: the
// numbers behind them are dialled with a leading zero, and are no others'.
var frenchPrefixes = []string{"33", "262", "590", "594", "596"}

// italy keeps the leading zero in numbers dialled from abroad.
const italy = "39"

// dialled returns a number's digits, and whether it is one with the prefix of
// its country, behind + or 00, which are left out.
func dialled(s string) (number string, abroad bool) {
	var digits strings.Builder
	for _, r := range s {
		if unicode.IsDigit(r) {
			digits.WriteRune(r)
		}
		abroad = abroad || r == '+' && digits.Len() == 0
	}
	number, prefixed := strings.CutPrefix(digits.String(), "00")
	return number, (abroad || prefixed) && number != ""
}
