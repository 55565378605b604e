package push

import (
	"context"
	"errors"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// kind says what a failed request means for the cards it carried.
type kind uint8

const (
	// unavailable: no card is to blame, the system is away or its address wrong.
	unavailable kind = iota
	// denied: the hub is not let in.
	denied
	// documentRefused: something in the document was refused.
	documentRefused
	// failed: the system failed, perhaps because of a card.
	failed
)

// failure is a request that did not end in a usable report.
type failure struct {
	kind    kind
	message cards.Sentence // for staff
	// reason is for the card where it turns out to be the culprit.
	reason cards.Sentence
	at     time.Time // when the system wants to be called again; zero: not said
	err    error
}

func (f *failure) Error() string { return f.cause().Error() }

// Unwrap gives the error its code and the message that may be shown.
func (f *failure) Unwrap() error { return f.cause() }

// NotBefore is when the system wants to be called again; zero: not said.
func (f *failure) NotBefore() time.Time { return f.at }

func (f *failure) cause() error {
	return &cards.Error{Code: cards.Unavailable, Said: f.message, Err: f.err}
}

// later is a failure for which no card is to blame.
func later(err error, at time.Time, message cards.Sentence) *failure {
	return &failure{kind: unavailable, message: message, at: at, err: err}
}

// messageOf is what a run tells staff of its error.
func messageOf(err error) cards.Sentence {
	if errors.Is(err, context.Canceled) {
		return cards.Say("L’envoi a été interrompu par l’arrêt du concentrateur ; il reprendra là où il en était.")
	}
	return cards.SentenceOf(err)
}
