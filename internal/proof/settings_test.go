package proof_test

import (
	"maps"
	"slices"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sigb"
	"pgregory.net/rapid"
)

// Settings change in the middle of the story, when a library gets another system, or gets its cards another way.

// narrow are the widths of a system that cuts.
var narrow = map[sigb.Field]int{sigb.FieldName: 14, sigb.FieldFirstName: 12, sigb.FieldAddress: 18}

// newSystem is a library whose next system has more room for names and addresses or less, or a place for e-mail addresses
// or none. Where it can hold more, staff have everything delivered again: at once, or when its desk has worked with it.
func (n *network) newSystem(t *rapid.T) {
	m := n.settled(t)
	if m == nil {
		return
	}
	to := m.profile
	secret := slices.Contains(to.NotHeld, sigb.FieldEmail) && !m.frank // that it holds it now could not be told either
	if rapid.Bool().Draw(t, "other widths") || secret {
		to.Widths = nil
		if len(m.profile.Widths) == 0 {
			to.Widths = maps.Clone(narrow)
		}
	} else {
		to.NotHeld, m.frank = toggled(m.profile.NotHeld, sigb.FieldEmail), true
	}
	m.profile, m.changed, m.anew = to, true, map[*person]bool{}
	m.system.Migrate(to)
	m.backup = backup{} // of the former system
	n.set(m, func(l *cards.Library) {
		l.Widths, l.NotHeld = nil, 0
		m.declare(l)
	})
	n.ledger.tell("%s has another system: widths %v, without %v", m.code, to.Widths, to.NotHeld)
	deliver := func() {
		_, err := n.hub.store.DeliverAgain(ctx, m.id, "")
		n.expectNil(err)
		n.noteOwed(m)
	}
	if rapid.Bool().Draw(t, "delivered at once") {
		deliver()
	} else {
		defer deliver()
	}
	if number, ok := n.somebody(t, m); ok {
		f := rapid.SampledFrom(watched).Draw(t, "value")
		if !n.ledger.person(number).steady(f) {
			n.types(m, number, f, n.invent(f))
		}
		n.give(m)
		n.files(m)
	}
}

// otherWay is a library that is pushed to from now on, or fetches its cards itself.
func (n *network) otherWay(t *rapid.T) {
	m := n.settled(t)
	if m == nil {
		return
	}
	if !m.sendsFirst {
		for _, p := range n.ledger.persons {
			m.withholds[p] = true // until now it received before it sent
		}
	}
	m.changed = true
	var address string
	if m.gets == byList {
		m.gets, m.sendsFirst, address = byPush, m.gives == byHarvest, "http://"+m.host()+string(sigb.REST)
		if m.server == nil {
			m.server = sigb.NewServer(m.system, sigb.ServerOptions{PageSize: hubPage})
			n.wire.libraries[m.host()] = m.server
		}
	} else {
		m.gets, m.sendsFirst = byList, true
		m.system.Refuse(nil) // whoever fetches tells nobody of what it turns down
	}
	n.set(m, func(l *cards.Library) { l.PushURL = address })
	n.ledger.tell("%s gets its cards by %s from now on", m.code, m.gets)
}

// settled draws a library of whose cards nothing is on its way to the hub, once it has been online; nil where it has
// something to say yet.
func (n *network) settled(t *rapid.T) *member {
	m := n.one(t, func(m *member) bool { return m.list == nil })
	if m == nil {
		return nil
	}
	n.visit(m)
	n.files(m)
	if slices.ContainsFunc(m.system.Patrons(), func(p sigb.Patron) bool { return p.Waiting }) {
		return nil
	}
	return m
}

// set changes a library's settings at the hub.
func (n *network) set(m *member, change func(*cards.Library)) {
	_, err := n.hub.store.EditLibrary(ctx, m.code, "", func(l *cards.Library) error {
		change(l)
		return nil
	})
	n.expectNil(err)
}

func toggled(list []sigb.Field, f sigb.Field) []sigb.Field {
	if slices.Contains(list, f) {
		return slices.DeleteFunc(slices.Clone(list), func(other sigb.Field) bool { return other == f })
	}
	return append(slices.Clone(list), f)
}
