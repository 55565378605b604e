package proof_test

import (
	"slices"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sigb"
	"pgregory.net/rapid"
)

// clearable are the values a card can be without.
var clearable = []cards.Field{cards.Phone, cards.Email, cards.PostalAddress}

// clear empties a value at a desk.
func (n *network) clear(t *rapid.T) {
	m := n.anyone(t)
	if number, ok := n.somebody(t, m); ok {
		n.types(m, number, rapid.SampledFrom(clearable).Draw(t, "value"), sigb.Card{})
	}
}

// clearedUnheard reports whether a library clears a value that the hub does not know to have reached it: it has sent none
// yet, and was handed nothing of it, or only on a page of a list under way or one that was changed while it was fetched, or
// in a push of which no report came, or before its system had the field, or so shortly before that a file may have been made
// earlier, for all its clock says. To the hub that is an element left empty because there was nothing.
func (m *member) clearedUnheard(e *edit) bool {
	said := m.said[e.who]
	if e.value != "" || said.doc > 0 && valueOf(e.field, &said.card) != "" {
		return false
	}
	peek, of := m.network.peek, " FROM marks WHERE library_id = "+number(m.id)
	mark := peek.one(m.network.t, "SELECT max(seq)"+of)
	finished := peek.one(m.network.t, "SELECT max(finished_seq)"+of)
	slow := m.skew < -cards.ClockSlack // what it says of its making is before it was handed the card
	shortly := m.gives == byFile && e.at < m.first[e.who]+int64(cards.ClockSlack.Seconds())
	return shortly || m.sees[e.who] == 0 || mark < m.sees[e.who] || mark < finished || slow || m.changed
}

// enrolInPart is a reader who tells one desk this, another one that, before either has heard of the other.
func (n *network) enrolInPart(t *rapid.T) {
	number := n.newNumber()
	whole := n.reader(number)
	for _, m := range n.members {
		if !rapid.Bool().Draw(t, "at "+m.code) {
			continue
		}
		c := whole.Clone()
		told := rapid.SliceOfDistinct(rapid.SampledFrom(clearable), rapid.ID).Draw(t, "told")
		for _, f := range clearable {
			from := sigb.Card{}
			if slices.Contains(told, f) {
				from = n.invent(f)
			}
			put(f, &c, from)
		}
		n.desk(m, number, false, func() error { return m.system.Enrol(c, sigb.Local{}) })
	}
}
