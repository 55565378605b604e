package store

import (
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// doubt says what may be wrong with what is known of a library.
func (l *libraryView) doubt() cards.StandingCause {
	if l.attention.IsZero() {
		return cards.StandingCause{}
	}
	return cards.StandingCause{Course: cards.CourseDoubted, Detail: l.attention}
}

func (k *look) whyEnded(l *libraryView) cards.StandingCause {
	return cards.StandingCause{Course: cards.CourseEnded, Ends: k.card.Ends, At: k.told[l.ID]}
}

func (k *look) whyRefused(l *libraryView, waits *handAgainRow) cards.StandingCause {
	cause := cards.StandingCause{Course: cards.CoursePlanned, At: fromMicros(waits.Due)}
	switch {
	case l.Preparing: // before all else: a pause, too, keeps back only what is open
		cause = cards.StandingCause{Course: cards.CoursePreparing}
	case !l.Pushed():
		cause = cards.StandingCause{Course: cards.CourseFetches, At: k.mark(l, cards.DoorPull).Moved}
	case l.Paused:
		cause = cards.StandingCause{Course: cards.CoursePaused, Detail: l.PauseReason}
	}
	cause.Attempts, cause.Reason = int(waits.Attempts), cards.ParseSentence(waits.Reason)
	return cause
}

func (k *look) whyOwed(l *libraryView) cards.StandingCause {
	if l.Preparing {
		return cards.StandingCause{Course: cards.CoursePreparing}
	}
	cause := k.nextPush(l)
	if !l.Pushed() {
		cause = k.nextFetch(l)
	}
	if waits := k.waiting(l); waits != nil && waits.Attempts == 0 {
		cause.Reason = cards.ParseSentence(waits.Reason)
	}
	return cause
}

func (k *look) nextFetch(l *libraryView) cards.StandingCause {
	last := k.mark(l, cards.DoorPull).Moved
	if begun := k.listed[l.ID]; begun.After(last) {
		return cards.StandingCause{Course: cards.CourseListing, At: begun}
	}
	return cards.StandingCause{Course: cards.CourseFetches, At: last}
}

func (k *look) nextPush(l *libraryView) cards.StandingCause {
	job, planned := k.jobs[l.ID]
	switch {
	case l.Paused:
		return cards.StandingCause{Course: cards.CoursePaused, Detail: l.PauseReason}
	case job.Running:
		return cards.StandingCause{Course: cards.CourseSending}
	case job.Failures > 0:
		return cards.StandingCause{Course: cards.CourseFailing, Detail: job.LastError, At: job.NextRun}
	case planned:
		return cards.StandingCause{Course: cards.CoursePlanned, At: job.NextRun}
	}
	return cards.StandingCause{Course: cards.CoursePlanned}
}

// endedAt is the beginning of the first day on which the card is no longer
// valid.
func (k *look) endedAt() time.Time {
	day, err := time.ParseInLocation(time.DateOnly, k.card.Ends, k.store.place)
	if err != nil {
		return time.Time{}
	}
	return day.AddDate(0, 0, 1).UTC()
}
