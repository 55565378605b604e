package cards

import "slices"

// holdsResult is the rule of the origin: the library is known to hold every
// field of the result when it sent it now, or sent a poorer form or nothing
// while what it was last handed has it. What only a former system left of a
// value is less than the present one has room for. It is judged by what the
// library sent itself, not by what stands once its lists were joined with those
// of others.
func (m *merging) holdsResult() bool {
	for _, f := range AllFields() {
		if !m.Library.NotHeld.Has(f) && !m.holdsField(f) {
			return false
		}
	}
	return true
}

func (m *merging) holdsField(f Field) bool {
	result := &m.out.Card
	switch {
	case f == FormerNumbers:
		return m.holdsNumbers(result.Former)
	case f == Guardians:
		return m.holdsGuardians(result.Guardians, m.Library.Widths[f])
	case m.given.Has(f) && f.same(&m.incoming, result):
		return true
	case f.empty(result):
		return !m.given.Has(f) && m.holdsNothing(f)
	}
	return m.handedHad(f) && f.same(m.Handed, result) &&
		(!m.given.Has(f) || f.poorer(&m.incoming, result, m.Library.Widths[f]))
}

// holdsNothing reports whether a library that does not send f now is known to
// hold no value in it, or to have learnt that the value is gone.
func (m *merging) holdsNothing(f Field) bool {
	if m.Handed != nil && f.empty(m.Handed) {
		return true
	}
	if m.Sent != nil && m.Sent.Given.Has(f) {
		return f.empty(&m.Sent.Card) && m.fresh(f)
	}
	return m.Passed == 0 || m.Handed == nil && m.Current.Seqs[f] == 0
}

// holdsNumbers reports whether the library sent or was handed each number.
func (m *merging) holdsNumbers(numbers []string) bool {
	for _, number := range numbers {
		sent := m.given.Has(FormerNumbers) && hasNumber(m.Incoming.Former, number)
		if !sent && (m.Handed == nil || !hasNumber(m.Handed.Former, number)) {
			return false
		}
	}
	return true
}

// holdsGuardians judges the list person by person: a document does not name
// the guardians of others. width is that of the library's system.
func (m *merging) holdsGuardians(result []Guardian, width int) bool {
	var sent, handed []Guardian
	if m.given.Has(Guardians) {
		sent = m.Incoming.Guardians
	}
	if m.handedHad(Guardians) {
		handed = m.Handed.Guardians
	}
	for _, g := range sent {
		if !slices.ContainsFunc(result, func(r Guardian) bool { return g.leftOf(r, width) }) {
			return false
		}
	}
	for _, g := range result {
		has := slices.ContainsFunc(handed, func(h Guardian) bool { return sameGuardian(h, g) })
		i := slices.IndexFunc(sent, func(s Guardian) bool { return s.leftOf(g, width) })
		switch {
		case i >= 0 && sameGuardian(sent[i], g):
		case !has:
			return false
		case i >= 0 && !poorerGuardian(sent[i], g, width):
			return false
		}
	}
	return len(result) > 0 || m.given.Has(Guardians) || m.holdsNothing(Guardians)
}
