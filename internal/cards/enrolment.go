package cards

import (
	"cmp"
	"slices"
	"time"
)

// A card shows three dates only: the first enrolment, the latest renewal, the
// end. What came between is told by its versions, and they hold typing errors
// and their corrections too. A version is taken at its word: there was no
// enrolment before `premiere`, and none began after the latest one it names.
// Whatever an earlier version said against that was a mistake and vanishes; so
// nothing is counted twice, however often it is corrected. All else stays: what
// was renewed once was renewed.
//
// A card that was given a new number, or took over another card, is often a
// new record in its library's system, with a `premiere` of its own. So versions
// are read number by number, and what the numbers tell is then made one.

// EnrolmentVersion is what a version of a card says that statistics are made
// of.
type EnrolmentVersion struct {
	Number     string
	Enrolment  Registration
	EnrolledAt string
	Town       string
	BirthDate  string
}

// EnrolmentVersionOf takes it out of a card.
func EnrolmentVersionOf(c *Card) EnrolmentVersion {
	return EnrolmentVersion{
		Number: c.Number, Enrolment: c.Enrolment, EnrolledAt: c.EnrolledAt, Town: c.Address.Town, BirthDate: c.BirthDate,
	}
}

// Period is one enrolment of a reader, or one renewal of it.
type Period struct {
	Start string // YYYY-MM-DD
	// End is the last day, as it was last known, or the eve of the next start;
	// empty where nobody ever told it: a card that comes with `premiere` and
	// `reinscription` does not say when the first enrolment ended.
	End     string
	Renewal bool // it began with a renewal, else with the first enrolment
	// Version is the index of the last version that spoke of it: where the
	// reader lived and was enrolled then counts for the whole period.
	Version int
}

// Periods reads a card's enrolment periods out of its versions, in the order of
// their seq. They do not overlap and come in the order of their starts; those
// that touch are one stretch of a valid card, but two enrolments.
//
// What is decided where the dates leave a choice:
//   - A later version with the same start corrects the end, later or earlier.
//   - A renewal whose date is corrected is one renewal: a later `reinscription`
//     that never prolongs the card is the same one with another date, and an
//     earlier one undoes those after it.
//   - A `reinscription` equal to `premiere` is the first enrolment.
//   - Without `reinscription` a version speaks of the latest start known (some
//     systems do not hold that date), unless its end is back at what it was
//     before that renewal: then the renewal is undone.
//   - An end that moves without a new date of renewal prolongs; it is no renewal,
//     for nobody says when it was made.
//   - Of several numbers' first enrolments the earliest is the enrolment. Another
//     one that falls into a period was the same one made twice; outside any it
//     is a renewal.
//   - Nothing lasts beyond the end the last version tells: that is the card.
func Periods(versions []EnrolmentVersion) []Period {
	var told []period
	for _, indexes := range byNumber(versions) {
		var h history
		for _, i := range indexes {
			h.hear(i, versions[i].Enrolment)
		}
		told = append(told, h.periods()...)
	}
	told = unite(told)
	cutAtNext(told)
	list := make([]Period, len(told))
	for i, p := range told {
		list[i] = p.Period
	}
	if n := len(versions); n > 0 {
		cutAfter(list, versions[n-1].Enrolment.End)
	}
	return list
}

// period is a period under way to be one: what is known of one start.
type period struct {
	Period
	furthest string // the latest end ever told
}

// byNumber parts the versions by the card's number, in the order in which the
// numbers appear.
func byNumber(versions []EnrolmentVersion) [][]int {
	place := map[string]int{}
	var parts [][]int
	for i, v := range versions {
		key := NumberKey(v.Number)
		at, known := place[key]
		if !known {
			at = len(parts)
			place[key], parts = at, append(parts, nil)
		}
		parts[at] = append(parts[at], i)
	}
	return parts
}

// history is what the versions of one number have told so far.
type history struct {
	first  string   // the latest word on the first enrolment
	starts []period // in the order of their starts
}

func (h *history) hear(version int, r Registration) {
	if !isDay(r.First) {
		r.First = ""
	}
	if !isDay(r.Renewed) || r.Renewed <= r.First {
		r.Renewed = ""
	}
	if r.First == "" && r.Renewed == "" {
		return // it says nothing of any enrolment
	}
	latest := r.Renewed
	if latest != "" {
		h.start(latest, version).Renewal = true
	}
	before := h.find(h.first)
	if r.First != "" {
		h.begin(r.First, version)
		h.inherit(before)
	}
	if latest == "" {
		latest = h.meant(r.End)
	}
	h.starts = slices.DeleteFunc(h.starts, func(p period) bool { return p.Start > latest })
	h.inherit(before)
	current := &h.starts[len(h.starts)-1]
	current.Version = version
	if isDay(r.End) && r.End >= latest {
		current.End, current.furthest = r.End, max(current.furthest, r.End)
	}
}

// start finds what is known of a start, or makes it known.
func (h *history) start(day string, version int) *period {
	at, known := slices.BinarySearchFunc(h.starts, day, func(p period, day string) int { return cmp.Compare(p.Start, day) })
	if !known {
		h.starts = slices.Insert(h.starts, at, period{Period: Period{Start: day, Version: version}})
	}
	return &h.starts[at]
}

// find is what is known of a start; the zero period where nothing is.
func (h *history) find(day string) period {
	for _, p := range h.starts {
		if p.Start == day {
			return p
		}
	}
	return period{}
}

// begin takes the word on the first enrolment: nothing began before it, and
// what was called the first until now was a mistake, unless it was called a
// renewal too.
func (h *history) begin(first string, version int) {
	h.starts = slices.DeleteFunc(h.starts, func(p period) bool {
		return p.Start < first || p.Start == h.first && p.Start != first && !p.Renewal
	})
	h.first = first
	h.start(first, version)
}

// inherit has the first enrolment be the one that was called the first before
// and is not there any more, with another day.
func (h *history) inherit(before period) {
	if before.Start == "" || h.find(before.Start).Start != "" {
		return
	}
	now := h.start(h.first, before.Version)
	if now.furthest != "" {
		return
	}
	now.Version = before.Version
	if before.End >= h.first {
		now.End, now.furthest = before.End, before.furthest
	}
}

// meant is the start a version speaks of that names no renewal.
func (h *history) meant(end string) string {
	at := len(h.starts) - 1
	for at > 0 && isDay(end) && (end < h.starts[at].Start || end <= h.starts[at-1].End) {
		at--
	}
	return h.starts[at].Start
}

// periods leaves out renewals that are an earlier one under another date.
func (h *history) periods() []period {
	var list []period
	for _, p := range h.starts {
		p.Renewal = p.Start != h.first
		if n := len(list); n > 0 && p.Renewal && list[n-1].Renewal && p.furthest <= list[n-1].End {
			list = list[:n-1]
		}
		list = append(list, p)
	}
	cutAtNext(list)
	return list
}

// unite makes one history of those of several numbers: the reader was enrolled
// whenever one of them says so.
func unite(told []period) []period {
	var list []period
	enrolled := false
	for _, p := range toldOnce(told) {
		if !p.Renewal && enrolled && p.Start <= latestEnd(list) { // made twice
			last := &list[len(list)-1]
			last.End = max(last.End, p.End)
			continue
		}
		p.Renewal, enrolled = p.Renewal || enrolled, enrolled || !p.Renewal
		list = append(list, p)
	}
	for i := range list {
		if before := latestEnd(list[:i]); before >= list[i].Start {
			list[i].End = max(list[i].End, before)
		}
	}
	return list
}

// toldOnce sorts periods, and of those told by several numbers with one start
// takes the later word.
func toldOnce(told []period) []period {
	slices.SortStableFunc(told, func(a, b period) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Version, b.Version)) })
	var list []period
	for _, p := range told {
		last := len(list) - 1
		if last < 0 || list[last].Start != p.Start {
			list = append(list, p)
			continue
		}
		p.Renewal = p.Renewal || list[last].Renewal
		p.End = cmp.Or(p.End, list[last].End)
		list[last] = p
	}
	return list
}

func latestEnd(list []period) string {
	end := ""
	for _, p := range list {
		end = max(end, p.End)
	}
	return end
}

// cutAtNext ends each period on the eve of the next start at the latest.
func cutAtNext(list []period) {
	for i := range list[:max(len(list)-1, 0)] {
		if next := list[i+1].Start; list[i].End >= next {
			list[i].End = eve(next)
		}
	}
}

// cutAfter ends all periods on a day at the latest.
func cutAfter(list []Period, day string) {
	if !isDay(day) {
		return
	}
	for i := range list {
		switch {
		case list[i].Start > day:
			list[i].End = ""
		case list[i].End > day:
			list[i].End = day
		}
	}
}

func isDay(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

func eve(day string) string { return dayBeside(day, -1) }

// dayBeside is the day some days after one, YYYY-MM-DD.
func dayBeside(day string, days int) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return ""
	}
	return t.AddDate(0, 0, days).Format(time.DateOnly)
}
