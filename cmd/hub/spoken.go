package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
)

// spoken is an error as the terminal shows it: what the hub says and, set apart as French does, what the system or the
// database said below it, in their own words, on one line and each once.
func spoken(err error) string {
	told, is := errors.AsType[*cards.Error](err)
	if !is || told.Err == nil || told.Error() != err.Error() { // of one that something was put before, the whole is shown
		return onOneLine(err.Error())
	}
	return told.Said.String() + " : " + spoken(told.Err)
}

func onOneLine(text string) string {
	var said []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !slices.Contains(said, line) {
			said = append(said, line)
		}
	}
	return strings.Join(said, " ")
}
