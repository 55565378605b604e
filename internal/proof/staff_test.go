package proof_test

import (
	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sigb"
	"pgregory.net/rapid"
)

// newStaff is who decides. To the ledger it is one more desk, whose edits are at the hub at once.
func newStaff(n *network) *member {
	return &member{network: n, code: hubCode, id: cards.HubID, sendsFirst: true, met: map[*person]bool{}, said: map[*person]said{}, holds: map[*person]*sigb.Card{}}
}

// decide has staff look at what waits for them, and keep what stands, or choose the other value.
func (n *network) decide(t *rapid.T) {
	const few = 8
	waiting, err := n.hub.store.Disputes(ctx, cards.DisputeQuery{Limit: few})
	n.expectNil(err)
	if len(waiting) == 0 {
		return
	}
	d := waiting[rapid.IntRange(0, len(waiting)-1).Draw(t, "dispute")]
	if rapid.IntRange(0, 2).Draw(t, "keeps") == 0 {
		n.expectNil(n.hub.store.KeepValue(ctx, d.ID, "Claire"))
		return
	}
	n.ledger.tell("staff choose the other %s of %s", d.Field, d.Number)
	if err := n.hub.store.ChooseOther(ctx, d.ID, d.Version, "Claire"); cards.CodeOf(err) != cards.Conflict { // a number may be taken
		n.expectNil(err)
	}
	n.ledger.decided(n)
}

// decided takes down what staff have chosen.
func (l *ledger) decided(n *network) {
	for _, v := range l.peek.versionsSince(n.t, l.seen) {
		l.docs++
		p, c := l.person(v.content.Number), cardOf(&v.content)
		for _, f := range watched {
			if !v.changed.Has(f) {
				continue
			}
			value, was := valueOf(f, &c), l.stood(p, f)
			var one sigb.Card
			put(f, &one, c.Clone())
			l.edits = append(l.edits, &edit{by: n.staff, who: p, field: f, value: value, typed: one, was: was, order: len(l.edits), doc: l.docs})
			l.history = append(l.history, change{card: v.card, who: p, field: f, value: value, by: cards.HubID, seq: v.seq})
			l.tell("version %d: %s of %s is %q by staff", v.seq, f, p.first, value)
		}
		l.seen, l.latest[p] = v.seq, latest{by: n.staff, version: v, doc: l.docs, second: n.clock.second()}
	}
}
