package proof_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sigb"
	"pgregory.net/rapid"
)

// desk does something to a reader's card and records what moved.
func (n *network) desk(m *member, number string, poorer bool, do func() error) {
	before, _ := m.system.Patron(number)
	if err := do(); err != nil {
		n.t.Fatal(err)
	}
	after, ok := m.system.Patron(number)
	if !ok {
		n.t.Fatalf("%s has no %s any more", m.code, number)
	}
	n.ledger.typed(m, n.ledger.enrol(number), &before.Card, &after.Card, poorer)
}

func (n *network) newNumber() string {
	n.serial++
	return fmt.Sprintf("2600%04dx", n.serial)
}

func (n *network) invent(f cards.Field) sigb.Card {
	n.serial++
	return invented(f, n.serial)
}

// reader is somebody new, as a desk types them in.
func (n *network) reader(number string) sigb.Card {
	c := sigb.Card{Number: number, Sex: "F"}
	for _, f := range watched {
		put(f, &c, n.invent(f))
	}
	return c
}

// prologue enrols some readers, whom mostly everyone knows when the play begins.
func (n *network) prologue(t *rapid.T) {
	for range rapid.IntRange(1, 4).Draw(t, "readers") {
		n.enrol(t)
	}
	for range rapid.IntRange(0, 2).Draw(t, "rounds before") {
		n.everyone()
	}
}

func (n *network) enrol(t *rapid.T) {
	m := n.anyone(t)
	number := n.newNumber()
	n.desk(m, number, false, func() error { return m.system.Enrol(n.reader(number), sigb.Local{}) })
}

// enrolKnown is a reader who enrols at a second desk before the network has told it of them, under the number of the card
// they have.
func (n *network) enrolKnown(t *rapid.T) {
	m, from := n.anyone(t), n.anyone(t)
	number, ok := n.somebody(t, from)
	if !ok || n.knows(m, number) || n.has(m, number) || n.ledger.shared(number) || n.ledger.person(number).comesBack(number) {
		return
	}
	c := n.reader(number)
	for _, e := range n.ledger.edits { // the reader says who they are now
		if e.who == n.ledger.person(number) && (e.field == cards.LastName || e.field == cards.FirstName || e.field == cards.BirthDate) {
			put(e.field, &c, e.typed)
		}
	}
	n.desk(m, number, false, func() error { return m.system.Enrol(c, sigb.Local{}) })
}

// comesBack reports whether a reader was erased, and has a number that nobody had told the hub of: enrolled under it elsewhere
// they would be in the network again, rightly.
func (p *person) comesBack(number string) bool { return p.erased && !p.given[strings.ToLower(number)] }

func (n *network) knows(m *member, number string) bool {
	p := n.ledger.person(number)
	for _, c := range m.system.Snapshot().Cards {
		if n.ledger.person(c.Number) == p {
			return true
		}
	}
	return false
}

// change edits one or several values.
func (n *network) change(t *rapid.T) {
	m := n.anyone(t)
	number, ok := n.somebody(t, m)
	if !ok {
		return
	}
	fields := rapid.SliceOfNDistinct(rapid.SampledFrom(watched), 1, 3, rapid.ID).Draw(t, "fields")
	n.desk(m, number, false, func() error {
		return m.system.Change(number, func(c *sigb.Card) {
			for _, f := range fields {
				if !n.ledger.person(number).steady(f) {
					put(f, c, n.invent(f))
				}
			}
		})
	})
}

// putBack types a value the card had before, at whatever library: one of the last of its field, so that values come and go
// while somebody still holds the one in between.
func (n *network) putBack(t *rapid.T) {
	m := n.anyone(t)
	number, ok := n.somebody(t, m)
	if !ok {
		return
	}
	f := rapid.SampledFrom(watched).Draw(t, "field")
	var old []*edit
	for _, e := range slices.Backward(n.ledger.edits) {
		if e.who == n.ledger.person(number) && e.field == f {
			old = append(old, e)
		}
	}
	if len(old) == 0 {
		return
	}
	const recent = 3
	e := old[rapid.IntRange(0, min(recent, len(old))-1).Draw(t, "old value")]
	n.desk(m, number, false, func() error {
		return m.system.Change(number, func(c *sigb.Card) { put(e.field, c, e.typed) })
	})
}

// typePoorer types what stands there again, in capitals without accents or with less of a date, and means it.
func (n *network) typePoorer(t *rapid.T) {
	m := n.anyone(t)
	if rapid.Bool().Draw(t, "heard at once") { // only there the hub can tell, and the play too
		if one := n.one(t, (*member).heardAtOnce); one != nil {
			m = one
		}
	}
	number, ok := n.somebody(t, m)
	if !ok || m.profile.Upper && m.profile.NoAccents {
		return
	}
	f := rapid.SampledFrom([]cards.Field{cards.LastName, cards.FirstName, cards.BirthDate}).Draw(t, "field")
	if n.ledger.person(number).steady(f) {
		return
	}
	n.desk(m, number, true, func() error {
		return m.system.Change(number, func(c *sigb.Card) { put(f, c, poorer(f, *c)) })
	})
}

func (n *network) renew(t *rapid.T) {
	m := n.anyone(t)
	if number, ok := n.somebody(t, m); ok {
		n.desk(m, number, false, func() error { return m.system.Renew(number) })
	}
}

func (n *network) endEarly(t *rapid.T) {
	m := n.anyone(t)
	if number, ok := n.somebody(t, m); ok {
		days := rapid.IntRange(1, 20).Draw(t, "days ago")
		n.desk(m, number, false, func() error { return m.system.EndEarly(number, n.clock.now().AddDate(0, 0, -days)) })
	}
}

// endSoon lets a card run out while the play goes on.
func (n *network) endSoon(t *rapid.T) {
	m := n.anyone(t)
	if number, ok := n.somebody(t, m); ok {
		day := n.clock.now().Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "days left")) * 24 * time.Hour)
		n.desk(m, number, false, func() error { return m.system.EndEarly(number, day) })
	}
}

// replace gives a reader a new card, whose number nobody has yet.
func (n *network) replace(t *rapid.T) {
	m := n.anyone(t)
	number, ok := n.somebody(t, m)
	p := n.ledger.person(number)
	if !ok || n.ledger.shared(number) && n.holder(number) != p {
		return
	}
	replacement := n.newNumber()
	p.numbers[replacement] = true
	p.replaced[m] = append(p.replaced[m], number)
	if err := m.system.ReplaceCard(number, replacement); err != nil {
		t.Fatal(err)
	}
}

func (n *network) somebody(t *rapid.T, m *member) (string, bool) {
	patrons := m.system.Patrons()
	slices.SortFunc(patrons, func(a, b sigb.Patron) int { return strings.Compare(a.Number, b.Number) })
	if len(patrons) == 0 {
		return "", false
	}
	return patrons[rapid.IntRange(0, len(patrons)-1).Draw(t, m.code+"'s reader")].Number, true
}
