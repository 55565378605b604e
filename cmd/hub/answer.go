package main

import "github.com/carte-reseau/hub/internal/cards"

// answers is the switch of the commands that do something: what is done is told
// to a person in sentences, to a program in a document.
type answers struct {
	JSON bool `name:"json" help:"Ce qui est fait, en un document JSON."`
}

func (a answers) tell(c console, document any, format string, args ...any) error {
	if a.JSON {
		return eachAsJSON(c, []any{document}, func(d any) any { return d })
	}
	c.printf(format, args...)
	return nil
}

// The documents of what the JSON interface answers in no other way.
type (
	libraryDone struct {
		Library any    `json:"library"`         // its settings as they are now; where it is removed, as they were
		Key     string `json:"key,omitempty"`   // shown this once
		Cards   *int   `json:"cards,omitempty"` // that will be handed again, or were exported
		File    string `json:"file,omitempty"`  // where they are
	}
	conflictDone struct {
		ID      int64         `json:"id"`
		Verdict cards.Verdict `json:"verdict"`
	}
	mailDone struct {
		ID      int64           `json:"id"`
		State   cards.MailState `json:"state,omitempty"`
		Dropped bool            `json:"dropped,omitempty"`
	}
	cardsForgotten struct {
		Forgotten int `json:"forgotten"`
	}
	pairDone struct {
		Number string `json:"number"`
		Other  string `json:"other"`
		Same   bool   `json:"same_person"`
	}
	programDone struct {
		Version string `json:"version,omitempty"`
		Schema  int64  `json:"schema,omitempty"`
		// What went with a lost secret: libraries whose passwords are to be given again, erasures that could not be finished.
		Passwords []string `json:"passwords_lost,omitempty"`
		Erasures  []int64  `json:"erasures_unfinished,omitempty"`
	}
)
