package cards

import "errors"

// Code classifies an error once, so that each door can translate it to its own
// protocol in one place.
type Code string

// The error codes of the hub.
const (
	Invalid      Code = "invalid"      // the caller gave something unusable
	NotFound     Code = "not-found"    // what was named does not exist
	Unauthorized Code = "unauthorized" // not signed in, or the key is wrong
	Forbidden    Code = "forbidden"    // signed in, but this is not theirs
	Conflict     Code = "conflict"     // the state of things does not allow it
	Changed      Code = "changed"      // somebody else changed it since it was read
	TooLarge     Code = "too-large"    // over a configured limit
	Unavailable  Code = "unavailable"  // try again later
	Internal     Code = "internal"     // everything else; detail is logged, never shown
)

// ErrUndone is among what went wrong where it is known that nothing has changed.
var ErrUndone = errors.New("nothing has changed")

// Error is an error whose message may be shown to the person who caused it.
type Error struct {
	Code Code
	Said Sentence // holds no personal data
	// Rule names what was broken, where a door that speaks another language, or to people who see a form, has its own words.
	Rule string
	Err  error // the cause, for the log only
}

// Error returns what is said, in French, and behind it the cause.
func (e *Error) Error() string {
	if e.Err != nil {
		return e.Said.String() + ": " + e.Err.Error()
	}
	return e.Said.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error without a cause; the form and what is put in are those of [Say].
func Errorf(code Code, form string, put ...any) error { return Told(code, Say(form, put...)) }

// Told makes an Error without a cause of a sentence.
func Told(code Code, said Sentence) error { return &Error{Code: code, Said: said} }

// Breaks makes an Error that names the rule that was broken.
func Breaks(rule string, code Code, form string, put ...any) error {
	return &Error{Code: code, Rule: rule, Said: Say(form, put...)}
}

// WrapError makes an Error whose cause is logged and never shown.
func WrapError(code Code, err error, form string, put ...any) error {
	return &Error{Code: code, Said: Say(form, put...), Err: err}
}

// CodeOf returns the code of err; Internal for any error that carries none.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// RuleOf returns the rule that err says was broken; empty where it names none.
func RuleOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Rule
	}
	return ""
}

// MessageOf returns what may be shown of err, in French.
func MessageOf(err error) string { return SentenceOf(err).String() }

// SentenceOf returns what may be shown of err: what it says where it says
// something, else a sentence that betrays nothing.
func SentenceOf(err error) Sentence {
	var e *Error
	if errors.As(err, &e) && e.Code != Internal {
		return e.Said
	}
	return Say("Erreur interne du concentrateur ; réessayez plus tard ou prévenez l’administrateur.")
}
