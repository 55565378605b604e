package jobs

import (
	"errors"
	"time"
)

// ErrAgain is returned by a handler that did its work well and has more of it
// to do at once: the job is due again as soon as the others had their turn.
var ErrAgain = errors.New("jobs: more to do at once")

// NotBefore returns what a handler returns to be left alone until t: after a
// failure where err says why, after a success where err is nil. Any error with
// a method NotBefore() time.Time has the same effect, so that doors can say it
// without importing this package.
func NotBefore(t time.Time, err error) error { return &notBeforeError{t: t, err: err} }

// At returns what a handler returns that did its work well and knows when
// there will be more: the job is due at t, where its schedule is not sooner.
func At(t time.Time) error { return &atError{t: t} }

type atError struct{ t time.Time }

func (e *atError) Error() string { return "jobs: more to do at " + e.t.UTC().Format(time.RFC3339) }

type notBeforeError struct {
	t   time.Time
	err error
}

func (e *notBeforeError) Error() string {
	if e.err == nil {
		return "jobs: not before " + e.t.UTC().Format(time.RFC3339)
	}
	return e.err.Error()
}

func (e *notBeforeError) Unwrap() error        { return e.err }
func (e *notBeforeError) NotBefore() time.Time { return e.t }

// outcome is a handler's answer, taken apart.
type outcome struct {
	err       error     // nil on success
	again     bool      // due at once
	at        time.Time // due then at the latest; zero: no such bound
	notBefore time.Time // zero: no such bound
}

func outcomeOf(err error) outcome {
	if errors.Is(err, ErrAgain) {
		return outcome{again: true}
	}
	var soon *atError
	if errors.As(err, &soon) {
		return outcome{at: soon.t}
	}
	o := outcome{err: err}
	var later interface{ NotBefore() time.Time }
	if errors.As(err, &later) {
		o.notBefore = later.NotBefore()
	}
	var mine *notBeforeError
	if errors.As(err, &mine) {
		o.err = mine.err
	}
	return o
}
