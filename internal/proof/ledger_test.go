package proof_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sigb"
)

// ledger is what the desks typed and what became of it.
type ledger struct {
	persons []*person
	byCard  map[int64]*person // the hub's cards
	edits   []*edit
	history []change
	count   tally
	peek    *peek
	story   []string
	latest  map[*person]latest
	docs    int
	seen    int64 // the last version looked at
}

// person is one reader, under however many numbers.
type person struct {
	first   string
	numbers map[string]bool // folded
	given   map[string]bool // those among them the hub was told of
	// replaced are those a desk replaced, by library, until the hub is told.
	replaced map[*member][]string
	strange
}

// steady reports whether nobody changes f of this person: with another name and another birth date it would be another
// person.
func (p *person) steady(f cards.Field) bool {
	if p.first[len(p.first)-2]%2 == 0 {
		return f == cards.LastName || f == cards.FirstName
	}
	return f == cards.BirthDate
}

// edit is one value typed at one desk.
type edit struct {
	by    *member
	who   *person
	field cards.Field
	value string
	typed sigb.Card // the value as its system holds it
	// less: the desk typed less than what stood there, and meant it. poorer: the network had heard of that.
	less   bool
	poorer bool
	was    string // the value before it
	sent   bool   // it is on its way, in a file
	undone bool   // typed back to what it was before anything was sent
	order  int
	at     int64 // the second in which it was typed
	doc    int   // the document that brought it to the hub; 0 none yet
	late   bool  // that document was out of date: the library had said more meanwhile
	known  bool  // it says no more than what the library was handed last
	idle   bool  // it says no more than what stood when it came
	// blurred: when its library sent the card before, others had changed it since its last list, and it was handed something
	// in that very second: to the hub, that may have come after it.
	blurred bool
	unheard bool // see clearedUnheard and resentUnheard
	// restored: its library had gone back to a backup, and not sent the card since.
	restored bool
}

// change is a value the hub took from a library.
type change struct {
	card  int64
	who   *person
	field cards.Field
	value string
	by    int64
	seq   int64
}

// tell keeps what happened, for whoever reads a failure.
func (l *ledger) tell(format string, args ...any) {
	l.story = append(l.story, fmt.Sprintf(format, args...))
}

func (l *ledger) person(number string) *person {
	for _, p := range l.persons {
		if p.lent[number] {
			return p
		}
	}
	for _, p := range l.persons {
		if p.numbers[strings.ToLower(number)] {
			return p
		}
	}
	return nil
}

func (l *ledger) enrol(number string) *person {
	if p := l.person(number); p != nil {
		return p
	}
	p := &person{first: number, numbers: map[string]bool{strings.ToLower(number): true}, given: map[string]bool{}, replaced: map[*member][]string{}}
	l.persons = append(l.persons, p)
	return p
}

// typed records what changed at a desk.
func (l *ledger) typed(m *member, p *person, before, after *sigb.Card, poorer bool) {
	for _, f := range watched {
		if value := valueOf(f, after); value != valueOf(f, before) {
			l.tell("edit %d: %s types %q as %s of %s", len(l.edits), m.code, value, f, p.first)
			if l.undo(m, p, f, valueOf(f, before), value) {
				continue
			}
			var one sigb.Card
			put(f, &one, after.Clone())
			less := poorer || richer(valueOf(f, before), value)
			l.edits = append(l.edits, &edit{
				by: m, who: p, field: f, value: value, typed: one, less: less, poorer: less && !l.unsent(m, p, f, valueOf(f, before)),
				was: valueOf(f, before), order: len(l.edits), at: m.network.clock.second(),
			})
		}
	}
}

// unsent reports whether a value was typed here and nobody has heard of it yet: less of it is a new value to the network.
func (l *ledger) unsent(m *member, p *person, f cards.Field, value string) bool {
	return slices.ContainsFunc(l.edits, func(e *edit) bool {
		return e.by == m && e.who == p && e.field == f && e.doc == 0 && !e.sent && !e.undone && e.value == value
	})
}

// undo reports whether a desk typed back what stood before its edits that were not sent yet: nobody else will ever hear
// of them.
func (l *ledger) undo(m *member, p *person, f cards.Field, from, to string) bool {
	var waiting []*edit
	for _, e := range l.edits {
		if e.by == m && e.who == p && e.field == f && e.doc == 0 && !e.sent && !e.undone {
			waiting = append(waiting, e)
		}
	}
	for i := len(waiting) - 1; i >= 0 && waiting[i].value == from; i-- {
		from = waiting[i].was
		if from == to {
			for _, e := range waiting[i:] {
				e.undone = true
			}
			return true
		}
	}
	return false
}

// handedIn marks the edits in a file that leaves its library.
func (l *ledger) handedIn(m *member, held []sigb.Card) {
	for _, c := range held {
		for _, e := range l.edits {
			if e.by == m && e.who == l.person(c.Number) && e.value == valueOf(e.field, &c) {
				e.sent = true
			}
		}
	}
}

// arrived is told of a document the hub has integrated: the cards it held, the report on it, and how many edits there were
// when it was made.
func (l *ledger) arrived(t tester, m *member, held []sigb.Card, report sigb.Report, knows int) {
	t.Helper()
	made := l.peek.versionsSince(t, l.seen)
	l.docs++
	held = l.withoutRejected(m, held, report)
	for _, c := range held {
		l.delivered(t, m, &c, report, knows)
	}
	for _, v := range made {
		l.moved(t, m, v)
		l.seen, l.latest[l.byCard[v.card]] = v.seq, latest{by: m, version: v, doc: l.docs, second: m.network.clock.second()}
	}
	for _, c := range held {
		p := l.person(c.Number)
		m.met[p] = true
		delete(m.restored, p)
		delete(m.fellBack, p)
		patron, _ := m.system.Patron(c.Number)
		m.said[p] = said{doc: l.docs, card: c, second: m.network.clock.second(), unseen: l.unseen(m, p), touched: patron.ModifiedAt}
	}
}

// delivered marks the edits a card of a document holds. One that came in a document that was out of date for its card may
// come again: the library was told that it was not taken.
func (l *ledger) delivered(t tester, m *member, c *sigb.Card, report sigb.Report, knows int) {
	t.Helper()
	p := l.person(c.Number)
	if p == nil {
		t.Fatalf("%s sent %s, which nobody enrolled", m.code, c.Number)
	}
	for _, number := range append(c.Clone().OldNumbers, c.Number) {
		if p.numbers[strings.ToLower(number)] {
			p.given[strings.ToLower(number)] = true
		}
	}
	p.replaced[m] = slices.DeleteFunc(p.replaced[m], func(number string) bool { return slices.Contains(c.OldNumbers, number) })
	late := slices.ContainsFunc(report.Cards, func(r sigb.ReportCard) bool {
		return strings.EqualFold(r.Number, c.Number) && r.Result == sigb.ResultStale
	})
	m.inOrder(p, knows, late)
	for _, e := range l.edits[:knows] {
		if e.by == m && e.who == p && (e.doc == 0 || e.late) && !e.undone && e.value == valueOf(e.field, c) && !m.lacks(e.field) {
			e.doc, e.late, e.known = l.docs, late, m.knows(p, e.field, e.value)
			e.unheard, e.restored = m.clearedUnheard(e) || m.resentUnheard(e), m.restored[p]
			stood := l.stood(p, e.field)
			e.idle, e.blurred = stood == e.value || richer(stood, e.value), m.said[p].unseen && m.handedIn[m.said[p].second]
			l.tell("document %d of %s brings edit %d, late %v", l.docs, m.code, e.order, late)
		}
	}
}

// moved looks at a version the hub made of a document: what it took from the library must be what somebody typed there and
// the hub had not had yet.
func (l *ledger) moved(t tester, m *member, v version) {
	t.Helper()
	p := l.person(v.content.Number)
	if p == nil {
		t.Fatalf("the hub made up %s", v.content.Number)
	}
	l.byCard[v.card] = p
	c := cardOf(&v.content)
	for _, f := range watched {
		if !v.changed.Has(f) {
			continue
		}
		k := change{card: v.card, who: p, field: f, value: valueOf(f, &c), by: v.by, seq: v.seq}
		before := l.stood(p, f)
		l.unchangedIsFree(m, k, v)
		if before != "" && !v.first && (!v.takesOver() || !l.had(p, f, k.value) && !l.joined(t, k)) {
			l.firstMeeting(m, p, f, v)
		}
		l.history = append(l.history, k)
		l.tell("document %d of %s makes version %d: %s of %s is %q", l.docs, m.code, v.seq, f, p.first, k.value)
		typed := slices.ContainsFunc(l.edits, func(e *edit) bool {
			return e.by == m && e.who == p && e.field == f && e.doc == l.docs && !e.late && e.value == k.value
		})
		if !v.first && !typed && !l.againByHarvest(m, k) && (k.value != before || !v.takesOver()) && !richer(k.value, before) {
			l.carried(t, m, k, v.takesOver())
		}
	}
}

// had reports whether a value has stood on a card of the reader: one that takes over another has its later values.
func (l *ledger) had(p *person, f cards.Field, value string) bool {
	return slices.ContainsFunc(l.history, func(k change) bool { return k.who == p && k.field == f && k.value == value })
}

// joined reports whether a value stands, and is noted, over that of another record of its reader: on the one its library met
// there may have been none.
func (l *ledger) joined(t tester, k change) bool {
	return slices.ContainsFunc(l.peek.notes(t), func(o note) bool {
		return o.rule == cards.RuleJoined && o.seq == k.seq && o.field == k.field.String()
	})
}

// unchangedIsFree: what a card says already makes no version of it. Only where it takes over the record of a replaced number
// can a value come back that the hub has had of the reader.
func (l *ledger) unchangedIsFree(m *member, k change, v version) {
	for _, o := range slices.Backward(l.history) {
		if o.card != k.card || o.field != k.field {
			continue
		}
		if o.value == k.value && !v.takesOver() {
			m.network.fail("version %d of %s changes its %s to what it was: %q", v.seq, k.who.first, k.field, k.value)
		}
		return
	}
}

// unseen reports whether others changed the card since the library's last list; or before its end, but too late to be in
// the list as it was.
func (l *ledger) unseen(m *member, p *person) bool {
	return slices.ContainsFunc(l.history, func(k change) bool { return k.who == p && k.by != m.id && k.seq > min(m.mark, m.sees[p]) })
}

// latest is the version that stands, and the document it was made of.
type latest struct {
	by      *member
	version version
	doc     int
	second  int64 // of its making
}

// said is what a library sent last of a card.
type said struct {
	doc    int
	card   sigb.Card
	second int64
	unseen bool // others had changed the card
	// touched is when its desk had changed it last, where it came at once.
	touched time.Time
}

// firstMeeting: of two libraries that never heard of each other's card, the one of enrolment is believed, else who changed
// it later.
func (l *ledger) firstMeeting(m *member, p *person, f cards.Field, v version) {
	stood, known := l.latest[p]
	if !known || m.met[p] || stood.version.card != v.card || stood.version.content.EnrolledAt == m.code || l.ended(p, m.network.clock.today()) || l.passed(m, p) {
		return
	}
	if now, then := v.content.ChangedAt, stood.version.content.ChangedAt; !now.After(then) {
		m.network.fail("%s met %s for the first time, is not where the reader enrolled and changed it before others did (%v, %v), yet its %s stands",
			m.code, p.first, now, then, f)
	}
}

// passed reports whether a mark of the library has gone past a version of the card without its having been handed: it
// had been replaced by one that came too late for the list, or that a push which broke off never got to. The hub cannot
// know, and notes a conflict.
func (l *ledger) passed(m *member, p *person) bool {
	mark := l.peek.one(m.network.t, "SELECT coalesce(max(seq), 0) FROM marks WHERE library_id = "+number(m.id))
	return slices.ContainsFunc(l.history, func(k change) bool { return k.who == p && k.seq <= mark })
}

// ended reports whether the card was ever one that is in no set: the mark of a library that fetches passes it by, as if it
// had been handed.
func (l *ledger) ended(p *person, today string) bool {
	return slices.ContainsFunc(l.history, func(k change) bool {
		return k.who == p && k.field == cards.EnrolmentDates && k.value[max(0, len(k.value)-len(today)):] < today
	})
}

// handed is told of a card on its way to a library: one it made itself, all of which it sent, it needs not be handed.
func (l *ledger) handed(m *member, c *sigb.Card, onPurpose bool) {
	p := l.person(c.Number)
	stands, sent := l.latest[p], m.said[p]
	m.met[p], m.holds[p], m.sees[p], m.anew[p] = true, c, stands.version.seq, true
	if m.first[p] == 0 {
		m.first[p] = m.network.clock.second()
	}
	if m.handedIn[stands.second] {
		return // documents name the second of their making: to the hub, this one may have been made before what came in it
	}
	if onPurpose || !m.heardAtOnce() || !m.exact() || stands.by != m || sent.doc != stands.doc || !strings.EqualFold(sent.card.Number, c.Number) {
		return
	}
	if slices.ContainsFunc(c.OldNumbers, func(number string) bool { return !slices.Contains(sent.card.OldNumbers, number) }) {
		return // which it has not heard of
	}
	if c.Enrolment.Library != sent.card.Enrolment.Library {
		return // its reader was enrolled elsewhere meanwhile
	}
	for _, f := range watched {
		if valueOf(f, c) != valueOf(f, &sent.card) {
			return
		}
	}
	m.network.fail("%s is handed back what it sent itself of %s", m.code, p.first)
}

// stood is the value before this one.
func (l *ledger) stood(p *person, f cards.Field) string {
	for _, k := range slices.Backward(l.history) {
		if k.who == p && k.field == f {
			return k.value
		}
	}
	return ""
}

// carried judges a value the hub took though nobody typed it there since: it was stale, or what the system made of it.
func (l *ledger) carried(t tester, m *member, k change, joined bool) {
	t.Helper()
	switch {
	case m.undeclared(k.field):
		l.count.rewritten++
	case l.met(t, k, joined): // two libraries enrolled one reader: one of the two values is not the last
	case l.fromBackup(t, m, k), l.ofEitherOrder(t, m, k), l.enteredAnew(t, m, k):
	case l.tookBack(m, k), m.fellBack[k.who], m.untouched(k.who), !m.sendsFirst, m.neverGot(k.who, k.value):
		l.count.behind++
	default:
		m.network.fail("a stale value overwrote an edit: %s of %s became %q by %s, which sends before it receives and had not typed it",
			k.field, k.who.first, k.value, m.code)
	}
}
