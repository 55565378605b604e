package xmlstream

import (
	"unicode/utf16"
	"unicode/utf8"
)

// brokenUnit stands for half a pair: not UTF-8, so that the Decoder refuses it with its line (see badBytes).
const brokenUnit = "\xED\xA0\x80"

// utf16Decoder keeps between pieces the byte and the first half of a pair that were cut off.
type utf16Decoder struct {
	big  bool
	odd  bool
	byte byte
	high rune // 0 when none waits
}

func (u *utf16Decoder) decode(dst, src []byte) []byte {
	if len(src) == 0 {
		if u.odd || u.high != 0 {
			dst = append(dst, brokenUnit...)
		}
		u.odd, u.high = false, 0
		return dst
	}
	for _, b := range src {
		if !u.odd {
			u.odd, u.byte = true, b
			continue
		}
		u.odd = false
		unit := rune(u.byte) | rune(b)<<8
		if u.big {
			unit = rune(u.byte)<<8 | rune(b)
		}
		dst = u.unit(dst, unit)
	}
	return dst
}

func (u *utf16Decoder) unit(dst []byte, unit rune) []byte {
	if u.high != 0 {
		r := utf16.DecodeRune(u.high, unit)
		u.high = 0
		if r != utf8.RuneError {
			return utf8.AppendRune(dst, r)
		}
		dst = append(dst, brokenUnit...)
	}
	if !utf16.IsSurrogate(unit) {
		return utf8.AppendRune(dst, unit)
	}
	if unit < 0xDC00 {
		u.high = unit
		return dst
	}
	return append(dst, brokenUnit...)
}
