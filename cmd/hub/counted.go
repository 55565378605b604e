package main

import (
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
)

// counted is a number with its noun. None is one in French.
func counted(n int, one, many string) string { return grouped(n) + " " + agreeing(n, one, many) }

// grouped writes a number as the pages and the letters do.
func grouped[N int | int64](n N) string { return cards.Grouped(n, cards.French) }

// agreeing chooses the word for a number.
func agreeing[N int | int64](n N, one, many string) string {
	if n < 2 { //nolint:mnd // two are many
		return one
	}
	return many
}

// outcomeText says what became of a document's cards, which one and many name.
func outcomeText(n cards.Counts, one, many string) string {
	text := []string{counted(n.Received, one, many)}
	for _, part := range []struct {
		n    int
		word string
	}{{n.Created, "créée"}, {n.Modified, "modifiée"}, {n.Unchanged, "inchangée"}, {n.Rejected, "rejetée"}} {
		text = append(text, counted(part.n, part.word, part.word+"s"))
	}
	return strings.Join(text, ", ")
}
