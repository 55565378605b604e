package proof_test

import "github.com/carte-reseau/hub/internal/cards"

// resentUnheard reports whether a library types once more what it sent last, over what it was handed in between, and the hub
// cannot know that this had come to it: the card waits to be handed again, whatever its marks have passed, for it may have
// gone back to a backup; or its slow clock says that it made the document before it was handed the card for the first time.
// To the hub it says again what it said.
func (m *member) resentUnheard(e *edit) bool {
	said := m.said[e.who]
	if said.doc == 0 || valueOf(e.field, &said.card) != e.value {
		return false
	}
	slow := m.skew < -cards.ClockSlack && m.network.clock.now().Add(m.skew+cards.ClockSlack).Unix() < m.first[e.who]
	return slow || m.owed[e.who]
}

// noteOwed looks what waits to be handed again to libraries, before they say anything that may bring more.
func (n *network) noteOwed(list ...*member) {
	for _, m := range list {
		m.owed = map[*person]bool{}
		of := " FROM marks WHERE library_id = " + number(m.id)
		n.peek.each(n.t, "SELECT card_id FROM hand_again WHERE library_id = "+number(m.id)+" AND (attempts > 0 OR seq > (SELECT max(seq)"+of+
			") OR (SELECT door"+of+" ORDER BY seq DESC, door LIMIT 1) = 'push')", func(scan func(...any) error) error {
			var card int64
			err := scan(&card)
			m.owed[n.ledger.byCard[card]] = true
			return err
		})
	}
}
