package cards

import (
	"slices"
	"time"
)

// Current is the card as the hub holds it.
type Current struct {
	Card Card
	// Seqs is the seq of the version that last changed each field.
	Seqs [numFields]int64
	// Settled is set where the library of enrolment has sent the card itself.
	// Merge asks only where a library meets the card for the first time.
	Settled bool
}

// MergeInput is all that decides what becomes of one card of a document.
type MergeInput struct {
	Library  *Library
	Incoming *Incoming
	Moment   Moment
	Place    *time.Location // where documents that name no zone are made
	Current  *Current       // nil: the network does not know the card
	Sent     *Sent          // S; nil: the library never sent it
	Handed   *Card          // D; nil: never handed, or unknown
	// HandedSeq is the seq of D.
	HandedSeq int64
	// HandedAgain is a change of the network after which the library was handed D
	// once more, because it asked for everything; 0 where it did not.
	HandedAgain int64
	// Passed tells whether the library was never handed the card or D is only
	// unknown, where Handed is nil: the seq of the card's newest version that
	// the library came for before it made the document, whether it got it or
	// not; 0 where it came for none.
	Passed int64
	// Listed is the seq of the newest version that the library may have been
	// shown since it sent the card, if ever, by itself or by a list it perhaps did
	// not take to its end; 0 where there is none.
	Listed int64
	// OtherPerson is set where the library gave the number to somebody else
	// before: being handed the card since makes them no one person.
	OtherPerson bool
	// TakesOver is set where the card replaces others that are cards of their own.
	TakesOver bool
	// Past are the fields in which the document says what some version of the
	// card said before, or what a system leaves of it; see Recalls.
	Past FieldSet
	// Replaced are those in which it says what a version of a card said that it
	// replaces: a desk that renumbers a reader leaves the old record under the
	// new number.
	Replaced FieldSet
	// Crossed are the fields in which the library was handed something else
	// after it made the document: that may have replaced what it sent.
	Crossed FieldSet
	// Overtaken is set where its mark has passed a version of the card since, be
	// it handed or not: ended ones are in no list.
	Overtaken bool
	// HandedThen is D, with its seq, where the library's mark was at least when it
	// made an overtaken document.
	HandedThen    *Card
	HandedThenSeq int64
	// HandedLater is set where all that the library was handed of the card after
	// HandedThen came to it when an overtaken document was made already: whoever
	// typed that knew of nothing newer.
	HandedLater bool
}

// Note records that a value was chosen over another one that somebody may
// miss.
type Note struct {
	Field Field
	Kind  NoteKind
	Rule  Rule
	// Taken is set where the value sent stands, else the one before stays.
	Taken bool
	Kept  Card // the card holding the value that stands
	Lost  Card // the card holding the value that was replaced or not taken
	// KeptSeq and LostSeq are told by RuleJoined: the seqs of the versions that
	// brought the two values, 0 where it is the document's.
	KeptSeq, LostSeq int64
}

// NoteKind says why a note was made.
type NoteKind string

// The kinds of notes.
const (
	NoteConflict NoteKind = "conflit" // two libraries changed the same field
	NoteDoubt    NoteKind = "doute"   // a value was kept out as stale
)

// Rule is the number of the rule of the design's section 4 that chose a value,
// or RuleJoined or RuleRoom.
type Rule int

// The rules by which a value that differs from the one that stands is judged.
const (
	RulePoorer  Rule = 2 // a poorer form of what stands
	RuleHolder  Rule = 3 // its sender held what stands
	RuleBehind  Rule = 4 // its sender is behind
	RuleMeeting Rule = 5 // its sender meets the card for the first time
	RuleChanged Rule = 6 // its sender changed it
	RuleJoined  Rule = 7 // two records of one reader were joined: the later value stands
	RuleRoom    Rule = 8 // for its sender's value another one had to go, for want of room
)

// Reason says why a value stands; it is kept with the version.
type Reason struct {
	Field Field `json:"field"`
	Rule  Rule  `json:"rule"`
	// Taken is set where the value sent won.
	Taken bool `json:"taken"`
	// Against is the seq of the version whose value it won or lost against; 0
	// where there was none.
	Against int64 `json:"against,omitempty"`
}

// Decision is the outcome of a merge.
type Decision struct {
	Result  Result
	Fault   *Fault   // set where the card is rejected
	Card    Card     // the card as it stands afterwards
	Changed FieldSet // the fields that moved; empty when no version is to be made
	// ByHub is set when the library is not known to hold every field of the
	// result: the version's origin is the hub, and the library is handed it too.
	ByHub bool
	// Behind are the fields in which what stands is not what the library sent,
	// nor a richer form of it: it is handed the card again, even if it was
	// handed this version before.
	Behind  FieldSet
	Notes   []Note
	Reasons []Reason
}

// Merge decides what becomes of one card of a library's document. It is a pure
// function: the rules of the design's section 4 in their order, field by field,
// and the rule of the origin.
//
// The card may have been sent under a number that was replaced: what is left of
// the old record in the system of a library that has sent the new one itself
// changes nothing.
func Merge(in MergeInput) Decision {
	if in.Current == nil {
		return create(in)
	}
	m := merging{MergeInput: in, given: in.Incoming.Given &^ in.Library.NotHeld}
	if !in.Overtaken {
		m.HandedThen, m.HandedThenSeq = in.Handed, in.HandedSeq
	}
	m.out = Decision{Result: Unchanged, Card: in.Current.Card}
	m.incoming = withListsJoined(in.Library, in.Incoming, in.Current, in.Sent)
	if m.mayBeAnother() && !m.knownPerson() {
		m.out.Result, m.out.Fault = Rejected, OtherPerson()
		return m.out
	}
	if m.outOfDate() {
		m.out.Result = Stale
		return m.out
	}
	for _, f := range m.given.Fields() {
		m.judge(f)
	}
	if m.out.Changed != 0 {
		m.out.Result = Modified
		if !in.Incoming.ChangedAt.IsZero() {
			m.out.Card.ChangedAt = in.Incoming.ChangedAt
		}
		m.out.ByHub = in.Crossed != 0 || m.unsure() || m.replaced() || !m.holdsResult()
	}
	return m.out
}

// NeedsHistory reports whether Merge would have to know what the library was
// handed (D) and what the card was before to decide: looking it up costs, and
// most cards do without.
func NeedsHistory(in MergeInput) bool {
	if in.Current == nil {
		return false
	}
	given := in.Incoming.Given &^ in.Library.NotHeld
	joined := withListsJoined(in.Library, in.Incoming, in.Current, in.Sent)
	return slices.ContainsFunc(given.Fields(), func(f Field) bool { return !f.same(&joined, &in.Current.Card) })
}

// Recalls tells in which fields a document says what the card said in the version
// seq, or what the library's system leaves of it.
func (in *Incoming) Recalls(version *Card, seq int64, l *Library) FieldSet {
	var known FieldSet
	for _, f := range in.Given.Fields() {
		if l.knownIn(f, in, version, seq) {
			known = known.With(f)
		}
	}
	return known
}

// create makes the first version of a card, with the defaults of the exchange
// format. Its sender holds what it did not send too: there is nothing else.
func create(in MergeInput) Decision {
	card := in.Incoming.Card
	card.Former = joinNumbers(card.Number, nil, card.Former)
	for _, f := range in.Library.NotHeld.Fields() {
		f.take(&card, &Card{})
	}
	if card.EnrolledAt == "" {
		card.EnrolledAt = in.Library.Code
	}
	if !card.Address.IsZero() && card.Address.Country == "" {
		card.Address.Country = "FR"
	}
	var changed FieldSet
	for _, f := range AllFields() {
		if !f.empty(&card) {
			changed = changed.With(f)
		}
	}
	return Decision{Result: Created, Card: card, Changed: changed, ByHub: in.Crossed != 0}
}
