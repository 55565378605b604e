package sigb

import (
	"maps"
	"slices"
	"time"
)

// Local is what a library knows about a reader that the network must never touch.
type Local struct {
	Category string
	Notes    string
	Loans    int
	FinesEUR float64
}

// A Patron is one reader in a library's database.
type Patron struct {
	Card
	Local Local
	// Waiting: changed here and not yet given to the network.
	Waiting bool
	// ModifiedAt is when the desk last changed the card, zero if it never did.
	ModifiedAt time.Time
	// Refusals are the reasons the network gave for not taking the card.
	Refusals []ReportError
}

// patron is the row behind a Patron.
type patron struct {
	id       int64 // names the patron where a card number must not appear
	card     Card
	local    Local
	modified time.Time // by the desk
	stamp    time.Time // by anyone
	foreign  bool      // last updated from elsewhere
	edits    map[Field]uint64
	refusals []ReportError
}

func (p *patron) public() Patron {
	return Patron{
		Card:       p.card.Clone(),
		Local:      p.local,
		Waiting:    p.waiting(),
		ModifiedAt: p.modified,
		Refusals:   slices.Clone(p.refusals),
	}
}

func (p *patron) waiting() bool { return len(p.edits) > 0 }

// edited remembers which values the desk changed, and when in the order of edits.
func (p *patron) edited(fields []Field, edit uint64) {
	for _, f := range fields {
		p.edits[f.value()] = edit
	}
}

// given forgets the edits up to and including that one: an edit made while the card was on its way still waits.
func (p *patron) given(upTo uint64) {
	maps.DeleteFunc(p.edits, func(_ Field, edit uint64) bool { return edit <= upTo })
	p.refusals = nil
}
