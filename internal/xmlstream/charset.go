package xmlstream

import (
	"mime"
	"slices"
	"strings"
	"unicode/utf8"
)

// encoding is one of those accepted.
type encoding uint8

const (
	unknownEncoding encoding = iota
	utf8Encoding             // US-ASCII is read as UTF-8, of which it is a part
	utf16Encoding
	utf16LE
	utf16BE
	latin1 // read as Windows-1252, which is what those who say so send
	latin9
)

const acceptedEncodings = "UTF-8, US-ASCII, ISO-8859-1, ISO-8859-15, Windows-1252, et UTF-16 avec BOM"

// encodingNames holds the names and usual aliases, in lower case and without - and _.
var encodingNames = map[string]encoding{
	"utf8": utf8Encoding, "usascii": utf8Encoding, "ascii": utf8Encoding, "us": utf8Encoding, "iso646us": utf8Encoding,
	"ansix3.41968": utf8Encoding,
	"utf16":        utf16Encoding, "utf16le": utf16Encoding, "utf16be": utf16Encoding, "ucs2": utf16Encoding,
	"iso10646ucs2": utf16Encoding, "unicode": utf16Encoding,
	"iso88591": latin1, "iso88591:1987": latin1, "latin1": latin1, "l1": latin1, "isoir100": latin1, "cp819": latin1, "ibm819": latin1,
	"windows1252": latin1, "cp1252": latin1, "xcp1252": latin1, "win1252": latin1, "ansi": latin1,
	"iso885915": latin9, "latin9": latin9, "l9": latin9,
}

func encodingNamed(name string) encoding {
	squeeze := strings.NewReplacer("-", "", "_", "", " ", "")
	return encodingNames[squeeze.Replace(strings.ToLower(name))]
}

// Charset returns the charset of a Content-Type header, empty if it names none.
func Charset(contentType string) string {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ""
	}
	return params["charset"]
}

// byteTable is a single-byte encoding: its characters from 0x80 on, in UTF-8.
type byteTable [128]string

var latin1Table, latin9Table = newByteTables()

// windows1252 is what 0x80 to 0x9F stand for there; the five bytes it leaves out stay control characters.
const windows1252 = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ"

// newByteTables reads 0x80 to 0x9F as Windows-1252 in both: nobody means the control characters of the ISO standards.
func newByteTables() (one, nine *byteTable) {
	one = new(byteTable)
	i := 0
	for _, r := range windows1252 {
		one[i] = string(r)
		i++
	}
	for ; i < len(one); i++ {
		one[i] = string(rune(utf8.RuneSelf + i))
	}
	other := *one
	for b, r := range map[byte]rune{
		0xA4: '€', 0xA6: 'Š', 0xA8: 'š', 0xB4: 'Ž', 0xB8: 'ž', 0xBC: 'Œ', 0xBD: 'œ', 0xBE: 'Ÿ',
	} {
		other[b-utf8.RuneSelf] = string(r)
	}
	return one, &other
}

func (t *byteTable) decode(dst, src []byte) []byte {
	for _, b := range src {
		if b < utf8.RuneSelf {
			dst = append(dst, b)
		} else {
			dst = append(dst, t[b-utf8.RuneSelf]...)
		}
	}
	return dst
}

// decoder reads all bytes by the table; where that is doubted, those only that are no UTF-8.
func (t *byteTable) decoder(doubted bool) func(dst, src []byte) []byte {
	if !doubted {
		return t.decode
	}
	return (&doubtedDecoder{table: t}).decode
}

// doubtedDecoder decodes what may be UTF-8 after all: by the table, what is none looks like UTF-8 nearly never.
type doubtedDecoder struct {
	table *byteTable
	held  []byte // a character whose rest is to come
}

func (d *doubtedDecoder) decode(dst, src []byte) []byte {
	text, ended := slices.Concat(d.held, src), len(src) == 0
	d.held = nil
	for len(text) > 0 {
		if !ended && !utf8.FullRune(text) {
			d.held = text
			break
		}
		n := 1
		if r, size := utf8.DecodeRune(text); r == utf8.RuneError && size == 1 {
			dst = d.table.decode(dst, text[:1])
		} else {
			dst, n = append(dst, text[:size]...), size
		}
		text = text[n:]
	}
	return dst
}
