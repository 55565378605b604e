package oai

import "strings"

// ValidURI reports whether s can stand, as it is, where the schemas of the
// protocol want an anyURI: a reference of RFC 2396 in which everything that
// has to be escaped is.
func ValidURI(s string) bool {
	if s == "" || !uriCharacters(s) || strings.Count(s, "#") > 1 {
		return false
	}
	rest := s
	if colon := strings.IndexByte(s, ':'); colon >= 0 && colon < firstOf(s, "/?#") {
		if !validScheme(s[:colon]) {
			return false
		}
		rest = s[colon+1:]
	}
	return rest != "" && rest != "//" && rest[0] != '#'
}

// SafeURI gives s where it is a valid URI, else s with everything escaped that
// could be in its way: so that what a stranger's server calls its identifier
// can be told on without breaking the response.
func SafeURI(s string) string {
	if ValidURI(s) {
		return s
	}
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; unreserved(c) {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}

func uriCharacters(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c == '%':
			if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return false
			}
		case !unreserved(c) && strings.IndexByte(";/?:@&=+$,#", c) < 0:
			return false
		}
	}
	return true
}

func validScheme(s string) bool {
	if s == "" || !isAlpha(s[0]) {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isAlpha(c) && !isDigit(c) && strings.IndexByte("+-.", c) < 0 {
			return false
		}
	}
	return true
}

// firstOf is the index of the first of the characters in s, or its length.
func firstOf(s, characters string) int {
	if i := strings.IndexAny(s, characters); i >= 0 {
		return i
	}
	return len(s)
}

func unreserved(c byte) bool {
	return isAlpha(c) || isDigit(c) || strings.IndexByte("-_.!~*'()", c) >= 0
}

func isAlpha(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isHex(c byte) bool   { return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' }
