package web

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
)

// frenchSpaces are the spaces at which a French line may not break: a semicolon would begin the next one, and a quotation mark end it.
var frenchSpaces = strings.NewReplacer(
	" ;", "\u202f;", " !", "\u202f!", " ?", "\u202f?",
	" :", "\u00a0:", " »", "\u00a0»", "« ", "«\u00a0", " %", "\u00a0%", "n° ", "n°\u00a0",
)

// bound is a text with the spaces its language binds words with.
func bound(lang, text string) string {
	if lang != language.French.String() {
		return text
	}
	return frenchSpaces.Replace(text)
}

// capital begins a sentence: what says in a log's line why something failed stands behind a full stop on the pages.
func capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + text[size:]
}
