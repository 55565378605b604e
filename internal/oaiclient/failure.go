package oaiclient

import (
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// remedy says what a failed request leaves to be done.
type remedy uint8

const (
	giveUp     remedy = iota // the harvest cannot go on; the next run begins a new window
	later                    // the run ends, the next one goes on from the same page
	retry                    // the page may be fetched again at once
	waitAsked                // the server asked to wait
	startAgain               // the token is refused or leads nowhere: the window starts again
	useDays                  // the from argument is refused: days instead of seconds
	everything               // the other system's clock went back: the window must have no beginning
)

var remedyNames = [...]string{
	giveUp: "give-up", later: "later", retry: "retry", waitAsked: "wait", startAgain: "start-again",
	useDays: "use-days", everything: "everything",
}

// String names the remedy in logs and metrics.
func (r remedy) String() string { return remedyNames[r] }

// failure is a request that brought no page, told so that staff understand it. Neither what nor todo hold a token, the
// query of a URL or anything of a card.
type failure struct {
	remedy remedy
	what   cards.Sentence // a clause: what happened
	todo   cards.Sentence // what to do, or what the hub will do
	after  time.Duration  // with waitAsked
	// malformed is set where the page may be salvaged.
	malformed bool
	cause     error // for the log; without personal data
}

// Error gives the clause and the cause.
func (f *failure) Error() string {
	if f.cause != nil {
		return f.what.String() + ": " + f.cause.Error()
	}
	return f.what.String()
}

// Unwrap returns the cause.
func (f *failure) Unwrap() error { return f.cause }

// atPage makes of the failure what staff read: what happened, where, what to do.
func (f *failure) atPage(host string, page int) error {
	return &cards.Error{
		Code: cards.Unavailable,
		Said: cards.Say("%s (serveur %s, page %d). %s", f.what, host, page, f.todo),
		Err:  f.cause,
	}
}

// NotBefore is the error of a run the server sent away: its progress is saved, and a run at or after Until goes on.
type NotBefore struct { //nolint:errname // callers read oaiclient.NotBefore, which says it
	Until time.Time
	Err   error // what staff read
}

// Error is that of Err.
func (e *NotBefore) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *NotBefore) Unwrap() error { return e.Err }
