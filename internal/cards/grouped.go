package cards

import "strconv"

// Grouped writes a number of things as people read it, in groups of three digits: « 12 345 », in English 12,345. What
// numbers one thing, a deposit or an account, is written as it stands.
func Grouped[N int | int64](n N, language string) string {
	const group, narrowSpace = 3, "\u202f"
	between := narrowSpace
	if language == English {
		between = ","
	}
	digits, sign, out := strconv.FormatInt(int64(n), 10), "", ""
	if n < 0 {
		digits, sign = digits[1:], "-"
	}
	for len(digits) > group {
		out = between + digits[len(digits)-group:] + out
		digits = digits[:len(digits)-group]
	}
	return sign + digits + out
}
