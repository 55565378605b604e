package proof_test

import (
	"slices"
	"time"

	"github.com/carte-reseau/hub/internal/sigb"
	"pgregory.net/rapid"
)

// backup is a copy of a library's database.
type backup struct {
	made   bool
	system sigb.Backup
	from   string  // where its next harvest began
	waits  []*edit // what was typed and not sent
	knows  int     // how many edits there were
}

// heardOf is what no desk types: an edit that may have been sent before its system went back is not undone by typing back.
const heardOf = "\x00"

func (n *network) backUp(t *rapid.T) {
	m := n.anyone(t)
	m.backup = backup{made: true, system: m.system.Backup(), from: m.client.From(), waits: n.ledger.waiting(m), knows: len(n.ledger.edits)}
	n.ledger.tell("%s makes a backup", m.code)
	n.clock.pass(2 * time.Second) // what is typed later has another time
}

// restore is a library that goes back to its backup and has staff deliver everything again. Its whole file may come before
// that: its records tell that they are older. A desk that goes on before that types over what it does not see.
func (n *network) restore(t *rapid.T) {
	m := n.one(t, func(m *member) bool { return m.backup.made })
	if m == nil {
		return
	}
	n.ledger.tell("%s restores its backup", m.code)
	m.list, m.fetched = nil, false
	m.system.Restore(m.backup.system)
	m.client.Rewind(m.backup.from)
	m.outliveFiles()
	for _, p := range n.ledger.persons {
		m.restored[p] = true
	}
	for _, e := range n.ledger.waiting(m) {
		e.undone = true
	}
	for _, e := range m.backup.waits { // it comes anew, and what was typed after it is no more
		e.undone, m.withholds[e.who] = false, true
		e.was = heardOf
	}
	const one, all = 1, 2
	switch early := rapid.IntRange(0, 5).Draw(t, "online too early"); {
	case early == one:
		m.sendsFirst = false
		n.visit(m)
	case early == all && m.gives == byPost:
		m.early = true
		_, err := m.client.PostAll(ctx)
		m.early = false
		n.expectNil(err)
	}
	_, err := n.hub.store.DeliverAgain(ctx, m.id, "Claire")
	n.expectNil(err)
	n.noteOwed(m)
}

// outliveFiles notes which files on their way tell of what its system has no more.
func (m *member) outliveFiles() {
	for i := range m.files {
		m.files[i].outlived = m.files[i].outlived || m.files[i].knows > m.backup.knows
	}
	for i := range m.stored {
		m.stored[i].outlived = m.stored[i].outlived || m.stored[i].knows > m.backup.knows
	}
}

// fellBackTo notes whose cards a file holds that came after its system went back to a backup: what that sends of them next
// is, to the hub, what its desk typed last.
func (m *member) fellBackTo(held []sigb.Card) {
	for _, c := range held {
		p := m.network.ledger.person(c.Number)
		m.fellBack[p], m.withholds[p] = true, true
	}
}

// untouched reports whether a library posts all it has before staff know that it went back to a backup, and its desk had not
// touched the record since that was made: what it was handed and sent on in between bears the same time, so that nothing
// tells that this is older. It acts over what it does not see.
func (m *member) untouched(p *person) bool {
	said := m.said[p]
	patron, held := m.system.Patron(said.card.Number)
	if !m.early || !held || patron.ModifiedAt.Before(said.touched) {
		return false
	}
	m.withholds[p] = true
	return true
}

// fromBackup reports whether a library that went back to a backup says what it had typed before, and what was kept out then,
// beside something new: that never stood, so it cannot be told from an edit. It is noted.
func (l *ledger) fromBackup(t tester, m *member, k change) bool {
	said := slices.ContainsFunc(l.edits, func(e *edit) bool {
		return e.by == m && e.who == k.who && e.field == k.field && e.value == k.value && e.doc > 0
	})
	stood := slices.ContainsFunc(l.history, func(o change) bool {
		return o.who == k.who && o.field == k.field && o.value == k.value && o.seq < k.seq
	})
	return m.restored[k.who] && said && !stood && slices.ContainsFunc(l.peek.notes(t), func(o note) bool {
		return o.seq == k.seq && o.field == k.field.String()
	})
}

// waiting are what a desk has typed and its system has not sent.
func (l *ledger) waiting(m *member) []*edit {
	return slices.DeleteFunc(slices.Clone(l.edits), func(e *edit) bool { return e.by != m || e.doc > 0 || e.sent || e.undone })
}
