package cards

import (
	"slices"
	"time"
)

// Presence is when a library was heard of. Of one the hub harvests, that is
// days on which it gave cards: that its server answers says nothing of whether
// anybody works with it. The others come by themselves, be it with nothing.
type Presence struct {
	Permanent bool
	Last      time.Time   // the last day it was heard of; zero: never
	Days      []time.Time // those of the last HabitDays before that, in order, Last included
	// Since is when its settings last changed, or it was resumed: silence before
	// that says nothing.
	Since time.Time
}

// HabitDays is how far back the habits of a library are looked for.
const HabitDays = 60

// What is taken for the usual gap of a library of which little is known, in
// open days, and how few days make little.
const (
	usualPermanent    = 1
	usualIntermittent = 2
	littleHistory     = 5
	// silentTimes is how many times its longest usual gap a library is silent.
	silentTimes = 3
)

// Silent reports whether a library has been silent for longer than its habit
// explains, and since which day. now is in the network's zone.
//
// Its habit is the longest gap between two days on which it was heard of, in
// days on which libraries are open; three times that is a silence. A gap more
// than three times as long as all others was a silence itself, and is no habit.
func (p *Presence) Silent(now time.Time) (since time.Time, silent bool) {
	if p.Last.IsZero() {
		return time.Time{}, false
	}
	last := p.Last
	if p.Since.After(last) {
		last = p.Since
	}
	yesterday := midday(now).AddDate(0, 0, -1)
	return p.Last, openDays(last, yesterday) >= silentTimes*p.usual()
}

// usual is the longest usual gap in open days, one at least.
func (p *Presence) usual() int {
	var gaps []int
	for i := 1; i < len(p.Days); i++ {
		gaps = append(gaps, openDays(p.Days[i-1], p.Days[i]))
	}
	slices.Sort(gaps)
	if len(gaps) >= littleHistory {
		longest, next := gaps[len(gaps)-1], max(gaps[len(gaps)-2], 1)
		if longest > silentTimes*next {
			longest = next
		}
		return max(longest, 1)
	}
	gap := usualIntermittent
	if p.Permanent {
		gap = usualPermanent
	}
	if len(gaps) > 0 {
		gap = max(gap, gaps[len(gaps)-1])
	}
	return gap
}
