package xmlstream

import "unicode/utf8"

// AppendText appends s as element content. A character XML cannot hold becomes U+FFFD, so that the result is always
// well-formed; \r is written as a reference, or it would be read back as a line end.
func AppendText(dst []byte, s string) []byte { return appendEscaped(dst, s, false) }

// AppendAttr appends s as the content of a quoted attribute value, of either quote; line ends and tabs are written as
// references, or they would be read back as spaces.
func AppendAttr(dst []byte, s string) []byte { return appendEscaped(dst, s, true) }

func appendEscaped(dst []byte, s string, attr bool) []byte {
	from := 0
	for i := 0; i < len(s); {
		if forItself[s[i]] {
			i++
			continue
		}
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		if esc := escapeOf(r, size, attr); esc != "" {
			dst = append(append(dst, s[from:i]...), esc...)
			from = i + size
		}
		i += size
	}
	return append(dst, s[from:]...)
}

// forItself are the bytes that are a whole character and need no escape in text
// nor attribute: nearly all there are.
var forItself = func() (is [256]bool) {
	for b := ' '; b < utf8.RuneSelf; b++ {
		is[b] = escapeOf(b, 1, true) == ""
	}
	return is
}()

func escapeOf(r rune, size int, attr bool) string {
	switch r {
	case '&':
		return "&amp;"
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	case '\r':
		return "&#13;"
	}
	if attr {
		switch r {
		case '"':
			return "&#34;"
		case '\'':
			return "&#39;"
		case '\n':
			return "&#10;"
		case '\t':
			return "&#9;"
		}
	}
	if !isChar(r) || r == utf8.RuneError && size == 1 {
		return "\uFFFD"
	}
	return ""
}
