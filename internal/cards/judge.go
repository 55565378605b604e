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
	if m.order() == Earlier {
		return true
	}
	return m.replaced() && (m.cameAfter(s.Card.Number) || hasNumber(s.Card.Former, m.Incoming.Number))
}

// mayGoOn reports whether what the library says can come after what it held: not
// of a record that was replaced, or of a backup, nor where the document may be the
// older one and says what the card said before.
func (m *merging) mayGoOn(f Field) bool {
	return !m.Replaced.Has(f) && !m.goesBack(f) && (!m.unsure() || !m.Past.Has(f))
}

// goOn takes what the library made of what it held.
func (m *merging) goOn(f Field) {
	switch {
	case m.unsure(), m.ofOlderRecord():
		m.note(f, NoteConflict, RuleHolder, true)
	case m.pushesOut(f):
		m.note(f, NoteConflict, RuleRoom, true)
	}
	m.accept(f, RuleHolder)
}

// order is how the document stands to those that held the card before.
func (m *merging) order() Order { return m.Sent.after(m.Moment, m.Place) }

// unsure reports whether the document may be older than one that held the card
// before: the library may hold what either says.
func (m *merging) unsure() bool { return m.Sent != nil && m.order() == Unsure }

// cameAfter reports whether the card had a number after the one it is sent
// under.
func (m *merging) cameAfter(number string) bool {
	is := func(other string) func(string) bool { return func(n string) bool { return isNumber(n, other) } }
	numbers := append(slices.Clone(m.Current.Card.Former), m.Current.Card.Number)
	return slices.IndexFunc(numbers, is(number)) > slices.IndexFunc(numbers, is(m.Incoming.Number))
}

// replaced reports whether the card was sent under a number it no longer has.
func (m *merging) replaced() bool { return !isNumber(m.Incoming.Number, m.Current.Card.Number) }

// newNumber reports whether the card has got the number it is sent under since
// the library was handed it, or can have been, and it never sent it under that.
func (m *merging) newNumber() bool {
	switch {
	case m.Sent != nil && m.Sent.Card.hasHad(m.Incoming.Number):
		return false
	case m.Handed != nil:
		return !m.Handed.hasHad(m.Incoming.Number)
	}
	return !m.replaced() && m.Current.Seqs[FormerNumbers] > max(m.Passed, m.Listed)
}

func (c *Card) hasHad(number string) bool {
	return isNumber(c.Number, number) || hasNumber(c.Former, number)
}

func (m *merging) judge(f Field) {
	x := &m.Current.Card
	switch {
	case f.same(&m.incoming, x): // rule 1
	case f.empty(&m.incoming) && !m.everHeld(f):
		m.leaveEmpty(f)
	case m.poorer(f):
		if m.sentExactly(f) {
			m.takeLess(f)
		}
	case m.holds(f) && m.mayGoOn(f):
		m.goOn(f)
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

// leaveEmpty judges an empty field of who is not known to have had it: that says
// nothing. But who may have been shown x may have cleared it. And where the library
// was handed the card since, its desk may have cleared the field there, by a clock
// that is slow, and its system keep that.
func (m *merging) leaveEmpty(f Field) {
	shown := m.mayHaveBeenShown(f) && m.Listed > m.Library.HeldSince[f]
	if shown || m.Overtaken {
		m.keepOut(f, RuleBehind)
	}
	if shown {
		m.note(f, NoteDoubt, RuleBehind, false)
	}
}

// takeLess takes less than what stands from who holds it in full. Not where the
// document may be the older one: its system may have cut the value before it was
// handed it in full.
func (m *merging) takeLess(f Field) {
	if m.unsure() {
		m.keepOut(f, RuleBehind)
		m.note(f, NoteDoubt, RuleBehind, false)
		return
	}
	m.accept(f, RulePoorer)
}

// change takes what the library put in the place of what it need not have held,
// but for an empty field it may have known nothing of.
func (m *merging) change(f Field) {
	switch {
	case f.empty(&m.incoming) && !m.heldThen(f):
		m.keepOut(f, RuleBehind)
		m.note(f, NoteDoubt, RuleBehind, false)
		return
	case m.someoneElseChanged(f), m.neverTaken(f), m.ofOlderRecord(), m.unsure():
		m.note(f, NoteConflict, RuleChanged, true)
	case m.pushesOut(f):
		m.note(f, NoteConflict, RuleRoom, true)
	}
	m.accept(f, RuleChanged)
}

// goesBack reports whether the library says what the card said before, or what
// it is not trusted with, of a record it changed before the one it sent last, or
// never: its system went back to an old backup, and nobody has typed that.
func (m *merging) goesBack(f Field) bool {
	return m.changedBefore() && (m.Sent.Crossed.Has(f) || m.Past.Has(f))
}

// changedBefore reports whether the library says that it changed the record before
// the state of it that it sent last, or never.
func (m *merging) changedBefore() bool {
	return m.Sent != nil && m.Incoming.ChangedAt.Before(m.Sent.Card.ChangedAt)
}

// ofOlderRecord reports whether the library says when it changed the record, and
// that was before. What it says may be of an old backup also where the card never
// said so: nobody took it when it was sent.
func (m *merging) ofOlderRecord() bool {
	return m.changedBefore() && m.ofOneRecord() && !m.Incoming.ChangedAt.IsZero()
}

// someoneElseChanged reports whether x was unknown to the library when it made
// the document. What its mark passed while the document was on its way does not
// count, nor what it was handed before its system had the field.
func (m *merging) someoneElseChanged(f Field) bool {
	return m.Current.Seqs[f] != 0 && (!m.handedHad(f) || m.Overtaken || !f.same(m.Handed, &m.Current.Card))
}

// neverTaken reports whether the system of a library that sends the card for the
// first time may not have taken it when it was handed it: it names another person,
// to whom it had given the number, or has nothing in f under a number of its own.
func (m *merging) neverTaken(f Field) bool {
	return m.Sent == nil && (!m.knownPerson() || f.empty(&m.incoming) && m.newNumber())
}

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
	return m.Sent != nil && m.Sent.Given.Has(f) && m.Library.knownIn(f, m.Incoming, &m.Sent.Card, m.Sent.Seqs[f])
}

// returns reports whether it says what it was handed.
func (m *merging) returns(f Field) bool {
	handed, seq := m.handedBefore()
	return handed != nil && m.Library.knownIn(f, m.Incoming, handed, seq)
}

// handedBefore is D, with its seq, as far as it bears on what the document says:
// where that waited for a person, the library may have been handed more since.
func (m *merging) handedBefore() (*Card, int64) {
	if m.HandedLater {
		return m.HandedThen, m.HandedThenSeq
	}
	return m.Handed, m.HandedSeq
}

// mayBeMeant reports whether a library that is behind may yet have typed what
// it sent: it was handed x, or may have been since it sent the card, or nothing
// that it is known to hold explains what it sends. What it was handed before it
// sent something else explains nothing, nor does what it sent before it was
// handed something else.
func (m *merging) mayBeMeant(f Field) bool {
	if handed, _ := m.handedBefore(); handed != nil && f.same(handed, &m.Current.Card) || m.mayHaveBeenShown(f) {
		return true
	}
	return (!m.resends(f) || m.handedSinceSent(f)) && (!m.returns(f) || m.sentSinceHanded(f))
}

// mayHaveBeenShown reports whether the library may have been shown x since it sent
// the card, if ever, by a list it perhaps did not take to its end.
func (m *merging) mayHaveBeenShown(f Field) bool {
	return m.Listed > 0 && m.Listed >= m.Current.Seqs[f]
}

// handedSinceSent reports whether the library was handed something else than it
// says after it had sent f, or while f was on its way, and before it made the
// document: be it the version that stood already when f came. Where what it was
// handed before is unknown, that something else was handed while the document
// was on its way is enough: clocks differ.
func (m *merging) handedSinceSent(f Field) bool {
	if m.HandedThen == nil {
		return m.Crossed.Has(f) && m.Passed > 0
	}
	since := m.HandedThenSeq >= m.Sent.Seqs[f] || m.Sent.Crossed.Has(f)
	return since && !m.returns(f) && !m.Library.knownIn(f, m.Incoming, m.HandedThen, m.HandedThenSeq)
}

// sentSinceHanded reports whether the library gave f after it had been handed
// D. Where it was handed D once more since, that explains only what it made
// later.
func (m *merging) sentSinceHanded(f Field) bool {
	_, handed := m.handedBefore()
	return m.Sent != nil && m.Sent.Given.Has(f) && handed < m.Sent.Seqs[f] && (m.Overtaken || !m.Sent.Crossed.Has(f))
}

// poorer reports whether the library sends what its system leaves of x.
func (m *merging) poorer(f Field) bool {
	return m.Library.poorer(f, &m.incoming, &m.Current.Card, m.Current.Seqs[f])
}

// sentExactly reports whether the library holds x in full by its own sending,
// so that a poorer form can only be meant.
func (m *merging) sentExactly(f Field) bool {
	return m.fresh(f) && !m.cutSince(f) && f.same(f.said(&m.Sent.Card, &m.Current.Card), &m.Current.Card)
}

// cutSince reports whether what the library sends is x as its system cuts it, or
// as another one may have since it sent x in full: then x had room there.
func (m *merging) cutSince(f Field) bool {
	in, x := &m.incoming, &m.Current.Card
	return !f.poorer(in, x, 0) && (f.poorer(in, x, m.Library.Widths[f]) || m.Sent.Systems[f] < m.Library.systemSince(f))
}

// holds reports whether the library holds x, in full or as its system leaves
// it.
func (m *merging) holds(f Field) bool {
	if !m.fresh(f) {
		return false
	}
	sent := &Incoming{Card: m.Sent.Card, GuardiansComplete: m.Sent.GuardiansComplete}
	return m.Library.knownIn(f, sent, &m.Current.Card, m.Current.Seqs[f])
}

// hasSent reports whether the library sent f, by a system that had it ever since.
func (m *merging) hasSent(f Field) bool {
	return m.Sent != nil && m.Sent.Given.Has(f) && m.Sent.Systems[f] >= m.Library.HeldSince[f]
}

// fresh reports whether the library sent f of this record, was handed nothing
// else on the way, and nobody changed it since.
func (m *merging) fresh(f Field) bool {
	return m.hasSent(f) && m.ofOneRecord() && !m.Sent.Crossed.Has(f) && m.Current.Seqs[f] <= m.Sent.Seqs[f]
}

// ofOneRecord reports whether what was sent last was sent of the same record. A
// library may still hold two of a reader of whom others have joined both: what
// one of them says is no change of what the other said, but where it names that
// as the one it replaces.
func (m *merging) ofOneRecord() bool {
	sent := m.Sent.Card.Number
	return isNumber(sent, m.Incoming.Number) || !m.replaced() && hasNumber(m.Incoming.Former, sent)
}

// everHeld reports whether the library sent a value in f, or may have been
// handed one, before it made the document.
func (m *merging) everHeld(f Field) bool {
	switch {
	case m.hasSent(f) && !f.empty(&m.Sent.Card):
		return true
	case m.Passed == 0 && m.Overtaken:
		return false
	case m.Handed != nil:
		return m.handedHad(f) && !f.empty(m.Handed)
	}
	return m.Passed > 0 && m.Current.Seqs[f] > m.Library.HeldSince[f]
}

// handedHad reports whether what the library was handed last came to a system
// that has f.
func (m *merging) handedHad(f Field) bool {
	return m.Handed != nil && max(m.HandedSeq, m.HandedAgain) > m.Library.HeldSince[f]
}

// heldThen reports whether the library is known to have had a value in f when it
// made the document: not where that was overtaken, for what it was handed on the
// way it did not clear, nor where what it was handed last is unknown, and it came
// for nothing of the card since its system has f.
func (m *merging) heldThen(f Field) bool {
	since := m.Library.HeldSince[f]
	if m.Handed == nil && since > 0 && m.Passed <= since {
		return m.hasSent(f) && !f.empty(&m.Sent.Card)
	}
	if !m.Overtaken || m.Sent != nil && m.Sent.Given.Has(f) && !f.empty(&m.Sent.Card) {
		return true
	}
	return m.HandedThen != nil && !f.empty(m.HandedThen)
}
