package sheet

import (
	"io"
	"regexp"
	"strings"
)

// ContentType is that of a CSV document.
const ContentType = "text/csv; charset=utf-8; header=present"

// byteOrderMark tells spreadsheets that the text is UTF-8; without it they take
// it for the system's old character set.
const byteOrderMark = "\ufeff"

// WriteCSV writes lines of text as spreadsheets in French open them on a double
// click: UTF-8 with a byte order mark, semicolons, CR LF. A text a spreadsheet
// would run as a formula is kept from it: the name of a town comes from outside.
func WriteCSV(w io.Writer, records [][]string) error {
	return StreamCSV(w, func(yield func([]string, error) bool) {
		for _, record := range records {
			if !yield(record, nil) {
				return
			}
		}
	})
}

// number is what spreadsheets take for one, in French or in English.
var number = regexp.MustCompile(`^[+-]?\d+([.,]\d+)?$`)

// harmless puts an apostrophe before what would be a formula; spreadsheets show
// the text behind it. Numbers stay numbers.
func harmless(text string) string {
	if text == "" || !strings.ContainsRune("=+-@\t\r\n|%", rune(text[0])) || number.MatchString(text) {
		return text
	}
	return "'" + text
}

// FileName is what a table is called on disk: its words are those of a query.
func FileName(words ...string) string { return "statistiques-" + strings.Join(words, "-") + ".csv" }
