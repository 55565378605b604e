package proof_test

import (
	"slices"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sigb"
)

// Here stands what is no fault of the hub's: what it cannot know, by what came to it, or what staff have been told of.

// tookBack reports whether a desk typed another value and then this one again before anything of it was sent: its system
// still has that to send, and keeps it over what it is handed meanwhile.
func (l *ledger) tookBack(m *member, k change) bool {
	return !m.profile.Overwrites && slices.ContainsFunc(l.edits, func(e *edit) bool {
		return e.by == m && e.who == k.who && e.field == k.field && e.undone && e.was == k.value
	})
}

// holdsOn takes down whose card a system keeps as it sent it, over what it is handed: the hub has judged it, but no report
// has come back, and to the system it is still to be sent.
func (m *member) holdsOn(c *sigb.Card) {
	p := m.network.ledger.person(c.Number)
	said := m.said[p]
	if m.profile.Overwrites || said.doc == 0 {
		return
	}
	for _, patron := range m.system.Patrons() {
		if patron.Waiting && !patron.ModifiedAt.After(said.touched) && m.network.ledger.person(patron.Number) == p {
			m.heldOn[p] = true
		}
	}
}

// neverGot reports whether a system that came after another leaves a value empty that it was handed on a page which was lost.
func (m *member) neverGot(p *person, value string) bool { return value == "" && m.changed && m.anew[p] }

// met reports whether a value was taken over another one because its library met the card for the first time, or joined two
// records of its reader, and noted.
func (l *ledger) met(t tester, k change, joined bool) bool {
	return slices.ContainsFunc(l.peek.notes(t), func(o note) bool {
		return (o.rule == cards.RuleMeeting || joined) && o.seq == k.seq && o.field == k.field.String()
	})
}

// overtake notes of whose cards a library has typed something that did not reach the hub before it fetches or takes a page:
// typed since it began the list, passed over by a harvest that went on with an older list, or rejected. There it receives
// before it sends.
func (l *ledger) overtake(m *member) {
	for _, e := range l.edits {
		if e.by == m && e.doc == 0 && !e.sent {
			m.withholds[e.who] = true
		}
	}
}

// fallBack notes whose cards a system has just put back to what they were on the page it takes: its desk had typed after the
// page was fetched, and the hub has had that. What it sends of them next is, to the hub, what its desk typed last.
func (l *ledger) fallBack(m *member) {
	held := map[*person]*sigb.Card{}
	for _, patron := range m.system.Patrons() {
		held[l.person(patron.Number)] = &patron.Card
	}
	for _, e := range l.edits[m.knewThen:] {
		if c := held[e.who]; e.by == m && e.doc > 0 && c != nil && valueOf(e.field, c) != e.value {
			m.fellBack[e.who], m.withholds[e.who] = true, true
		}
	}
}

// typedLess reports whether somebody typed less of a value after e, and this stands: also where the hub could tell that it
// was another one, because nobody has declared that systems leave that of it.
func (l *ledger) typedLess(e *edit, now string) bool {
	return slices.ContainsFunc(l.edits[e.order:], func(o *edit) bool {
		return o.who == e.who && o.field == e.field && (o.poorer || o.idle) && o.value == now
	})
}

// mild reports whether an edit may be no more than another way to write a value: its desk typed less on purpose, or its
// system has no other way.
func (e *edit) mild() bool {
	p := e.by.profile
	return e.less || p.Upper || p.NoAccents || p.YearOnly || len(p.Widths) > 0 || e.by.changed
}

// alone reports whether only one library ever typed this value, and was heard at once each time: then whatever it typed
// last stands, to the letter, and nothing about it is to be decided by a person.
func (l *ledger) alone(n *network, e *edit) bool {
	if !e.by.heardAtOnce() || e.blurred || e.restored || n.rewritesSilently(e.field) {
		return false
	}
	var before *edit
	for _, o := range l.edits {
		if o.who != e.who || o.field != e.field || o == e || o.undone {
			continue
		}
		if o.by != e.by || o.late {
			return false
		}
		if o.order < e.order {
			before = o
		}
	}
	return before != nil && before.doc > 0 && before.doc < e.doc
}

func (l *ledger) noted(e *edit, notes []note) bool {
	return slices.ContainsFunc(notes, func(k note) bool {
		lost := cardOf(&k.lost)
		value := valueOf(e.field, &lost)
		return l.byCard[k.card] == e.who && k.field == e.field.String() && (value == e.value || e.mild() && kin(value, e.value) || l.typedLess(e, value))
	})
}

// stoodBefore reports whether an edit only put a value back: who had been handed it the first time knew it, and may change
// it without a word about the second.
func (l *ledger) stoodBefore(e *edit) bool {
	stood := 0
	for _, k := range l.history {
		if k.who == e.who && k.field == e.field && k.value == e.value {
			stood++
		}
	}
	if e.value == "" && l.bornWithout(e.who, e.field) {
		stood++
	}
	return stood > 1
}

// bornWithout reports whether a card that has a value now had none at first, which no change tells of.
func (l *ledger) bornWithout(p *person, f cards.Field) bool {
	born := slices.IndexFunc(l.history, func(k change) bool { return k.who == p })
	first := slices.IndexFunc(l.history, func(k change) bool { return k.who == p && k.field == f })
	return first >= 0 && l.history[first].seq > l.history[born].seq
}

// cameFirst reports whether an edit put back what its library had typed before, and came before the file that told of what
// it had typed in between: to the hub the library says again what it said.
func (l *ledger) cameFirst(e *edit) bool {
	ofIt := func(o *edit) bool { return o.by == e.by && o.who == e.who && o.field == e.field }
	return slices.ContainsFunc(l.edits, func(late *edit) bool {
		return ofIt(late) && late.late && late.order < e.order && slices.ContainsFunc(l.edits, func(o *edit) bool {
			return ofIt(o) && o.order < late.order && o.value == e.value
		})
	})
}
