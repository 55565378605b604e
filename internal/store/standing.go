package store

import (
	"context"
	"slices"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// Standing tells of every library of the network whether it has the current
// version of a card, since when, and if not, why. A number that was replaced
// finds the card that goes on.
//
// What a library is handed is known by its marks; while a list is under way
// nobody knows which of its pages have arrived, and its cards count as owed
// until its last page was fetched.
func (s *Store) Standing(ctx context.Context, number string) ([]cards.Standing, error) {
	jobs, err := s.pushJobs(ctx)
	if err != nil {
		return nil, err
	}
	var standings []cards.Standing
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		card, err := findCard(tx, number)
		if err != nil {
			return err
		}
		standings, err = s.standings(tx, card, jobs)
		return err
	})
	return standings, err
}

func (s *Store) standings(tx *gorm.DB, card *cardRow, jobs map[int64]cards.Job) ([]cards.Standing, error) {
	look, err := s.lookAt(tx, card, jobs)
	if err != nil {
		return nil, err
	}
	list := make([]cards.Standing, 0, len(look.libraries))
	for i := range look.libraries {
		standing, err := look.of(&look.libraries[i])
		if err != nil {
			return nil, err
		}
		standing.Why = standing.Cause.Sentence(cards.French, s.place)
		list = append(list, standing)
	}
	return list, nil
}

// grip is whether, and since when, a version has reached a library by one door.
type grip struct {
	state     gripState
	since     time.Time // zero: no longer known
	confirmed bool
}

type gripState int

const (
	notHanded gripState = iota
	handed
	perhapsHanded // too long ago to tell: it may have ended before
)

func (k *look) of(l *libraryView) (cards.Standing, error) {
	standing := cards.Standing{Library: l.Code, Name: l.Name}
	held, err := k.grip(l)
	if err != nil {
		return standing, err
	}
	waits := k.again[l.ID]
	switch {
	case held.state == handed:
		standing.State, standing.Since, standing.Confirmed = cards.StandsCurrent, held.since, held.confirmed
		standing.Has = cards.VersionRef{Seq: k.card.Seq, Stamp: k.card.Stamp}
		standing.Cause = l.doubt()
		return standing, nil
	case held.state == perhapsHanded:
		standing.State, standing.Cause.Course = cards.StandsUnknown, cards.CourseForgotten
	case !k.owedTo(l):
		standing.State, standing.Since, standing.Cause = cards.StandsEnded, k.endedAt(), k.whyEnded(l)
	case waits != nil && waits.Attempts > 0 && waits.Seq > k.card.Seq:
		standing.State, standing.Since = cards.StandsRefused, time.Unix(waits.Stamp, 0).UTC()
		standing.Attempts, standing.Cause = int(waits.Attempts), k.whyRefused(l, waits)
		if l.Pushed() {
			standing.Next = fromMicros(waits.Due)
		}
	default:
		standing.State, standing.Since = cards.StandsOwed, time.Unix(k.owedSince(l), 0).UTC()
		standing.Cause = k.whyOwed(l)
	}
	standing.Has, err = k.lastHanded(l)
	return standing, err
}

// owedTo reports whether the card, where the library lacks it, is still in
// what the library is handed: an ended card is in no set, and pushed only where
// its end was moved before one it had been published with. What the mark has
// passed is pushed only where it waits to be handed again.
func (k *look) owedTo(l *libraryView) bool {
	if k.card.Ends >= k.day {
		return true
	}
	ahead := k.card.Seq > k.mark(l, cards.DoorPush).Seq || k.waiting(l) != nil
	return l.Pushed() && k.card.ListedUntil > k.card.Ends && ahead
}

// endMoved reports whether the card was published with a later end. One that
// somebody sent in vain was pushed to nobody whose mark had passed the card.
func (k *look) endMoved() bool {
	return k.card.ListedUntil > k.card.Ends && slices.ContainsFunc(k.versions, func(v versionView) bool {
		return v.Seq < k.card.Seq && v.ends > k.card.Ends
	})
}

// owedSince is the stamp from which the card has waited for the library.
func (k *look) owedSince(l *libraryView) int64 {
	if waits := k.waiting(l); waits != nil && waits.Seq > k.card.Seq {
		return waits.Stamp
	}
	return k.card.Stamp
}

// waiting is what the library is still to be handed again. A row that lies
// before the mark of a library that fetches was fetched, and only lingers.
func (k *look) waiting(l *libraryView) *handAgainRow {
	row := k.again[l.ID]
	if row == nil || (!l.Pushed() && row.Seq <= k.mark(l, cards.DoorPull).Seq) {
		return nil
	}
	return row
}

// grip finds out how the library came by the current version: by its own
// sending, by what it fetched, by what it was sent.
func (k *look) grip(l *libraryView) (grip, error) {
	if k.wentBack(l) {
		return grip{}, nil
	}
	waits := k.again[l.ID]
	fetched, err := k.fetched(l, waits)
	if err != nil || fetched.state == handed {
		return fetched, err
	}
	if waits != nil && (l.Pushed() || waits.Seq > k.mark(l, cards.DoorPull).Seq) {
		return grip{}, nil
	}
	if k.card.Origin == l.ID {
		own := grip{state: handed, since: time.Unix(k.card.Stamp, 0).UTC(), confirmed: true}
		if given := k.given[l.ID]; given != nil && given.Seq > k.card.Seq {
			own.since = fromMicros(given.Given)
		}
		return own, nil
	}
	sent, err := k.sent(l)
	if err != nil || sent.state == handed {
		return sent, err
	}
	if fetched.state == perhapsHanded {
		return fetched, nil
	}
	return sent, nil
}

// wentBack reports whether a library that only fetches asked for everything
// again since the card ended, and was not told of the end yet.
func (k *look) wentBack(l *libraryView) bool { return !l.Pushed() && k.untold[l.ID] }

// fetched looks at the door by which the library fetches.
func (k *look) fetched(l *libraryView, waits *handAgainRow) (grip, error) {
	mark := k.mark(l, cards.DoorPull)
	place := k.card.Seq
	if given := k.given[l.ID]; given != nil && given.Seq <= mark.Seq {
		place = max(place, given.Seq)
	}
	if waits != nil {
		place = max(place, waits.Seq)
	}
	if place > mark.Seq || (k.card.Origin == l.ID && place == k.card.Seq) {
		return grip{}, nil
	}
	at, err := k.moved(l, cards.DoorPull, place)
	if err != nil {
		return grip{}, err
	}
	g := k.whileValid(at, k.card.Ends)
	g.confirmed = k.confirmed[l.ID] >= place
	return g, nil
}

// sent looks at the door by which the hub calls the library.
func (k *look) sent(l *libraryView) (grip, error) {
	mark := k.mark(l, cards.DoorPush)
	if k.card.Seq > mark.Seq {
		return grip{}, nil
	}
	at, err := k.moved(l, cards.DoorPush, k.card.Seq)
	if err != nil {
		return grip{}, err
	}
	given := k.given[l.ID]
	again := given != nil && given.Seq > k.card.Seq
	if again && fromMicros(given.Given).After(at) {
		at = fromMicros(given.Given)
	}
	g := k.whileValid(at, k.card.Ends)
	if again || k.endMoved() { // an end moved forward is pushed until all have it
		g = grip{state: handed, since: at}
	}
	g.confirmed = true // the mark moves on the library's report alone
	return g, nil
}

// whileValid judges a mark that passed a version: a card that had ended by then
// was not among what was handed over.
func (k *look) whileValid(at time.Time, ends string) grip {
	switch {
	case ends >= k.day:
		return grip{state: handed, since: at}
	case at.IsZero():
		return grip{state: perhapsHanded}
	case k.store.today(at.Unix()) > ends:
		return grip{}
	}
	return grip{state: handed, since: at}
}

// lastHanded finds the version the library has where it lacks the current one:
// the newest it made or was handed. None where it may have either of two, or
// what it was handed is what it is to be handed again.
func (k *look) lastHanded(l *libraryView) (cards.VersionRef, error) {
	mark := k.furthest(l)
	if k.wentBack(l) {
		return cards.VersionRef{}, nil
	}
	if waits := k.again[l.ID]; waits != nil && (waits.Seq > mark.Seq || waits.Attempts > 0 || mark.Door == cards.DoorPush) {
		return cards.VersionRef{}, nil
	}
	for _, v := range k.versions {
		switch {
		case v.Origin == l.ID:
			return cards.VersionRef{Seq: v.Seq, Stamp: v.Stamp}, nil
		case v.Seq > mark.Seq && v.Seq <= mark.FinishedSeq:
			return cards.VersionRef{}, nil
		case v.Seq > mark.Seq:
			continue
		}
		at, err := k.moved(l, mark.Door, v.Seq)
		if err != nil || at.IsZero() {
			return cards.VersionRef{}, err
		}
		if g := k.whileValid(at, v.ends); g.state == handed {
			return cards.VersionRef{Seq: v.Seq, Stamp: v.Stamp}, nil
		}
		return cards.VersionRef{}, nil
	}
	return cards.VersionRef{}, nil
}
