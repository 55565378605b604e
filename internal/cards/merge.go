package cards

import "slices"

// Sent is what one library sent last of one card, field by field (S in the
// merge's rules). It is kept even when nothing changed by it.
type Sent struct {
	Card  Card     `json:"card"`
	Given FieldSet `json:"given"`
	// GuardiansComplete says that the list of guardians it sent was whole: one
	// it does not name is one the library does not hold.
	GuardiansComplete bool   `json:"guardians_complete,omitempty"`
	Moment            Moment `json:"moment"` // of the last document that held the card
	// Seqs is the network's seq of the card once each field's document had been
	// merged: a later change of the field makes S old.
	Seqs [numFields]int64 `json:"seqs"`
}

// Current is the card as the hub holds it.
type Current struct {
	Card Card
	// Seqs is the seq of the version that last changed each field.
	Seqs [numFields]int64
}

// MergeInput is all that decides what becomes of one card of a document.
type MergeInput struct {
	Library  *Library
	Incoming *Incoming
	Moment   Moment
	Current  *Current // nil: the network does not know the card
	Sent     *Sent    // S; nil: the library never sent it
	Handed   *Card    // D; nil: never handed, or unknown
	// Overtaken is set where the library was handed another version after it
	// made the document: that may have replaced what it sent.
	Overtaken bool
}

// Note records that a value was chosen over another one that somebody may
// miss.
type Note struct {
	Field Field
	Kind  NoteKind
	Kept  Card // the card holding the value that stands
	Lost  Card // the card holding the value that was replaced or not taken
}

// NoteKind says why a note was made.
type NoteKind string

// The kinds of notes.
const (
	NoteConflict NoteKind = "conflit" // two libraries changed the same field
	NoteDoubt    NoteKind = "doute"   // a value was kept out as stale
)

// Decision is the outcome of a merge.
type Decision struct {
	Result  Result
	Card    Card     // the card as it stands afterwards
	Changed FieldSet // the fields that moved; empty when no version is to be made
	// ByHub is set when the library is not known to hold every field of the
	// result: the version's origin is the hub, and the library is handed it too.
	ByHub bool
	// Behind are the fields in which the library sent something stale: it is
	// handed the card again, even if it was handed this version before.
	Behind FieldSet
	Notes  []Note
}

// Merge decides what becomes of one card of a library's document. It is a pure
// function: rules 1 to 4 and 6 of the design's section 4 in their order, field
// by field, and the rule of the origin. A stale value is known by what the
// library itself sent (S) and was handed (D), not by the card's older versions.
func Merge(in MergeInput) Decision {
	if in.Current == nil {
		return create(in)
	}
	if in.Sent != nil && in.Moment.Before(in.Sent.Moment) {
		return Decision{Result: Stale, Card: in.Current.Card}
	}
	m := merging{MergeInput: in, given: in.Incoming.Given &^ in.Library.NotHeld}
	m.out = Decision{Result: Unchanged, Card: in.Current.Card}
	m.incoming = withListsJoined(in.Incoming, &in.Current.Card)
	for _, f := range m.given.Fields() {
		m.judge(f)
	}
	if m.out.Changed != 0 {
		m.out.Result = Modified
		if m.given != 0 && !in.Incoming.ChangedAt.IsZero() {
			m.out.Card.ChangedAt = in.Incoming.ChangedAt
		}
		m.out.ByHub = in.Overtaken || !m.holdsResult()
	}
	return m.out
}

// NeedsHanded reports whether Merge would have to know what the library was
// last handed (D) to decide: looking it up costs, and most cards do without.
func NeedsHanded(in MergeInput) bool {
	if in.Current == nil {
		return false
	}
	given := in.Incoming.Given &^ in.Library.NotHeld
	joined := withListsJoined(in.Incoming, &in.Current.Card)
	return slices.ContainsFunc(given.Fields(), func(f Field) bool { return !f.same(&joined, &in.Current.Card) })
}

// create makes the first version of a card, with the defaults of the exchange
// format. Its sender holds what it did not send too: there is nothing else.
func create(in MergeInput) Decision {
	card := in.Incoming.Card
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
	return Decision{Result: Created, Card: card, Changed: changed}
}

// merging is one merge under way.
type merging struct {
	MergeInput
	incoming Card // as sent, its lists joined with what stands
	given    FieldSet
	out      Decision
}

func (m *merging) judge(f Field) {
	x := &m.Current.Card
	switch {
	case f.same(&m.incoming, x): // rule 1
	case f.empty(&m.incoming) && !m.everHeld(f): // clearing what it never had says nothing
	case f.poorer(&m.incoming, x, m.Library.Widths[f]): // rule 2
		if m.sentExactly(f) {
			m.accept(f)
		}
	case m.holds(f): // rule 3
		m.accept(f)
	case m.behind(f): // rule 4
		m.keepOut(f)
	default: // rule 6
		someoneElse := m.Current.Seqs[f] != 0 && (m.Handed == nil || !f.same(m.Handed, x))
		if someoneElse {
			m.out.Notes = append(m.out.Notes, Note{Field: f, Kind: NoteConflict, Kept: m.incoming, Lost: *x})
		}
		m.accept(f)
	}
}

func (m *merging) accept(f Field) {
	f.take(&m.out.Card, &m.incoming)
	m.out.Changed = m.out.Changed.With(f)
}

// behind reports whether the library sends again what it sent or was handed
// before somebody else changed it.
func (m *merging) behind(f Field) bool {
	known := func(c *Card) bool { return f.knownIn(m.Incoming, c, m.Library.Widths[f]) }
	return (m.Sent != nil && m.Sent.Given.Has(f) && known(&m.Sent.Card)) || (m.Handed != nil && known(m.Handed))
}

// keepOut leaves x in place of a stale value. Where the library was handed x
// already it may yet have meant what it sent: staff are told.
func (m *merging) keepOut(f Field) {
	m.out.Behind = m.out.Behind.With(f)
	if m.Handed != nil && f.same(m.Handed, &m.Current.Card) {
		m.out.Notes = append(m.out.Notes, Note{Field: f, Kind: NoteDoubt, Kept: m.Current.Card, Lost: m.incoming})
	}
}

// sentExactly reports whether the library holds x in full by its own sending,
// so that a poorer form can only be meant.
func (m *merging) sentExactly(f Field) bool {
	return m.fresh(f) && f.same(&m.Sent.Card, &m.Current.Card)
}

// holds reports whether the library holds x, in full or as its system leaves
// it.
func (m *merging) holds(f Field) bool {
	if !m.fresh(f) {
		return false
	}
	sent := &Incoming{Card: m.Sent.Card, GuardiansComplete: m.Sent.GuardiansComplete}
	return f.knownIn(sent, &m.Current.Card, m.Library.Widths[f])
}

// fresh reports whether the library sent f, and nobody changed it since.
func (m *merging) fresh(f Field) bool {
	return m.Sent != nil && m.Sent.Given.Has(f) && m.Current.Seqs[f] <= m.Sent.Seqs[f]
}

// everHeld reports whether the library sent or was handed a value in f.
func (m *merging) everHeld(f Field) bool {
	sent := m.Sent != nil && m.Sent.Given.Has(f) && !f.empty(&m.Sent.Card)
	return sent || (m.Handed != nil && !f.empty(m.Handed))
}

// Remember returns S after the library sent in: fields it did not give keep
// what they were. seq is the card's seq once the document had been merged.
func (s *Sent) Remember(in *Incoming, moment Moment, seq int64) Sent {
	var next Sent
	if s != nil {
		next = *s
	}
	next.Card.Number = in.Number
	next.Moment = moment
	next.Given |= in.Given
	if in.Given.Has(Guardians) {
		next.GuardiansComplete = in.GuardiansComplete
	}
	for _, f := range in.Given.Fields() {
		f.take(&next.Card, &in.Card)
		next.Seqs[f] = seq
	}
	return next
}
