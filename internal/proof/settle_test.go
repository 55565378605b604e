package proof_test

import (
	"slices"
	"strings"
	"time"

	"github.com/carte-reseau/hub/internal/sigb"
)

// maxRounds is how often everyone may have to come online until nothing moves any more.
const maxRounds = 8

// settle is the evening: all that is on its way arrives, and everyone comes online until nothing moves.
func (n *network) settle() {
	n.wire.calm()
	for _, m := range n.members {
		m.system.Refuse(nil)
		m.list, m.fetched = nil, false
		n.noteOwed(m)
		n.files(m)
	}
	n.clock.noon()
	for round := 1; ; round++ {
		before, moved := n.peek.seq(n.t), n.moved
		n.newNumbers()
		n.everyone()
		if n.peek.seq(n.t) == before && n.moved == moved && !n.waiting() {
			n.ledger.count.rounds[min(round, len(n.ledger.count.rounds)-1)]++
			break
		}
		if round == maxRounds {
			n.fail("something still moves in round %d: seq %d, %d cards sent", round, before, n.moved-moved)
		}
	}
}

// waiting reports whether some desk's edit has not been given yet.
func (n *network) waiting() bool {
	return slices.ContainsFunc(n.members, (*member).waits) || n.unresolved()
}

func (m *member) waits() bool {
	return slices.ContainsFunc(m.system.Patrons(), func(p sigb.Patron) bool {
		return p.Waiting && !m.hides(&p.Card) && !m.network.ledger.person(p.Number).erased
	})
}

// everyone has each library come online once, in its own order, and lets refused cards come due.
func (n *network) everyone() {
	for _, m := range n.members {
		n.busy = 0
		n.clock.pass(2 * time.Second)
		n.noteOwed(m)
		if m.gives != byHarvest || m.gets != byPush {
			n.visit(m)
		} else {
			n.expectNil(n.harvest(m))
			n.receive(m)
		}
		n.files(m)
	}
	n.clock.pass(7 * time.Hour)
	n.clock.noon()
	n.tellEnded()
}

func (n *network) expectNil(err error) {
	if err != nil {
		n.t.Fatal(err)
	}
}

func (n *network) files(m *member) {
	n.integrate(m)
	for _, f := range m.files {
		m.stored = append(m.stored, stored{f, n.hub.receive(n.t, n.hub.library(n.t, m.code), f.body)})
	}
	m.files = nil
	n.integrate(m)
}

// judge looks whether the laws held.
func (n *network) judge() {
	holds := n.hub.holds(n.t)
	n.nobodyIsBack(holds)
	for _, m := range n.members {
		n.nothingWaits(m)
		n.sameCards(m, holds)
		n.endsKnown(m, holds)
	}
	n.ledger.audit(n.t, n, holds)
	n.quiet()
}

// quiet: once settled, nothing moves any more.
func (n *network) quiet() {
	before, moved := n.peek.seq(n.t), n.moved
	n.everyone()
	if after := n.peek.seq(n.t); after != before || n.moved != moved {
		n.fail("something moves after all had settled: seq %d became %d, %d cards were sent", before, after, n.moved-moved)
	}
}

// nothingWaits: what was typed was given, and nobody is behind.
func (n *network) nothingWaits(m *member) {
	if m.waits() {
		n.fail("%s still has something to give: %v", m.code, m.system.Refusals())
	}
	status, err := n.hub.store.LibraryStatus(ctx, m.code)
	if err != nil {
		n.t.Fatal(err)
	}
	if status.Behind != 0 {
		n.fail("%s is behind by %d", m.code, status.Behind)
	}
}

// sameCards: the library holds what the network holds, up to its own rewriting.
func (n *network) sameCards(m *member, holds []sigb.Card) {
	today := n.clock.now().In(paris)
	for _, d := range sigb.Diff(sigb.SnapshotOf(hubCode, holds...), m.system.Snapshot(), today) {
		if !n.excused(m, d, holds) {
			n.fail("%v", d)
		}
	}
}

// excused are the differences the rules leave.
func (n *network) excused(m *member, d sigb.Difference, holds []sigb.Card) bool {
	p := n.ledger.person(d.Number)
	if n.ledger.erasedUnder(d.Number) || d.Field == sigb.FieldNumber && (d.Have == "" && m.missed[d.Number] || d.Have != "" && m.turnedDownUnder(p)) {
		return true // it is asked to forget the reader; it has turned the card down, or its new number
	}
	if len(p.replaced[m]) > 0 {
		return true // it replaced the card, and its system overwrote that before it was sent: here the reader's two cards are one
	}
	// A card that ended is in no set: who only fetches does not hear of its end or its new number.
	ended := slices.ContainsFunc(holds, func(c sigb.Card) bool {
		return n.ledger.person(c.Number) == p && c.ExpiredOn(n.clock.today())
	})
	if d.Field == sigb.FieldNumber {
		return d.Have != "" && ended || n.hidden(m, p)
	}
	if d.Field == sigb.FieldOldNumbers {
		// One it was handed, and lost before it was integrated, is not missed: a number joins the others and is never judged.
		return !slices.ContainsFunc(p.onlyGiven(strings.Fields(d.Have)), func(number string) bool { return !strings.Contains(d.Want, number) })
	}
	if n.keptOut(m, p, d) {
		return true
	}
	typed := 0
	for _, e := range n.ledger.edits {
		if e.who != p || e.by != m || !strings.HasPrefix(string(d.Field), e.field.String()) {
			continue
		}
		// A poorer value typed on purpose cannot be told from a rewriting, and stays where it was typed.
		if (e.poorer || e.idle) && kin(lettersAndDigits(d.Want), lettersAndDigits(d.Have)) {
			return true
		}
		have := m.system.Snapshot().Cards[d.Number]
		if e.value == valueOf(e.field, &have) {
			typed++
		}
	}
	// A value that was kept out is answered once. Typed again, it stays, and staff have a note of it.
	return typed > 1
}

// keptOut reports whether a value of the library's was kept out, as staff were told, and its system let the answer pass: it
// believed it still had that value to send. Sent again, it is answered no more.
func (n *network) keptOut(m *member, p *person, d sigb.Difference) bool {
	return m.heldOn[p] && slices.ContainsFunc(n.peek.notes(n.t), func(k note) bool {
		return k.lostBy == m.id && n.ledger.byCard[k.card] == p && strings.HasPrefix(string(d.Field), k.field)
	})
}

// onlyGiven leaves out the numbers a desk gave whose replacement its system overwrote before it was sent.
func (p *person) onlyGiven(numbers []string) []string {
	return slices.DeleteFunc(numbers, func(number string) bool { return !p.given[number] })
}

// hidden reports whether the library holds the reader's card as ended: its system shows the network no such card, under
// whatever number.
func (n *network) hidden(m *member, p *person) bool {
	for _, c := range m.system.Snapshot().Cards {
		if n.ledger.person(c.Number) == p && m.profile.HidesEnded && c.ExpiredOn(n.clock.today()) {
			return true
		}
	}
	return false
}
