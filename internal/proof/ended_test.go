package proof_test

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/push"
	"github.com/carte-reseau/hub/internal/sigb"
)

// tellEnded is the hub's daily job: letters about cards that ended early.
func (n *network) tellEnded() { n.expectNil(push.TellEnded(ctx, n.hub.store, paris)) }

// endsKnown: no library takes for valid a card that has ended, unless it only fetches and a letter names to it a number by
// which it knows the card. What a library holds that it never sent nor was handed is told by nothingWaits.
func (n *network) endsKnown(m *member, holds []sigb.Card) {
	letters, today := n.peek.letters(n.t, m.email()), n.clock.today()
	for _, have := range m.system.Snapshot().Cards {
		p, stands := n.ledger.person(have.Number), n.standing(&have, holds)
		switch {
		case p.erased, have.ExpiredOn(today) || stands == nil || !stands.ExpiredOn(today):
		case len(p.replaced[m]) > 0: // the reader's two cards are one there: see excused
		case m.gets == byList && namesOne(letters, &have):
		case m.lostPageWith(p, stands):
			n.ledger.count.lostEnds++
		default:
			n.fail("%s takes %s for valid until %s, which ended on %s as %s", m.code, have.Number, have.Enrolment.End, stands.Enrolment.End, stands.Number)
		}
	}
}

// standing is the network's card of a number, else that of its reader: where one has two there, each is a card of its own.
func (n *network) standing(have *sigb.Card, holds []sigb.Card) *sigb.Card {
	var readers *sigb.Card
	for i := range holds {
		c := &holds[i]
		if strings.EqualFold(c.Number, have.Number) {
			return c
		}
		if n.ledger.person(c.Number) == n.ledger.person(have.Number) {
			readers = c
		}
	}
	return readers
}

// namesOne reports whether letters name a card by its number, or one it has replaced.
func namesOne(letters string, c *sigb.Card) bool {
	return slices.ContainsFunc(append(c.Clone().OldNumbers, c.Number), func(number string) bool { return strings.Contains(letters, number) })
}

// lostPageWith reports whether a library that only fetches was handed the end while it was still to come, on a page that was
// lost to it. To the hub it was handed over, and when the library fetched it again, the day was over and the card in no set.
func (m *member) lostPageWith(p *person, ended *sigb.Card) bool {
	handed := m.holds[p]
	return m.gets == byList && handed != nil && valueOf(cards.EnrolmentDates, handed) == valueOf(cards.EnrolmentDates, ended)
}

// noneEnded: a card that has ended is in no set, by the day on which the list began.
func (n *network) noneEnded(m *member, page []byte) {
	stated := responseDate.FindSubmatch(page)
	if stated == nil {
		return
	}
	began, err := time.Parse(time.RFC3339, string(stated[1]))
	n.expectNil(err)
	day := began.In(paris).Format(time.DateOnly)
	for _, c := range cardsIn(n.t, page) {
		if c.ExpiredOn(day) {
			n.fail("on %s the set of %s shows %s, which ended on %s", day, m.code, c.Number, c.Enrolment.End)
		}
	}
}

var responseDate = regexp.MustCompile(`<responseDate>([^<]*)</responseDate>`)
