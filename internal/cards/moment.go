package cards

import "time"

// Moment orders the documents of one library.
type Moment struct {
	Made    time.Time `json:"made,omitzero"` // the document's genere-le; zero when it does not say
	Arrived time.Time `json:"arrived"`       // receipt of its bytes
	// Asked is set where the hub fetched it, and Arrived is when it asked: it
	// was made then.
	Asked bool `json:"asked,omitempty"`
}

// ClockSlack is how far a library's clock is trusted to be off when what it
// says is held against ours.
const ClockSlack = 15 * time.Minute

// FileAge is how old a document may be that does not say when it was made.
const FileAge = 24 * time.Hour

// clockWrong is how long before it was made, by its own account, a document has
// to arrive for its library's clock to count as wrong, and not only as fast. What
// missed a change of time is an hour off, and was not quite right before.
const clockWrong = time.Hour - ClockSlack

// Order says which of two documents of a library was made first.
type Order int

// The orders. Unsure is no excuse to lose either.
const (
	Later Order = iota
	Earlier
	Unsure
)

// After says how m's document stands to other's: by genere-le where both say so,
// else by arrival. place is where documents that name no zone were made.
//
// What a library says is of its own clock. It is held against ours where one
// document was fetched: that is as old as the asking. And where a clock that
// was wrong was set right between the two, what it said before tells nothing.
func (m Moment) After(other Moment, place *time.Location) Order {
	switch {
	case m.Made.IsZero() && other.Made.IsZero():
		return m.arrived(other)
	case m.Made.IsZero() || other.Made.IsZero():
		if !m.Asked && !other.Asked {
			return m.arrived(other)
		}
		return m.byOurClock().after(other.byOurClock(), m.arrived(other))
	case other.Wrong() && !m.Wrong():
		return m.afterWrong(other)
	case m.Wrong() && !other.Wrong():
		return other.afterWrong(m).turned()
	}
	return m.reading(place).after(other.reading(place), m.made(other))
}

func (m Moment) arrived(other Moment) Order { return orderOf(m.Arrived, other.Arrived) }

func (m Moment) made(other Moment) Order { return orderOf(m.Made, other.Made) }

func orderOf(at, other time.Time) Order {
	if at.Before(other) {
		return Earlier
	}
	return Later
}

// Wrong reports whether the document came long before it says that it was made:
// its library's clock is.
func (m Moment) Wrong() bool { return m.Made.Sub(m.Arrived) > clockWrong }

// prompt reports whether it came when it says that it was made.
func (m Moment) prompt() bool { return m.Arrived.Sub(m.Made).Abs() <= ClockSlack }

// afterWrong says how a document stands to one of a wrong clock: that was made
// before it came, and nobody knows how long. Where a document came late, its
// clock may have been wrong too.
func (m Moment) afterWrong(wrong Moment) Order {
	switch {
	case !m.Made.Before(wrong.Made):
		return Later
	case m.Arrived.Before(wrong.Arrived.Add(-FileAge)):
		return Earlier
	case m.prompt() && earlier(m.Made, m.Arrived).After(wrong.Arrived):
		return Later
	}
	return Unsure
}

func (o Order) turned() Order {
	switch o {
	case Later:
		return Earlier
	case Earlier:
		return Later
	}
	return o
}

// span is when a document may have been made.
type span struct{ first, last time.Time }

// after orders two spans; told is what stands where they are of one moment each.
func (s span) after(other span, told Order) Order {
	switch {
	case s.last.Before(other.first):
		return Earlier
	case other.last.Before(s.first):
		return Later
	case s.first.Equal(s.last) && other.first.Equal(other.last):
		return told
	}
	return Unsure
}

// byOurClock is when it was made by our clock.
func (m Moment) byOurClock() span {
	if m.Made.IsZero() {
		return span{m.Arrived, m.Arrived}
	}
	return span{earlier(m.Made.Add(-ClockSlack), m.Arrived), earlier(m.Made.Add(ClockSlack), m.Arrived)}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// reading is when it was made by its library's clock. Where clocks go back an
// hour exists twice, and a document that does not come at once may be of either.
func (m Moment) reading(place *time.Location) span {
	s := span{m.Made, m.Made}
	if place == nil || m.prompt() {
		return s
	}
	_, before := m.Made.Add(-24 * time.Hour).In(place).Zone()
	_, now := m.Made.In(place).Zone()
	back := time.Duration(before-now) * time.Second
	if _, then := m.Made.Add(-back).In(place).Zone(); back > 0 && then == before {
		s.first = m.Made.Add(-back)
	}
	return s
}
