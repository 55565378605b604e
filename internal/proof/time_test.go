package proof_test

import (
	"slices"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sigb"
	"pgregory.net/rapid"
)

// times is what a library does with time, and with more doors than one.
type times struct {
	drops      bool // it is harvested, and drops files as well
	confirms   bool // it reports on what it fetched
	wrongClock bool // its clock was half a day ahead
	usual      time.Duration
	window     sigb.Window
	knew       map[*person]int // how many edits there were when it made the last document that was taken
}

func drawTimes(t *rapid.T, m *member) times {
	return times{
		drops:    m.gives == byHarvest && rapid.Bool().Draw(t, m.code+" drops files too"),
		confirms: m.gets == byList && rapid.Bool().Draw(t, m.code+" confirms"),
		window:   rapid.SampledFrom([]sigb.Window{sigb.FromResponseDate, sigb.FromUntilPlusOne, sigb.FromDay}).Draw(t, m.code+" window"),
		knew:     map[*person]int{},
	}
}

// inOrder: a document is out of date only where its library had made a later one. Of one that has two doors and a slow
// clock, the hub waits for the harvest.
func (m *member) inOrder(p *person, knows int, late bool) {
	switch {
	case !late:
		m.knew[p] = max(m.knew[p], knows)
	case len(p.numbers)+len(p.lent) > 1: // it may be of a number that was replaced
	case m.knew[p] < knows && (!m.drops || m.skew >= 0):
		m.network.fail("what %s sent of %s is taken for out of date, and was made last: after %d edits, before that after %d", m.code, p.first, knows, m.knew[p])
	}
}

// againByHarvest reports whether a library that is harvested too says once more what it typed last, after a file it made
// before that came late.
func (l *ledger) againByHarvest(m *member, k change) bool {
	for _, e := range slices.Backward(l.edits) {
		if e.by == m && e.who == k.who && e.field == k.field && !e.undone && e.doc > 0 {
			return m.drops && e.value == k.value
		}
	}
	return false
}

// ofEitherOrder reports whether a file of a library that is harvested too brings what it held when it was made and nobody has
// typed since: what its reader had not told yet, or what was kept out when it was typed. It may be newer than the harvest
// that brought the value after it, for all the hub knows, which is how it is noted; or as a change of what that harvest
// brought, where this was kept out.
func (l *ledger) ofEitherOrder(t tester, m *member, k change) bool {
	return m.drops && slices.ContainsFunc(l.peek.notes(t), func(o note) bool {
		return (o.rule == cards.RuleHolder || o.rule == cards.RuleChanged) && o.seq == k.seq && o.field == k.field.String()
	})
}

// dropToo has a library that is harvested make a file as well, which comes whenever it comes.
func (n *network) dropToo(t *rapid.T) {
	if m := n.one(t, func(m *member) bool { return m.drops }); m != nil {
		n.dropped(m, m.client.File)
	}
}

// setClock puts a library's clock half a day ahead, or right. Not one by which somebody harvests. What it has made comes
// before: see comeAhead.
func (n *network) setClock(t *rapid.T) {
	const wrong = 11 * time.Hour
	m := n.one(t, func(m *member) bool { return m.gives != byHarvest && m.window != sigb.FromUntilPlusOne })
	if m == nil {
		return
	}
	n.files(m)
	if m.skew == wrong {
		m.skew = m.usual
		return
	}
	m.skew, m.usual, m.wrongClock = wrong, m.skew, true
}

// comeAhead brings the files of a wrong clock before the moment they say: of one that comes later nobody can tell that it
// was made so much earlier.
func (n *network) comeAhead() {
	for _, m := range n.members {
		if m.ahead() {
			n.files(m)
		}
	}
}

// ahead reports whether its clock is wrong now.
func (m *member) ahead() bool { return m.wrongClock && m.skew != m.usual }

// aMonth goes by, with what the hub does every night.
func (n *network) aMonth(*rapid.T) {
	const most, nights, keep = 2, 3, 30 * 24 * time.Hour
	if n.months++; n.months > most {
		return // cards would end
	}
	n.comeAhead()
	for range nights {
		n.clock.pass(keep/nights + time.Hour)
		n.tellEnded()
		n.expectNil(n.hub.store.Purge(ctx, keep))
	}
}

// refuseFetched has a system turn down a card it fetches, and say so.
func (n *network) refuseFetched(t *rapid.T) {
	m, from := n.one(t, func(m *member) bool { return m.confirms }), n.anyone(t)
	number, ok := n.somebody(t, from)
	if m == nil || !ok {
		return
	}
	m.refuses(number)
	n.wire.calm()
	n.visit(m)
	m.system.Refuse(nil)
}

// fileBehind is a file of a library that is harvested, and comes after the harvest that brought what was typed since.
func (n *network) fileBehind(t *rapid.T) {
	m := n.one(t, func(m *member) bool { return m.drops })
	if m == nil {
		return
	}
	number, f, ok := n.steadily(t, m)
	if !ok {
		return
	}
	n.wire.calm()
	n.types(m, number, f, n.invent(f))
	n.dropped(m, m.client.File)
	n.types(m, number, f, n.invent(f))
	n.expectNil(n.harvest(m))
	n.files(m)
}

// fileOfMonths is a file that comes so late that nobody knows any more what its library was handed since. Not of a wrong
// clock: see comeAhead.
func (n *network) fileOfMonths(t *rapid.T) {
	m, o := n.one(t, func(m *member) bool { return m.gives == byFile && m.gets == byList && !m.ahead() }), n.anyone(t)
	if m == nil || m == o {
		return
	}
	number, f, ok := n.steadily(t, m)
	other, known := n.numberAt(o, n.ledger.person(number))
	if !ok || !known {
		return
	}
	n.wire.calm()
	n.types(m, number, f, n.invent(f))
	n.dropped(m, m.client.File)
	waits := m.files
	m.files = nil
	n.types(o, other, f, n.invent(f))
	n.visit(o)
	n.files(o)
	n.visit(m)
	n.files(m)
	n.aMonth(t)
	n.aMonth(t)
	m.files = append(m.files, waits...)
}

// steadily draws a card of a library, and a value of it that may be changed.
func (n *network) steadily(t *rapid.T, m *member) (number string, f cards.Field, ok bool) {
	number, ok = n.somebody(t, m)
	f = rapid.SampledFrom(watched).Draw(t, "value")
	return number, f, ok && !n.ledger.person(number).steady(f)
}
