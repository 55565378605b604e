package proof_test

import (
	"slices"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sigb"
)

// Here the ledger says what must stand in the end.

// last is the last edit of a value that the hub was given in time. What stood already, or less of it, does not count, unless
// the hub could tell that it was meant.
func (l *ledger) last(n *network, p *person, f cards.Field) *edit {
	var last *edit
	for _, e := range l.edits {
		if e.who == p && e.field == f && e.doc > 0 && !e.late && (!e.poorer && !e.idle || l.alone(n, e)) {
			last = e
		}
	}
	return last
}

// audit looks whether every last edit stands in the end, or was noted.
func (l *ledger) audit(t tester, n *network, holds []sigb.Card) {
	t.Helper()
	notes := n.peek.notes(t)
	for _, e := range l.edits {
		switch {
		case e.doc == 0:
			l.count.unsent++
		case e.late:
			l.count.late++
		default:
			l.count.edits++
		}
	}
	for _, k := range notes {
		if k.kind == string(cards.NoteConflict) {
			l.count.conflicts++
		} else {
			l.count.doubts++
		}
	}
	l.addsInPeace(n, notes)
	for _, c := range holds {
		p := l.person(c.Number)
		if p == nil {
			t.Fatalf("the hub holds %s, which nobody enrolled", c.Number)
		}
		if l.split(n, p, holds) {
			continue
		}
		for _, f := range watched {
			if e := l.last(n, p, f); e != nil {
				l.stands(t, n, e, valueOf(f, &c), notes)
			}
		}
	}
}

// addsInPeace: what a library that meets a card adds to it, where nobody ever had a value, is taken, and staff are not told.
func (l *ledger) addsInPeace(n *network, notes []note) {
	for _, o := range notes {
		kept := cardOf(&o.kept)
		f, err := cards.ParseField(o.field)
		if err != nil || o.rule != cards.RuleMeeting || !slices.Contains(watched, f) || valueOf(f, &kept) != "" {
			continue
		}
		if !slices.ContainsFunc(l.history, func(k change) bool { return k.card == o.card && k.field == f }) {
			n.fail("what adds a %s to %s was kept out, where nobody had one", f, l.byCard[o.card].first)
		}
	}
}

// split reports whether the network holds two cards of one reader: a desk replaced one and its system overwrote that before
// the network was told. What was typed on either is no edit of the other.
func (l *ledger) split(n *network, p *person, holds []sigb.Card) bool {
	held := l.heldOf(p, holds)
	if len(held) > 1 && !p.untold() {
		n.fail("the network holds %v of one reader, though it was told of every replacement", held)
	}
	return len(held) > 1
}

// heldOf are the numbers of the cards the network has of a reader.
func (l *ledger) heldOf(p *person, holds []sigb.Card) (numbers []string) {
	for _, c := range holds {
		if l.person(c.Number) == p {
			numbers = append(numbers, c.Number)
		}
	}
	return numbers
}

// untold reports whether the network never heard of some replacement.
func (p *person) untold() bool {
	for _, numbers := range p.replaced {
		if len(numbers) > 0 {
			return true
		}
	}
	return false
}

// stands judges one last edit by what the network holds.
func (l *ledger) stands(t tester, n *network, e *edit, now string, notes []note) {
	t.Helper()
	if now == e.value || l.typedLess(e, now) {
		return
	}
	alone := l.alone(n, e)
	if e.mild() && kin(now, e.value) && !alone {
		return
	}
	if l.noted(e, notes) && !alone {
		l.count.keptOut++
		return
	}
	by := l.overwriter(e)
	switch {
	case n.rewritesSilently(e.field) && stem(e.field, now) == stem(e.field, e.value), by != nil && by.undeclared(e.field):
		l.count.rewritten++
	case by != nil && (!by.sendsFirst || by.withholds[e.who] || by.neverGot(e.who, now)), e.known, e.unheard, l.stoodBefore(e), l.cameFirst(e):
		l.count.behind++
	default:
		who := "nobody"
		if by != nil {
			who = by.code
		}
		n.fail("lost: %s typed %q as %s of %s (edit %d, document %d); the network holds %q, from %s, and nothing is noted",
			e.by.code, e.value, e.field, e.who.first, e.order, e.doc, now, who)
	}
}

// overwriter is the library whose document replaced an edit's value; nil where the value never stood.
func (l *ledger) overwriter(e *edit) *member {
	var by *member
	for _, k := range slices.Backward(l.history) {
		if k.who != e.who || k.field != e.field {
			continue
		}
		// Its system may have a poorer form only, or somebody typed less of it.
		if k.value == e.value || e.mild() && richer(k.value, e.value) || l.typedLess(e, k.value) {
			return by
		}
		by = e.by.network.byID(k.by)
	}
	return nil
}
