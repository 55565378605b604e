package proof_test

import (
	"maps"
	"slices"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sigb"
	"pgregory.net/rapid"
)

// What the ledger expects where libraries and readers do what no file of cards was made for:
//
//   - Two readers of one number: nothing of the one ever stands on the other's card, and no card leads to another
//     reader's. The second library is told, each time, and the first never hears of it; once a desk has given its reader
//     a number of their own, both are everywhere. Nothing is lost, not even with a note.
//   - A value cleared at a desk is an edit like any other: lost with a note only. An element that is empty because its
//     system has no place for it, or had never heard of a value, clears nothing.
//   - Readers who enrol twice with different fields keep every field that one of the desks was told alone, without a
//     note; where both were told something, one of the two with a note.
//   - A whole file loses nothing that an incremental one would not, deletes nothing, and brings back what its library
//     had and has no more. So does asking for everything again after a backup was restored: what was typed and given
//     since the backup stands, what was typed and not given is gone with the database it was in.
//   - What staff choose counts as typed by them then: whoever changes it later without having been handed it leaves a
//     note.
//   - An erased reader is in the network no more, under no number of theirs, whoever sends them, and whoever sends them
//     under a number that replaces one of them.

// strangerSteps are what these files play.
func (n *network) strangerSteps() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"enrol stranger": n.enrolStranger, "replace by taken": n.replaceByTaken,
		"clear": n.clear, "enrol in part": n.enrolInPart,
		"whole file": n.wholeFile, "lose": n.lose,
		"ask for one": n.askForOne, "decide": n.decide, "erase": n.erase, "back up": n.backUp, "restore": n.restore,
	}
}

// strange is what a reader has who was given another one's number.
type strange struct {
	lent   map[string]bool // that number, as their library writes it
	erased bool
}

func (p *person) borrow(number string) {
	if p.lent == nil {
		p.lent = map[string]bool{}
	}
	p.lent[number] = true
}

// enrolStranger is a reader who is given the number of another one's card. Their library writes it in capitals, by which
// the play tells whom is meant: to the hub and all systems it is the same.
func (n *network) enrolStranger(t *rapid.T) {
	m, number, ok := n.otherNumber(t)
	if !ok {
		return
	}
	lent := strings.ToUpper(number)
	p := &person{first: lent, numbers: map[string]bool{}, given: map[string]bool{}, replaced: map[*member][]string{}}
	p.borrow(lent)
	n.ledger.persons = append(n.ledger.persons, p)
	n.desk(m, lent, false, func() error { return m.system.Enrol(n.reader(lent), sigb.Local{}) })
}

// replaceByTaken gives a reader a new card whose number is another one's.
func (n *network) replaceByTaken(t *rapid.T) {
	m, number, ok := n.otherNumber(t)
	if !ok {
		return
	}
	own, ok := n.somebody(t, m)
	if patron, _ := m.system.Patron(own); !ok || n.ledger.shared(own) || n.ledger.person(own).erased || m.hides(&patron.Card) {
		return // nobody would tell its library whose number it is
	}
	p, lent := n.ledger.person(own), strings.ToUpper(number)
	p.borrow(lent)
	p.replaced[m] = append(p.replaced[m], own)
	n.ledger.tell("%s replaces %s by %s", m.code, own, lent)
	if err := m.system.ReplaceCard(own, lent); err != nil {
		t.Fatal(err)
	}
}

// otherNumber draws a number that is not known yet at a library, whose changes are at the hub before it is handed anything:
// to who was handed a card, whatever it says of it is a change. Elsewhere its reader is known, or in one place only.
func (n *network) otherNumber(t *rapid.T) (m *member, number string, ok bool) {
	m, from := n.one(t, (*member).givesFirst), n.anyone(t)
	if m == nil {
		return nil, "", false
	}
	number, ok = n.somebody(t, from)
	if !ok || n.has(m, number) || n.ledger.shared(number) || n.ledger.person(number).erased || strings.ToUpper(number) == number {
		return m, "", false
	}
	if p := n.ledger.person(number); m.met[p] || n.ledger.passed(m, p) || n.ledger.hasTyped(m, p) { // to the hub that is one and the same
		return m, "", false
	}
	return m, number, n.holder(number) != nil || n.holders(number) == 1 && from.givesFirst()
}

// hasTyped reports whether a library has typed anything of a reader: a file may tell of it that its system has outlived.
func (l *ledger) hasTyped(m *member, p *person) bool {
	return slices.ContainsFunc(l.edits, func(e *edit) bool { return e.by == m && e.who == p })
}

func (m *member) givesFirst() bool {
	return m.sendsFirst && m.list == nil && (m.gives == byPost && m.gets == byList || m.gives == byHarvest && m.gets == byPush)
}

// has reports whether a library has a number, or had.
func (n *network) has(m *member, number string) bool {
	for _, c := range m.system.Snapshot().Cards {
		if slices.ContainsFunc(append(c.OldNumbers, c.Number), func(have string) bool { return strings.EqualFold(have, number) }) {
			return true
		}
	}
	return false
}

func (n *network) holders(number string) int {
	count := 0
	for _, m := range n.members {
		if n.has(m, number) {
			count++
		}
	}
	return count
}

// holder is whose card has a number in the network, or had it.
func (n *network) holder(number string) *person {
	key := "'" + strings.ToLower(number) + "'"
	return n.ledger.byCard[n.peek.one(n.t, "SELECT id FROM cards WHERE number_key = "+key+" UNION SELECT card_id FROM former_numbers WHERE number_key = "+key)]
}

// shared reports whether two readers were given a number.
func (l *ledger) shared(number string) bool {
	readers := 0
	for _, p := range l.persons {
		if p.numbers[strings.ToLower(number)] || p.lentAs(number) {
			readers++
		}
	}
	return readers > 1
}

// erasedUnder reports whether one of the readers who were given a number was erased, or one who had another number of who has
// it: their card names that among the former ones, and nobody knows any more whose else it was.
func (l *ledger) erasedUnder(number string) bool {
	numbers := []string{number}
	if has := l.person(number); has != nil {
		numbers = slices.AppendSeq(numbers, maps.Keys(has.numbers))
	}
	return slices.ContainsFunc(l.persons, func(p *person) bool {
		return p.erased && (p == l.person(number) || slices.ContainsFunc(numbers, func(n string) bool { return p.numbers[strings.ToLower(n)] || p.lentAs(n) }))
	})
}

func (p *person) lentAs(number string) bool {
	for lent := range p.lent {
		if strings.EqualFold(lent, number) {
			return true
		}
	}
	return false
}

// withoutRejected leaves out the cards the hub rejected, as it had to.
func (l *ledger) withoutRejected(m *member, held []sigb.Card, report sigb.Report) []sigb.Card {
	erased, rejected := 0, map[string]bool{}
	for _, c := range report.Cards {
		switch {
		case c.Result != sigb.ResultRefused:
		case c.Errors[0].Code == cards.FaultErased:
			erased++
		case c.Errors[0].Code == cards.FaultOtherPerson && c.Errors[0].Field == cards.NumberField && l.shared(c.Number):
			rejected[c.Number], m.rejected[c.Number] = true, true
			l.tell("%s is told that %s is another reader's", m.code, c.Number)
		default:
			m.network.fail("%s: the hub rejected %s: %+v", m.code, c.Number, c.Errors)
		}
	}
	for _, c := range held { // of a harvest that broke off there is no report yet
		if holder := m.network.holder(c.Number); len(report.Cards) == 0 && l.shared(c.Number) && holder != nil && holder != l.person(c.Number) {
			rejected[c.Number], m.rejected[c.Number] = true, true
		}
	}
	return slices.DeleteFunc(slices.Clone(held), func(c sigb.Card) bool {
		if p := l.person(c.Number); p != nil && p.erased {
			erased--
			return true
		}
		return rejected[c.Number]
	})
}

// turnedDownUnder reports whether a library that fetches has turned down a reader's card under a number it had given to
// another one: it will not hear of it again, and has it under the number of before.
func (m *member) turnedDownUnder(p *person) bool {
	for number := range m.missed {
		if p.numbers[number] || p.lentAs(number) {
			return true
		}
	}
	return false
}

// turnedDown reports whether the hub knows that its system has turned down a reader's card: before that the desk has no
// reason to give its own reader of the same number another one.
func (m *member) turnedDown(p *person) bool {
	n := m.network
	for card, who := range n.ledger.byCard {
		if who == p && n.peek.one(n.t, "SELECT count(*) FROM hand_again WHERE attempts > 0 AND library_id = "+number(m.id)+" AND card_id = "+number(card)) > 0 {
			return true
		}
	}
	return false
}

// newNumbers has the desks that were told so give their readers numbers of their own.
func (n *network) newNumbers() {
	for _, m := range n.members {
		for _, p := range m.system.Patrons() { // whom its system does not show, it knows of by the cards it turns down
			if holder := n.holder(p.Number); m.hides(&p.Card) && holder != nil && holder != n.ledger.person(p.Number) && n.ledger.shared(p.Number) && m.turnedDown(holder) {
				m.rejected[p.Number] = true
			}
		}
		for _, number := range slices.Sorted(maps.Keys(m.rejected)) {
			delete(m.rejected, number)
			if m.gets == byList {
				m.missed[strings.ToLower(number)] = true
			}
			patron, ok := m.system.Patron(number)
			if !ok || patron.Number != number {
				continue // it has one already, of its desk's or of another's
			}
			p, own := n.ledger.person(number), n.newNumber()
			m.backup = backup{} // it would bring the old number back, and nobody the new one
			p.numbers[own] = true
			p.replaced[m] = append(p.replaced[m], number)
			p.borrow(number)
			if holder := n.holder(number); holder != nil && holder != p {
				delete(p.numbers, strings.ToLower(number))
				holder.numbers[strings.ToLower(number)] = true
			}
			n.ledger.tell("%s gives the reader of %s the number %s", m.code, number, own)
			if err := m.system.ReplaceCard(number, own); err != nil {
				n.t.Fatal(err)
			}
		}
	}
}

func (n *network) unresolved() bool {
	return slices.ContainsFunc(n.members, func(m *member) bool { return len(m.rejected) > 0 })
}
