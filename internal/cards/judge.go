package cards

import "slices"

// merging is one merge under way.
type merging struct {
	MergeInput
	incoming Card // as sent, its lists joined with what stands
	given    FieldSet
	out      Decision
}

// outOfDate reports whether the library has sent something newer of the card:
// a later document, or the card under a number that came after this one.
func (m *merging) outOfDate() bool {
	s := m.Sent
	if s == nil {
		return false
	}
	if m.Moment.Before(s.Moment) {
		return true
	}
	return m.replaced() && (m.cameAfter(s.Card.Number) || hasNumber(s.Card.Former, m.Incoming.Number))
}

// cameAfter reports whether the card had a number after the one it is sent
// under.
func (m *merging) cameAfter(number string) bool {
	is := func(other string) func(string) bool { return func(n string) bool { return isNumber(n, other) } }
	numbers := append(slices.Clone(m.Current.Card.Former), m.Current.Card.Number)
	return slices.IndexFunc(numbers, is(number)) > slices.IndexFunc(numbers, is(m.Incoming.Number))
}

// replaced reports whether the card was sent under a number it no longer has.
func (m *merging) replaced() bool { return !isNumber(m.Incoming.Number, m.Current.Card.Number) }

// newNumber reports whether the library was handed the card before it had the
// number it is sent under, and never sent it under that.
func (m *merging) newNumber() bool {
	return m.Handed != nil && !m.Handed.hasHad(m.Incoming.Number) && (m.Sent == nil || !m.Sent.Card.hasHad(m.Incoming.Number))
}

func (c *Card) hasHad(number string) bool {
	return isNumber(c.Number, number) || hasNumber(c.Former, number)
}

func (m *merging) judge(f Field) {
	x := &m.Current.Card
	switch {
	case f.same(&m.incoming, x): // rule 1
	case f.empty(&m.incoming) && !m.everHeld(f): // clearing what it never had says nothing
	case f.poorer(&m.incoming, x, m.Library.Widths[f]):
		if m.sentExactly(f) {
			m.accept(f, RulePoorer)
		}
	case m.holds(f) && !m.Replaced.Has(f) && !m.goesBack(f):
		m.accept(f, RuleHolder)
	case m.behind(f):
		m.keepOut(f, RuleBehind)
		if m.mayBeMeant(f) {
			m.note(f, NoteDoubt, RuleBehind, false)
		}
	case m.meeting():
		m.meet(f)
	default:
		m.change(f)
	}
}

func (m *merging) change(f Field) {
	if f.empty(&m.incoming) && !m.heldThen(f) {
		m.keepOut(f, RuleBehind)
		m.note(f, NoteDoubt, RuleBehind, false)
		return
	}
	if m.someoneElseChanged(f) || m.namesAnother() {
		m.note(f, NoteConflict, RuleChanged, true)
	}
	m.accept(f, RuleChanged)
}

// goesBack reports whether the library says what the card said before, or what
// it is not trusted with, of a record it changed before the one it sent last: its
// system went back to an old backup, and nobody has typed that.
func (m *merging) goesBack(f Field) bool {
	if m.Sent == nil || m.Incoming.ChangedAt.IsZero() || !m.Incoming.ChangedAt.Before(m.Sent.Card.ChangedAt) {
		return false
	}
	return m.Sent.Crossed.Has(f) || m.Past.Has(f)
}

// someoneElseChanged reports whether x was unknown to the library when it made
// the document. What its mark passed while the document was on its way does not
// count, nor what it was handed before its system had the field.
func (m *merging) someoneElseChanged(f Field) bool {
	return m.Current.Seqs[f] != 0 && (!m.handedHad(f) || m.Overtaken || !f.same(m.Handed, &m.Current.Card))
}

// namesAnother reports whether what the library sends for the first time is of
// another person, though it was handed the card: its system may not have taken
// it, because it had given the number to a reader of its own.
func (m *merging) namesAnother() bool { return m.Sent == nil && !m.knownPerson() }

func (m *merging) accept(f Field, rule Rule) {
	m.out.Reasons = append(m.out.Reasons, Reason{Field: f, Rule: rule, Taken: true, Against: m.Current.Seqs[f]})
	f.take(&m.out.Card, &m.incoming)
	m.out.Changed = m.out.Changed.With(f)
}

func (m *merging) keepOut(f Field, rule Rule) {
	m.out.Reasons = append(m.out.Reasons, Reason{Field: f, Rule: rule, Against: m.Current.Seqs[f]})
	m.out.Behind = m.out.Behind.With(f)
}

func (m *merging) note(f Field, kind NoteKind, rule Rule, taken bool) {
	n := Note{Field: f, Kind: kind, Rule: rule, Taken: taken, Kept: m.Current.Card, Lost: m.incoming}
	if taken {
		n.Kept, n.Lost = n.Lost, n.Kept
	}
	m.out.Notes = append(m.out.Notes, n)
}

// behind reports whether the library sends again what it sent before somebody
// else changed it, or what the card was before, or one that it replaces.
func (m *merging) behind(f Field) bool {
	return m.Past.Has(f) || m.Replaced.Has(f) || m.resends(f) || m.returns(f) || m.goesBack(f)
}

// resends reports whether the library says what it sent last.
func (m *merging) resends(f Field) bool {
	return m.Sent != nil && m.Sent.Given.Has(f) && f.knownIn(m.Incoming, &m.Sent.Card, m.Library.Widths[f])
}

// returns reports whether it says what it was handed.
func (m *merging) returns(f Field) bool {
	return m.Handed != nil && f.knownIn(m.Incoming, m.Handed, m.Library.Widths[f])
}

// mayBeMeant reports whether a library that is behind may yet have typed what
// it sent: it was handed x, or nothing that it is known to hold explains what
// it sends. What it was handed before it sent something else explains nothing,
// nor does what it sent before it was handed something else.
func (m *merging) mayBeMeant(f Field) bool {
	if m.Handed != nil && f.same(m.Handed, &m.Current.Card) {
		return true
	}
	return (!m.resends(f) || m.handedSinceSent(f)) && (!m.returns(f) || m.sentSinceHanded(f))
}

// handedSinceSent reports whether the library was handed something else than it
// says after it had sent f, or while f was on its way, and before it made the
// document: be it the version that stood already when f came. Where what it was
// handed before is unknown, that something else was handed while the document
// was on its way is enough: clocks differ.
func (m *merging) handedSinceSent(f Field) bool {
	if m.HandedThen == nil {
		return m.Crossed.Has(f) && !m.NeverHanded
	}
	since := m.HandedThenSeq >= m.Sent.Seqs[f] || m.Sent.Crossed.Has(f)
	return since && !m.returns(f) && !f.knownIn(m.Incoming, m.HandedThen, m.Library.Widths[f])
}

// sentSinceHanded reports whether the library gave f after it had been handed
// D. Where it was handed D once more since, that explains only what it made
// later.
func (m *merging) sentSinceHanded(f Field) bool {
	return m.Sent != nil && m.Sent.Given.Has(f) && m.HandedSeq < m.Sent.Seqs[f] && (m.Overtaken || !m.Sent.Crossed.Has(f))
}

// sentExactly reports whether the library holds x in full by its own sending,
// so that a poorer form can only be meant.
func (m *merging) sentExactly(f Field) bool {
	return m.fresh(f) && f.same(f.said(&m.Sent.Card, &m.Current.Card), &m.Current.Card)
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

// fresh reports whether the library sent f of this record, was handed nothing
// else on the way, and nobody changed it since.
func (m *merging) fresh(f Field) bool {
	return m.Sent != nil && m.ofOneRecord() && m.Sent.Given.Has(f) && !m.Sent.Crossed.Has(f) && m.Current.Seqs[f] <= m.Sent.Seqs[f]
}

// ofOneRecord reports whether what was sent last was sent of the same record. A
// library may still hold two of a reader of whom others have joined both: what
// it says under one former number is no change of what it said under another.
func (m *merging) ofOneRecord() bool {
	return !m.replaced() || isNumber(m.Sent.Card.Number, m.Incoming.Number)
}

// everHeld reports whether the library sent a value in f, or may have been
// handed one.
func (m *merging) everHeld(f Field) bool {
	switch {
	case m.Sent != nil && m.Sent.Given.Has(f) && !f.empty(&m.Sent.Card):
		return true
	case m.Handed != nil:
		return m.handedHad(f) && !f.empty(m.Handed)
	}
	return !m.NeverHanded && m.Current.Seqs[f] > m.Library.HeldSince[f]
}

// handedHad reports whether what the library was handed last came to a system
// that has f.
func (m *merging) handedHad(f Field) bool {
	return m.Handed != nil && m.HandedSeq > m.Library.HeldSince[f]
}

// heldThen reports whether the library may have known of a value in f when it
// made a document that was overtaken: what it was handed on the way it did not
// clear.
func (m *merging) heldThen(f Field) bool {
	if !m.Overtaken || m.Sent != nil && m.Sent.Given.Has(f) && !f.empty(&m.Sent.Card) {
		return true
	}
	return m.HandedThen != nil && !f.empty(m.HandedThen)
}
