package proof_test

import (
	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sigb"
	"pgregory.net/rapid"
)

// Stories are steps that chance would seldom put in a row. Each is what libraries do anyway, in an order in which a rule has
// to tell two cases apart.

// toAndFro is a value that goes and comes back, while another library, which has known both by its own hand, sends the one
// in between with a change of something else.
func (n *network) toAndFro(t *rapid.T) {
	m, o := n.anyone(t), n.anyone(t)
	number, ok := n.somebody(t, m)
	if !ok || m == o {
		return
	}
	other, ok := n.numberAt(o, n.ledger.person(number))
	f, g := rapid.SampledFrom(watched).Draw(t, "value"), rapid.SampledFrom(watched).Draw(t, "other value")
	if !ok || f == g || n.ledger.person(number).steady(f) || n.ledger.person(number).steady(g) {
		return
	}
	n.types(o, other, g, n.invent(g))
	n.visit(o)
	n.visit(m)
	was, _ := m.system.Patron(number)
	n.types(m, number, f, n.invent(f))
	n.visit(m)
	n.visit(o)
	n.types(m, number, f, was.Card)
	n.visit(m)
	n.types(o, other, g, n.invent(g))
	n.visit(o)
}

// epilogue tells one of the stories whose end shows only while nothing else happens to the card.
func (n *network) epilogue(t *rapid.T) {
	switch rapid.IntRange(0, 4).Draw(t, "epilogue") {
	case 0:
		n.putBackInVain(t)
	case 1:
		n.rewrittenAgain(t)
	case 2:
		n.putBackUnseen(t)
	case 3:
		n.metWhenOver(t)
	}
}

// metWhenOver is a reader who enrols at two desks before the network has told either of the other, and whose card the first
// of them, which is believed, has ended when it gives it.
func (n *network) metWhenOver(t *rapid.T) {
	m := n.anyone(t)
	o := n.one(t, func(o *member) bool { return o != m && !o.profile.HidesEnded })
	if o == nil {
		return
	}
	number := n.newNumber()
	c := n.reader(number)
	n.desk(o, number, false, func() error { return o.system.Enrol(c, sigb.Local{}) })
	n.desk(o, number, false, func() error { return o.system.EndEarly(number, n.clock.now().AddDate(0, 0, -1)) })
	put(cards.EnrolmentDates, &c, n.invent(cards.EnrolmentDates))
	n.desk(m, number, false, func() error { return m.system.Enrol(c, sigb.Local{}) })
	for _, first := range []*member{o, m} {
		n.visit(first)
		n.files(first)
	}
}

// putBackUnseen is a library that types what a card said before it was handed the value that has been replaced meanwhile:
// nothing it is known to hold explains that.
func (n *network) putBackUnseen(t *rapid.T) {
	m, o, number, f, first, ok := n.newValue(t)
	if !ok {
		return
	}
	n.everyone() // who was online before o was has it too
	n.types(o, number, f, n.invent(f))
	n.visit(o)
	n.files(o)
	if other, ok := n.numberAt(m, n.ledger.person(number)); ok {
		n.types(m, other, f, first)
	}
}

// newValue is a value typed at one desk, o, which all are handed that come online after it, and the card as it was before.
func (n *network) newValue(t *rapid.T) (m, o *member, number string, f cards.Field, before sigb.Card, ok bool) {
	m, o = n.anyone(t), n.anyone(t)
	number, ok = n.somebody(t, o)
	f = rapid.SampledFrom(watched).Draw(t, "value")
	if !ok || m == o || n.ledger.person(number).steady(f) {
		return m, o, number, f, before, false
	}
	n.everyone()
	was, still := o.system.Patron(number)
	if !still { // the number was replaced meanwhile
		return m, o, number, f, before, false
	}
	n.types(o, number, f, n.invent(f))
	n.everyone()
	return m, o, number, f, was.Card, true
}

// putBackInVain is a library that is handed a value and types the one before, which looks as if it were behind: it is handed
// the value again.
func (n *network) putBackInVain(t *rapid.T) {
	m, _, number, f, was, ok := n.newValue(t)
	if !ok {
		return
	}
	if other, ok := n.numberAt(m, n.ledger.person(number)); ok {
		n.types(m, other, f, was)
	}
}

// rewrittenAgain is a value put back, by who has typed another one meanwhile, after a system that rewrites what it receives
// had given it back changed: that system will change it again, and is not answered for ever.
func (n *network) rewrittenAgain(t *rapid.T) {
	rewrites := n.one(t, func(m *member) bool {
		return m.gives == byHarvest && m.profile.Echo && m.undeclared(cards.PostalAddress) // an echo is in a system's own set
	})
	o := n.one(t, func(m *member) bool { return !m.undeclared(cards.PostalAddress) }) // or it would rewrite alike
	if rewrites == nil || o == nil {
		return
	}
	number, ok := n.somebody(t, o)
	if !ok {
		return
	}
	value := n.invent(cards.PostalAddress)
	n.types(o, number, cards.PostalAddress, value)
	const there, back, andOn = 2, 1, 1 // who is online before o is handed it a day later, and heard the day after
	for range there + back + andOn {
		n.everyone()
	}
	for _, next := range []sigb.Card{n.invent(cards.PostalAddress), value} {
		n.types(o, number, cards.PostalAddress, next)
		n.visit(o)
		n.files(o)
	}
}

// types changes one value at a desk, unless its reader's number was replaced meanwhile, or is another one's there now.
func (n *network) types(m *member, number string, f cards.Field, value sigb.Card) {
	if patron, ok := m.system.Patron(number); !ok || n.ledger.person(patron.Number) != n.ledger.person(number) {
		return
	}
	n.desk(m, number, false, func() error { return m.system.Change(number, func(c *sigb.Card) { put(f, c, value) }) })
}

// numberAt is the number under which a library knows a reader.
func (n *network) numberAt(m *member, p *person) (string, bool) {
	for _, patron := range m.system.Patrons() {
		if n.ledger.person(patron.Number) == p {
			return patron.Number, true
		}
	}
	return "", false
}
