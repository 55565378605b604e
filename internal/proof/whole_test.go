package proof_test

import (
	"slices"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"pgregory.net/rapid"
)

// wholeFile is a library that exports all it has.
func (n *network) wholeFile(t *rapid.T) {
	m := n.one(t, func(m *member) bool { return m.gives != byHarvest })
	if m == nil {
		return
	}
	m.forget()
	if m.gives == byFile {
		n.dropped(m, m.client.WholeFile)
		return
	}
	n.drawTrouble(t)
	_, err := m.client.PostAll(ctx)
	n.expected(err)
	n.wire.calm()
}

// forget has a system that does something else meanwhile ask for the page again.
func (m *member) forget() {
	if m.fetched {
		m.list, m.fetched = nil, false
	}
}

// dropped puts a file on its way.
func (n *network) dropped(m *member, export func() ([]byte, error)) {
	body, err := export()
	if err != nil {
		n.t.Fatal(err)
	}
	if body != nil {
		n.ledger.handedIn(m, cardsIn(n.t, body))
		m.files = append(m.files, file{body: body, knows: len(n.ledger.edits)})
		n.clock.pass(time.Second) // two files that say the same second of their making have no order once one is late
	}
}

// lose is a library that has lost a card, and exports all it has. What it says of its making is trusted, so its clock
// must be right.
func (n *network) lose(t *rapid.T) {
	m := n.one(t, func(m *member) bool { return m.gives == byPost && m.skew == 0 && m.list == nil })
	if m == nil {
		return
	}
	number, ok := n.somebody(t, m)
	if !ok {
		return
	}
	if patron, _ := m.system.Patron(number); patron.Waiting || m.hides(&patron.Card) || n.holder(number) != n.ledger.person(number) {
		return
	}
	n.ledger.tell("%s loses %s", m.code, number)
	n.clock.pass(2 * time.Second)
	before := m.system.Backup()
	m.system.Lose(number)
	n.busy = 0
	given, err := m.client.PostAll(ctx)
	n.expectNil(err)
	if given.Sent == 0 { // it has nothing to show by what it lacks
		m.system.Restore(before)
	}
}

// enteredAnew reports whether a library that has lost a card, or never took it, empties what it had been handed of it: its
// desk entered the reader anew, with a value that it took away again before anybody heard of it. To the hub it clears what it
// may hold. It is noted.
func (l *ledger) enteredAnew(t tester, m *member, k change) bool {
	tookAway := slices.ContainsFunc(l.edits, func(e *edit) bool { return e.by == m && e.who == k.who && e.field == k.field && e.undone })
	return k.value == "" && tookAway && slices.ContainsFunc(l.peek.notes(t), func(o note) bool {
		return o.kind == string(cards.NoteConflict) && o.seq == k.seq && o.field == k.field.String()
	})
}
