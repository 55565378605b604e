package cards

import "slices"

// maxGuardians is how many guardians the exchange format has room for.
const maxGuardians = 2

// joinGuardians puts the guardians a document names before those that stand.
// Where there is no room for all, one whom the library never named stays before
// one whom it named earlier: that one it has replaced by those it names now.
func (l *Library) joinGuardians(in *Incoming, current *Current, sent *Sent) []Guardian {
	if in.GuardiansComplete {
		return in.Card.Guardians
	}
	seq := current.Seqs[Guardians]
	var named, others []Guardian
	for _, g := range current.Card.Guardians {
		switch {
		case l.names(in.Card.Guardians, g, seq):
		case sent != nil && sent.Given.Has(Guardians) && l.names(sent.Card.Guardians, g, seq):
			named = append(named, g)
		default:
			others = append(others, g)
		}
	}
	others = append(others, named...)
	room := max(maxGuardians-len(in.Card.Guardians), 0)
	return slices.Concat(in.Card.Guardians, others[:min(room, len(others))])
}

// names reports whether one of the list is, or may be what the library's system
// left of, the guardian g, who stands since the network's change seq.
func (l *Library) names(list []Guardian, g Guardian, seq int64) bool {
	return l.cutting(Guardians, seq, func(width int) bool {
		return slices.ContainsFunc(list, func(named Guardian) bool { return named.leftOf(g, width) })
	})
}

// pushesOut reports whether a guardian has to go for want of room whom the library
// is not known to have replaced: it never named them, and was not handed them, or
// names one only, as systems do that have room for no more.
func (m *merging) pushesOut(f Field) bool {
	if f != Guardians || m.Incoming.GuardiansComplete {
		return false
	}
	one := len(m.Incoming.Guardians) < maxGuardians
	return slices.ContainsFunc(m.Current.Card.Guardians, func(g Guardian) bool {
		has := func(list []Guardian) bool { return m.Library.names(list, g, m.Current.Seqs[f]) }
		return !has(m.incoming.Guardians) && (m.Sent == nil || !has(m.Sent.Card.Guardians)) && (one || m.Handed == nil || !has(m.Handed.Guardians))
	})
}
