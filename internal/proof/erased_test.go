package proof_test

import (
	"github.com/carte-reseau/hub/internal/sigb"
	"pgregory.net/rapid"
)

// erase takes a reader out of the network, at their own wish. The libraries are asked to, and are slow to do so.
func (n *network) erase(t *rapid.T) {
	if rapid.IntRange(0, 2).Draw(t, "erases") > 0 {
		return
	}
	m := n.anyone(t)
	number, ok := n.somebody(t, m)
	if !ok {
		return
	}
	p := n.ledger.person(number)
	if n.holder(number) != p || n.ledger.shared(number) {
		return
	}
	if len(n.ledger.heldOf(p, n.hub.holds(n.t))) > 1 {
		return // who lost their card got another, which would be erased by itself
	}
	n.ledger.tell("%s is erased", number)
	_, err := n.hub.store.Erase(ctx, number, "Claire")
	n.expectNil(err)
	p.erased = true
}

// nobodyIsBack: what was erased is in the network no more.
func (n *network) nobodyIsBack(holds []sigb.Card) {
	for _, c := range holds {
		if n.ledger.person(c.Number).erased {
			n.fail("%s was erased, and is in the network as %s", n.ledger.person(c.Number).first, c.Number)
		}
	}
}
