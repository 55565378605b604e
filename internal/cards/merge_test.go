package cards_test

import (
	"slices"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// step is one thing that happens to a card; want is what stands in the field
// afterwards.
type step struct {
	by     *cards.Library
	in     cards.Incoming
	hand   *cards.Library // is handed the card instead
	result cards.Result
	want   string
	byHub  bool
	behind bool
	note   cards.NoteKind
}

func hand(l *cards.Library) step { return step{hand: l} }

func TestRulesOfTheMerge(t *testing.T) {
	capitals := &cards.Library{ID: 3, Code: "capitales"}
	narrow := &cards.Library{ID: 4, Code: "etroite", Widths: map[cards.Field]int{cards.LastName: 5}}
	without := &cards.Library{ID: 5, Code: "sans-telephone", NotHeld: cards.FieldsOf(cards.Phone)}
	const one, two, three = "04 75 00 00 01", "04 75 00 00 02", "04 75 00 00 03"
	for why, steps := range map[string][]step{
		"1 the same changes nothing": {
			{by: mours, in: phone(one), result: cards.Created, want: one},
			{by: mours, in: phone("+33 4.75.00.00.01"), result: cards.Unchanged, want: one},
		},
		"2 a poorer form leaves the richer": {
			{by: mours, in: name("Dupré"), result: cards.Created, want: "Dupré"},
			hand(capitals),
			{by: capitals, in: name("DUPRE"), result: cards.Unchanged, want: "Dupré"},
			{by: capitals, in: name("DUPRE"), result: cards.Unchanged, want: "Dupré"},
		},
		"2 a poorer form from the one who sent the richer is meant": {
			{by: mours, in: name("Dupré"), result: cards.Created, want: "Dupré"},
			{by: mours, in: name("Dupre"), result: cards.Modified, want: "Dupre"},
		},
		"2 a poorer form from the one who sent it before another made it richer is not": {
			{by: capitals, in: name("DUPRE"), result: cards.Created, want: "DUPRE"},
			hand(mours),
			{by: mours, in: name("Dupré"), result: cards.Modified, want: "Dupré"},
			{by: capitals, in: name("DUPRE"), result: cards.Unchanged, want: "Dupré"},
		},
		"2 what a narrow system cuts": {
			{by: mours, in: name("Martineau"), result: cards.Created, want: "Martineau"},
			hand(narrow),
			{by: narrow, in: name("MARTI"), result: cards.Unchanged, want: "Martineau"},
			hand(peyrins),
			{by: peyrins, in: name("MARTI"), result: cards.Modified, want: "MARTI"},
		},
		"3 the holder changes it": {
			{by: mours, in: phone(one), result: cards.Created, want: one},
			{by: mours, in: phone(two), result: cards.Modified, want: two},
			{by: mours, in: phone(one), result: cards.Modified, want: one},
		},
		"3 the holder of a poorer form changes it": {
			{by: mours, in: name("Dupré"), result: cards.Created, want: "Dupré"},
			hand(capitals),
			{by: capitals, in: name("DUPRE"), result: cards.Unchanged, want: "Dupré"},
			{by: capitals, in: name("ROUX"), result: cards.Modified, want: "ROUX"},
		},
		"3 the holder clears it": {
			{by: mours, in: phone(one), result: cards.Created, want: one},
			{by: mours, in: phone(""), result: cards.Modified, want: ""},
		},
		"4 one who sends again what it sent before is behind": {
			{by: mours, in: phone(one), result: cards.Created, want: one},
			hand(peyrins),
			{by: peyrins, in: phone(two), result: cards.Modified, want: two},
			{by: mours, in: phone(one), result: cards.Unchanged, want: two, behind: true},
		},
		"4 one who sends again what it was handed before is behind": {
			{by: mours, in: phone(one), result: cards.Created, want: one},
			hand(peyrins),
			{by: mours, in: phone(two), result: cards.Modified, want: two},
			{by: peyrins, in: phone(one), result: cards.Unchanged, want: two, behind: true},
		},
		"4 one who sends what its system left of what it was handed before is behind": {
			{by: mours, in: name("Dupré"), result: cards.Created, want: "Dupré"},
			hand(capitals),
			{by: mours, in: name("Roux"), result: cards.Modified, want: "Roux"},
			{by: capitals, in: name("DUPRE"), result: cards.Unchanged, want: "Roux", behind: true},
		},
		"4 in doubt where it was handed what stands": {
			{by: mours, in: phone(one), result: cards.Created, want: one},
			hand(peyrins),
			{by: peyrins, in: phone(two), result: cards.Modified, want: two},
			hand(mours),
			{by: mours, in: phone(one), result: cards.Unchanged, want: two, behind: true, note: cards.NoteDoubt},
		},
		"6 one who was handed what stands changes it": {
			{by: mours, in: phone(one), result: cards.Created, want: one},
			hand(peyrins),
			{by: peyrins, in: phone(two), result: cards.Modified, want: two},
		},
		"6 one who did not know changes it: a conflict": {
			{by: mours, in: phone(one), result: cards.Created, want: one},
			hand(peyrins),
			{by: mours, in: phone(two), result: cards.Modified, want: two},
			{by: peyrins, in: phone(three), result: cards.Modified, want: three, note: cards.NoteConflict},
		},
		"4 one who sends again what anybody sent before is behind": {
			{by: mours, in: phone(one), result: cards.Created, want: one},
			hand(peyrins),
			{by: peyrins, in: phone(two), result: cards.Modified, want: two},
			{by: peyrins, in: phone(three), result: cards.Modified, want: three},
			hand(mours),
			{by: mours, in: phone(two), result: cards.Unchanged, want: three, behind: true, note: cards.NoteDoubt},
		},
		"5 one who meets the card loses against the library of enrolment": {
			{by: mours, in: phone(one), result: cards.Created, want: one},
			{by: peyrins, in: phone(two), result: cards.Unchanged, want: one, behind: true, note: cards.NoteConflict},
		},
		"5 the library of enrolment wins": {
			{by: peyrins, in: says(cards.Card{Phone: one, EnrolledAt: "mours"}, cards.Phone, cards.EnrolledAt), result: cards.Created, want: one},
			{by: mours, in: phone(two), result: cards.Modified, want: two, byHub: true, note: cards.NoteConflict},
		},
		"5 neither enrolled it: the later change wins": {
			{by: peyrins, in: at(8, says(cards.Card{Phone: one, EnrolledAt: "ailleurs"}, cards.Phone, cards.EnrolledAt)), result: cards.Created, want: one},
			{by: mours, in: at(9, phone(two)), result: cards.Modified, want: two, byHub: true, note: cards.NoteConflict},
			{by: capitals, in: at(7, phone(three)), result: cards.Unchanged, want: two, behind: true, note: cards.NoteConflict},
			{by: narrow, in: phone(three), result: cards.Unchanged, want: two, behind: true, note: cards.NoteConflict},
		},
		"5 two people were given one number": {
			{by: mours, in: person("Dupré", "1980-02-29"), result: cards.Created, want: "Dupré"},
			{by: peyrins, in: person("Roux", "2011-05-04"), result: cards.Rejected, want: "Dupré"},
		},
		"5 one person whose name or birth date differs": {
			{by: mours, in: person("Dupré", "1980-02-29"), result: cards.Created, want: "Dupré"},
			{by: peyrins, in: person("DUPRE", "1981-02-28"), result: cards.Unchanged, want: "Dupré", behind: true, note: cards.NoteConflict},
			{by: narrow, in: person("Roux", "1980"), result: cards.Unchanged, want: "Dupré", behind: true, note: cards.NoteConflict},
		},
		"5 one who was handed the card before changes it": {
			{by: mours, in: person("Dupré", "1980-02-29"), result: cards.Created, want: "Dupré"},
			hand(peyrins),
			{by: peyrins, in: person("Roux", "2011-05-04"), result: cards.Modified, want: "Roux", note: cards.NoteConflict},
		},
		"empty from one who never held it says nothing": {
			{by: mours, in: phone(one), result: cards.Created, want: one},
			{by: peyrins, in: phone(""), result: cards.Unchanged, want: one},
			{by: peyrins, in: phone(""), result: cards.Unchanged, want: one},
		},
		"empty from one who was handed it clears it": {
			{by: mours, in: phone(one), result: cards.Created, want: one},
			hand(peyrins),
			{by: peyrins, in: phone(""), result: cards.Modified, want: ""},
		},
		"an absent field changes nothing": {
			{by: mours, in: phone(one), result: cards.Created, want: one},
			{by: mours, in: says(cards.Card{Email: "h@example.org"}, cards.Email), result: cards.Modified, want: one},
		},
		"a field its system does not have is ignored": {
			{by: mours, in: phone(one), result: cards.Created, want: one},
			hand(without),
			{by: without, in: phone(two), result: cards.Unchanged, want: one},
			{by: without, in: phone(""), result: cards.Unchanged, want: one},
		},
		"a field its system does not have is not created either": {
			{by: without, in: phone(two), result: cards.Created, want: ""},
		},
		"a change without having seen another's goes to its sender too": {
			{by: mours, in: phone(one), result: cards.Created, want: one},
			{by: peyrins, in: says(cards.Card{Email: "h@example.org"}, cards.Email), result: cards.Modified, want: one, byHub: true},
		},
	} {
		t.Run(why, func(t *testing.T) { play(t, steps) })
	}
}

// play looks at the phone where a document speaks of it, else the name, else
// what the last document spoke of.
func play(t *testing.T, steps []step) {
	t.Helper()
	k := newCard()
	for i, s := range steps {
		if s.hand != nil {
			k.hand(s.hand)
			continue
		}
		d := k.send(s.by, s.in)
		got := k.current.Card.Phone
		if s.in.Given.Has(cards.LastName) {
			got = k.current.Card.LastName
		}
		if d.Result != s.result || got != s.want {
			t.Errorf("step %d, %s: %s, %q; want %s, %q", i+1, s.by.Code, d.Result, got, s.result, s.want)
		}
		if d.ByHub != s.byHub || (d.Behind != 0) != s.behind {
			t.Errorf("step %d, %s: by the hub %v, behind %v", i+1, s.by.Code, d.ByHub, d.Behind.Fields())
		}
		if kinds := noted(d); (s.note == "") != (len(kinds) == 0) || s.note != "" && kinds[0] != s.note {
			t.Errorf("step %d, %s: noted %v, want %q", i+1, s.by.Code, kinds, s.note)
		}
	}
}

func noted(d cards.Decision) []cards.NoteKind {
	var kinds []cards.NoteKind
	for _, n := range d.Notes {
		kinds = append(kinds, n.Kind)
	}
	return kinds
}

func at(hour int, in cards.Incoming) cards.Incoming {
	in.ChangedAt = time.Date(2026, 11, 20, hour, 0, 0, 0, time.UTC)
	return in
}

func person(name, birth string) cards.Incoming {
	return says(cards.Card{LastName: name, BirthDate: birth}, cards.LastName, cards.BirthDate)
}

// A library that entered a card the network knows adds what nobody had said.
func TestMeetingACardAddsToIt(t *testing.T) {
	k := newCard()
	k.send(mours, phone("1"))
	guardian := cards.Guardian{LastName: "Dupré"}
	d := k.send(peyrins, says(cards.Card{Email: "h@example.org", Guardians: []cards.Guardian{guardian}, Former: []string{"B1"}},
		cards.Email, cards.Guardians, cards.FormerNumbers))
	if d.Card.Email != "h@example.org" || len(d.Card.Guardians) != 1 || len(d.Card.Former) != 1 || len(d.Notes) != 0 || !d.ByHub {
		t.Errorf("%+v", d)
	}
}

// What a library was handed between the making and the arrival of its document
// may have replaced what it sent: it is no longer known to hold that.
func TestCrossedSendingIsNotHeld(t *testing.T) {
	k := newCard()
	k.send(mours, phone("1"))
	in := k.input(mours, phone("2"))
	in.Crossed, in.Overtaken = cards.FieldsOf(cards.Phone), true
	k.apply(in)
	k.hand(mours)
	if d := k.send(mours, phone("1")); d.Changed != 0 || noted(d)[0] != cards.NoteDoubt {
		t.Errorf("taken for a change of its own: %+v", d)
	}
}

// What a library said and lost never stood. Where it says so again, of a record
// that it changed before the one it sent last, that may be typed or of an old
// backup: it is taken, and noted.
func TestWhatAnOlderRecordSaysIsNoted(t *testing.T) {
	for name, c := range map[string]struct {
		hour    int  // of the record's change
		changed bool // that another library has changed the card since, and it was handed that
		notes   int
	}{
		"its own change, older":         {hour: 8, notes: 1},
		"its own change, later":         {hour: 11},
		"after another's change, older": {hour: 8, changed: true, notes: 1},
		"after another's change, later": {hour: 11, changed: true},
	} {
		k := newCard()
		k.send(peyrins, phone("1"))
		k.send(mours, at(8, phone("2")))
		k.hand(mours)
		k.send(mours, at(10, phone("3")))
		if c.changed {
			k.hand(peyrins)
			k.send(peyrins, phone("4"))
			k.hand(mours)
		}
		if d := k.send(mours, at(c.hour, phone("5"))); d.Card.Phone != "5" || len(d.Notes) != c.notes {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

// Two documents of one library, the second of which puts the first value back,
// are both on their way while it is handed that value once more: what it was
// handed after it had made both explains neither.
func TestPutBackBeforeTheOldValueCameAgainIsADoubt(t *testing.T) {
	for overtaken, want := range map[bool]int{true: 1, false: 0} {
		k := newCard()
		k.send(peyrins, phone("1"))
		k.hand(mours)
		first := k.input(mours, phone("2"))
		first.Crossed, first.Overtaken = cards.FieldsOf(cards.Phone), true
		k.apply(first)
		second := k.input(mours, phone("1"))
		second.Overtaken = overtaken
		if d := k.apply(second); d.Changed != 0 || len(d.Notes) != want {
			t.Errorf("handed after the second was made: %v: %+v", overtaken, d)
		}
	}
}

// What a library sent before it was handed another value explains nothing it
// sends later, though that other value does not stand any more either; be there
// still more on its way to it when it makes its document.
func TestPutBackToWhatItSentBeforeIsADoubt(t *testing.T) {
	for name, want := range map[string]int{"in time": 1, "overtaken by what it was handed": 0, "overtaken by something else": 1} {
		k := newCard()
		k.send(mours, phone("1"))
		k.hand(peyrins)
		k.send(peyrins, phone("2"))
		k.hand(mours)
		k.send(peyrins, phone("3"))
		in := k.input(mours, phone("1"))
		if in.Overtaken = name != "in time"; name == "overtaken by something else" {
			in.HandedThen, in.HandedThenSeq = in.Handed, in.HandedSeq
		}
		if d := k.apply(in); d.Changed != 0 || len(d.Notes) != want {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

// Two readers were given one number: the second's library was handed the first's
// card, which its system did not take, and sends its own for the first time. It may
// be a correction, and is taken; but whose name vanishes is told to staff.
func TestAnotherPersonsNameOnACardThatWasHandedIsNoted(t *testing.T) {
	named := func(last, first, birth string) cards.Incoming {
		return says(cards.Card{LastName: last, FirstName: first, BirthDate: birth}, cards.LastName, cards.FirstName, cards.BirthDate)
	}
	for name, c := range map[string]struct {
		first bool // that mours sends the card
		in    cards.Incoming
		notes int
	}{
		"another person":                   {true, named("Roux", "Paul", "2012-05-06"), 3},
		"a name that was mistyped":         {true, named("Dupret", "Helena", "1980-02-29"), 0},
		"a birth date that was mistyped":   {true, named("Dupré", "Hélène", "1981-03-28"), 0},
		"a correction of what it has sent": {false, named("Roux", "Paul", "2012-05-06"), 0},
	} {
		k := newCard()
		k.send(peyrins, named("Dupré", "Hélène", "1980-02-29"))
		k.hand(mours)
		if !c.first {
			k.send(mours, named("Dupré", "Hélène", "1980-02-29"))
		}
		d := k.send(mours, c.in)
		if d.Result != cards.Modified || len(d.Notes) != c.notes {
			t.Errorf("%s: %+v", name, d)
		}
		for _, n := range d.Notes {
			if n.Kind != cards.NoteConflict || !n.Taken || n.Lost.LastName != "Dupré" {
				t.Errorf("%s: %+v", name, n)
			}
		}
	}
}

// A library has a new system, which holds e-mail addresses: what its desk types
// first was typed without knowing what the network has.
func TestTheFirstValueOfANewlyHeldFieldIsNoted(t *testing.T) {
	mail := func(v string) cards.Incoming { return says(cards.Card{Email: v}, cards.Email) }
	for since, want := range map[int64]int{0: 0, 1: 1} {
		k := newCard()
		k.send(peyrins, mail("a@example.org"))
		newly := &cards.Library{ID: 9, Code: "equipee", HeldSince: map[cards.Field]int64{cards.Email: since}}
		k.hand(newly)
		if d := k.send(newly, mail("b@example.org")); d.Changed == 0 || len(d.Notes) != want {
			t.Errorf("held since %d: %+v", since, d)
		}
	}
}

// A list that may have shown a card does not make an empty field one that was cleared, for its library need not have
// taken it: that is for a person to say. Where it was shown before the system has the field, it says nothing.
func TestEmptyFromWhoMayHaveBeenShownAValueIsADoubt(t *testing.T) {
	for name, c := range map[string]struct {
		listed, held int64
		notes        int
	}{
		"it was shown it": {listed: 2, notes: 1},
		"it was shown it before its system had mails": {listed: 2, held: 2},
		"it was shown the card before that":           {listed: 1},
		"it was shown nothing":                        {},
	} {
		k := newCard()
		k.send(peyrins, phone("1"))
		k.send(peyrins, says(cards.Card{Email: "a@example.org"}, cards.Email))
		in := k.input(&cards.Library{ID: 9, Code: "equipee", HeldSince: map[cards.Field]int64{cards.Email: c.held}}, says(cards.Card{}, cards.Email))
		in.Listed = c.listed
		if d := k.apply(in); d.Changed != 0 || len(d.Notes) != c.notes || c.notes > 0 && (d.Notes[0].Kind != cards.NoteDoubt || !d.Behind.Has(cards.Email)) {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

// A library whose system refused a card takes it at last, its desk puts the old
// value back at once, and its clock is late: the document seems to be older than
// what it was handed. Nobody can tell what it held before; what it sent explains
// nothing then.
func TestPutBackWhileWhatItHeldIsUnknownIsADoubt(t *testing.T) {
	for name, want := range map[string]int{"what it held is unknown": 1, "it held its own": 0} {
		k := newCard()
		k.send(mours, phone("1"))
		k.hand(peyrins)
		k.send(peyrins, phone("2"))
		in := k.input(mours, phone("1"))
		in.Crossed, in.Overtaken, in.Passed, in.Handed = cards.FieldsOf(cards.Phone), true, 1, nil
		if name == "it held its own" {
			in.HandedThen, in.HandedThenSeq = &k.past[0], 1
		}
		if d := k.apply(in); d.Changed != 0 || len(d.Notes) != want {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

// What a library was handed while its change was on its way may have replaced the change in its system. Should it say the same
// again once somebody else has changed the value, its having said so before explains nothing.
func TestTypedAgainAfterWhatCrossedItIsADoubt(t *testing.T) {
	for crossed, want := range map[cards.FieldSet]int{cards.FieldsOf(cards.Phone): 1, 0: 0} {
		k := newCard()
		k.send(peyrins, phone("1"))
		k.hand(mours)
		first := k.input(mours, phone("2"))
		first.Crossed, first.Overtaken = crossed, crossed != 0
		k.apply(first)
		k.hand(peyrins)
		k.send(peyrins, phone("3"))
		if d := k.send(mours, phone("2")); d.Changed != 0 || len(d.Notes) != want {
			t.Errorf("crossed %v: %+v", crossed, d)
		}
	}
}

// A desk that gives a reader a new number leaves the old record's values under
// it: they undo nothing of what the new number's card says.
func TestWhatAReplacedRecordSaidIsNoChange(t *testing.T) {
	for replaced, want := range map[cards.FieldSet]string{0: "2", cards.FieldsOf(cards.Phone): "1"} {
		k := newCard()
		k.send(mours, phone("1"))
		k.hand(peyrins)
		in := k.input(peyrins, phone("2"))
		in.Replaced = replaced
		if d := k.apply(in); d.Card.Phone != want || replaced != 0 && len(d.Notes) != 1 {
			t.Errorf("replaced %v: %+v", replaced, d)
		}
	}
}

func TestCardSentUnderANumberThatWasReplaced(t *testing.T) {
	under := func(number string, in cards.Incoming) cards.Incoming { in.Number = number; return in }
	k := newCard()
	k.send(mours, phone("1"))
	k.hand(peyrins)
	k.current.Card.Number, k.current.Card.Former = "B1", []string{"A1"}
	d := k.send(mours, phone("2"))
	if d.Card.Phone != "2" || d.Card.Number != "B1" || !d.ByHub {
		t.Errorf("its change does not land: %+v", d)
	}
	k.send(mours, under("B1", says(cards.Card{Phone: "3", Former: []string{"A1"}}, cards.Phone, cards.FormerNumbers)))
	if d := k.send(mours, phone("1")); d.Result != cards.Stale || d.Card.Phone != "3" {
		t.Errorf("the record it left lying changes the card: %+v", d)
	}
	if d := k.send(mours, under("B1", says(cards.Card{Former: []string{"b1"}}, cards.FormerNumbers))); d.Changed != 0 {
		t.Errorf("a card replaces itself: %+v", d.Card.Former)
	}
}

// A library was handed the card under its new number, and sends it under the old one: its system did not take that, so it
// is handed its own change too.
func TestAChangeSentUnderAFormerNumberGoesToItsSenderToo(t *testing.T) {
	for number, byHub := range map[string]bool{"A1": true, "B1": false} {
		k := newCard()
		k.send(mours, phone("1"))
		k.current.Card.Number, k.current.Card.Former = "B1", []string{"A1"}
		k.hand(mours)
		in := phone("2")
		in.Number = number
		if d := k.send(mours, in); d.Card.Phone != "2" || d.ByHub != byHub {
			t.Errorf("under %s: %q, by the hub %v", number, d.Card.Phone, d.ByHub)
		}
	}
}

// Two records of one reader were joined elsewhere under a new number, and a library that holds both sends them in turn:
// what one says changes nothing the other said.
func TestTwoRecordsALibraryStillHoldsDoNotChangeEachOther(t *testing.T) {
	under := func(number string, in cards.Incoming) cards.Incoming { in.Number = number; return in }
	k := newCard()
	k.send(mours, phone("1"))
	k.hand(peyrins)
	k.send(peyrins, phone("2"))
	k.current.Card.Number, k.current.Card.Former = "C1", []string{"A1", "B1"}
	in := k.input(peyrins, under("B1", phone("1")))
	in.Past = cards.FieldsOf(cards.Phone)
	if d := k.apply(in); d.Changed != 0 || len(d.Notes) != 1 {
		t.Errorf("the other record changes the card: %+v", d)
	}
	in = k.input(peyrins, under("B1", phone("3")))
	if d := k.apply(in); d.Card.Phone != "3" {
		t.Errorf("a change of the record last sent does not land: %+v", d)
	}
}

// Others joined the two records a library holds of one reader, and it was handed what that made. It sends the one under the
// number that goes on: that it says less there is no change of what the other one says, unless it names that one as replaced.
func TestTheRecordThatGoesOnTakesNothingFromTheReplacedOne(t *testing.T) {
	for replaces, want := range map[string]string{"": "2018-02-28", "a1": "2018"} {
		k := newCard()
		k.send(mours, born("2018-02-28"))
		k.current.Card.Number, k.current.Card.Former = "B1", []string{"A1"}
		k.seq++
		k.current.Seqs[cards.FormerNumbers] = k.seq
		k.hand(mours)
		less := born("2018")
		less.Number = "B1"
		if replaces != "" {
			less.Former, less.Given = []string{replaces}, less.Given.With(cards.FormerNumbers)
		}
		if d := k.send(mours, less); d.Card.BirthDate != want {
			t.Errorf("a record that replaces %q leaves %q", replaces, d.Card.BirthDate)
		}
	}
}

// The record a library left lying stays behind however often the card is
// replaced elsewhere.
func TestRecordLeftLyingStaysBehind(t *testing.T) {
	under := func(number string, in cards.Incoming) cards.Incoming { in.Number = number; return in }
	k := newCard()
	k.send(peyrins, under("B1", phone("3")))
	k.current.Card.Number, k.current.Card.Former = "C1", []string{"A1", "B1"}
	if d := k.send(peyrins, under("A1", phone("2"))); d.Result != cards.Stale || d.Card.Phone != "3" {
		t.Errorf("sent under A1 after B1: %+v", d)
	}
	if d := k.send(peyrins, under("B1", phone("4"))); d.Result != cards.Modified || d.Card.Phone != "4" {
		t.Errorf("sent under B1 as before: %+v", d)
	}
}

func TestReasonsAreKept(t *testing.T) {
	k := newCard()
	k.send(mours, phone("1"))
	d := k.send(mours, phone("2"))
	if len(d.Reasons) != 1 || d.Reasons[0] != (cards.Reason{Field: cards.Phone, Rule: cards.RuleHolder, Taken: true, Against: 1}) {
		t.Errorf("%+v", d.Reasons)
	}
}

func TestCreationFillsInTheDefaults(t *testing.T) {
	in := says(cards.Card{LastName: "Dupré", Address: cards.Address{Town: "Mours"}}, cards.LastName, cards.PostalAddress)
	d := newCard().send(mours, in)
	if d.Card.EnrolledAt != "mours" || d.Card.Address.Country != "FR" || d.ByHub {
		t.Errorf("%+v", d)
	}
	if want := cards.FieldsOf(cards.LastName, cards.PostalAddress, cards.EnrolledAt); d.Changed != want {
		t.Errorf("changed %v", d.Changed.Fields())
	}
	if d = newCard().send(mours, name("Roux")); !d.Card.Address.IsZero() {
		t.Errorf("a country without an address: %+v", d.Card.Address)
	}
}

// A card replaces no number twice, nor its own, however it is spelt.
func TestCreationOfACardThatReplacesOthers(t *testing.T) {
	in := says(cards.Card{Former: []string{"a1", "B1", "b1", "C1"}, LastName: "Dupré"}, cards.FormerNumbers, cards.LastName)
	if d := newCard().send(mours, in); !slices.Equal(d.Card.Former, []string{"B1", "C1"}) {
		t.Errorf("former numbers %v", d.Card.Former)
	}
}

// A library that went back to a backup is not known to hold what it sent before.
func TestCreationFromBeforeABackupIsTheHubs(t *testing.T) {
	k := newCard()
	in := k.input(mours, name("Dupré"))
	in.Crossed = in.Incoming.Given
	if d := cards.Merge(in); d.Result != cards.Created || !d.ByHub {
		t.Errorf("%s, by the hub %v", d.Result, d.ByHub)
	}
}

func TestCountryIsKeptWhereNoneIsSaid(t *testing.T) {
	k := newCard()
	home := cards.Address{Lines: []string{"1 rue Haute"}, Town: "Tournai", Country: "BE"}
	k.send(mours, says(cards.Card{Address: home}, cards.PostalAddress))
	home.Country = ""
	if d := k.send(mours, says(cards.Card{Address: home}, cards.PostalAddress)); d.Result != cards.Unchanged {
		t.Errorf("the same address without its country: %+v", d)
	}
	home.Lines = []string{"2 rue Haute"}
	if d := k.send(mours, says(cards.Card{Address: home}, cards.PostalAddress)); d.Card.Address.Country != "BE" || d.Result != cards.Modified ||
		d.Reasons[0].Rule != cards.RuleHolder {
		t.Errorf("%+v, by %+v", d.Card.Address, d.Reasons)
	}
	home.Country = "FR"
	if d := k.send(mours, says(cards.Card{Address: home}, cards.PostalAddress)); d.Card.Address.Country != "FR" {
		t.Errorf("another country: %+v", d.Card.Address)
	}
	k = newCard()
	k.send(mours, name("Dupré"))
	home.Country = ""
	if d := k.send(mours, says(cards.Card{Address: home}, cards.PostalAddress)); d.Card.Address.Country != "FR" {
		t.Errorf("a first address: %+v", d.Card.Address)
	}
}

// A system that knows no countries is behind with an address it was handed, and not with the same street of another country.
func TestAnAddressOfBeforeIsKnownWithoutItsCountry(t *testing.T) {
	in := func(country string) cards.Incoming {
		return says(cards.Card{Address: cards.Address{Lines: []string{"1 rue Haute"}, Town: "Mons", Country: country}}, cards.PostalAddress)
	}
	for country, behind := range map[string]bool{"": true, "BE": true, "FR": false} {
		k := newCard()
		k.send(mours, in("BE"))
		k.hand(peyrins)
		k.send(mours, says(cards.Card{Address: cards.Address{Town: "Tournai", Country: "BE"}}, cards.PostalAddress))
		if d := k.send(peyrins, in(country)); d.Behind.Has(cards.PostalAddress) != behind || (d.Changed == 0) != behind {
			t.Errorf("country %q: behind %v, %+v", country, d.Behind.Fields(), d.Card.Address)
		}
	}
}

func TestOlderDocumentsChangeNothing(t *testing.T) {
	at := func(minute int) time.Time { return morning.Add(time.Duration(minute) * time.Minute) }
	for why, c := range map[string]struct {
		first, second cards.Moment
		stale         bool
	}{
		"made before, arrived after":         {cards.Moment{Made: at(5), Arrived: at(6)}, cards.Moment{Made: at(1), Arrived: at(9)}, true},
		"made after, arrived before":         {cards.Moment{Made: at(5), Arrived: at(9)}, cards.Moment{Made: at(6), Arrived: at(8)}, false},
		"made at the same moment":            {cards.Moment{Made: at(5), Arrived: at(6)}, cards.Moment{Made: at(5), Arrived: at(5)}, false},
		"one does not say: arrived before":   {cards.Moment{Made: at(5), Arrived: at(6)}, cards.Moment{Arrived: at(5)}, true},
		"neither says: arrived after":        {cards.Moment{Arrived: at(5)}, cards.Moment{Arrived: at(6)}, false},
		"neither says: arrived before":       {cards.Moment{Arrived: at(5)}, cards.Moment{Arrived: at(4)}, true},
		"one does not say: arrived together": {cards.Moment{Arrived: at(5)}, cards.Moment{Made: at(1), Arrived: at(5)}, false},
	} {
		k := newCard()
		first := k.input(mours, phone("1"))
		first.Moment = c.first
		k.apply(first)
		before := *k.sent["mours"]
		second := k.input(mours, phone("2"))
		second.Moment = c.second
		d := k.apply(second)
		if (d.Result == cards.Stale) != c.stale {
			t.Errorf("%s: %s", why, d.Result)
		}
		if c.stale && (d.Changed != 0 || k.current.Card.Phone != "1" || k.sent["mours"].Card.Phone != before.Card.Phone) {
			t.Errorf("%s: something changed", why)
		}
		// Another library's document is not measured against this one's.
		other := k.input(peyrins, phone("3"))
		other.Moment = cards.Moment{Arrived: at(0)}
		if d := cards.Merge(other); d.Result == cards.Stale {
			t.Errorf("%s: another library's document is stale", why)
		}
	}
}

func TestFormerNumbersAreNeverTakenBack(t *testing.T) {
	k := newCard()
	former := func(numbers ...string) cards.Incoming {
		return says(cards.Card{Former: numbers}, cards.FormerNumbers)
	}
	k.send(mours, former("B1"))
	k.hand(peyrins)
	if d := k.send(peyrins, former("b1", "B2")); !slices.Equal(d.Card.Former, []string{"B1", "B2"}) || d.ByHub {
		t.Errorf("%v, by the hub %v", d.Card.Former, d.ByHub)
	}
	if d := k.send(mours, former()); d.Result != cards.Unchanged {
		t.Errorf("taken back: %v", d.Card.Former)
	}
	if d := k.send(mours, former("B2")); d.Result != cards.Unchanged {
		t.Errorf("taken back: %v", d.Card.Former)
	}
}

// A library whose list was joined with what it never saw must be handed that.
func TestJoinedListsGoToTheSenderToo(t *testing.T) {
	mother, father := cards.Guardian{LastName: "Dupré", FirstName: "Hélène"}, cards.Guardian{LastName: "Roux", FirstName: "Jean"}
	for why, c := range map[string]struct{ first, second cards.Incoming }{
		"former numbers": {says(cards.Card{Former: []string{"B1"}}, cards.FormerNumbers), says(cards.Card{Former: []string{"B2"}}, cards.FormerNumbers)},
		"guardians": {
			says(cards.Card{Guardians: []cards.Guardian{mother}}, cards.Guardians), says(cards.Card{Guardians: []cards.Guardian{father}}, cards.Guardians),
		},
	} {
		k := newCard()
		k.send(mours, c.first)
		if d := k.send(peyrins, c.second); !d.ByHub || len(d.Card.Former)+len(d.Card.Guardians) != 2 {
			t.Errorf("%s not seen: by the hub %v, %+v", why, d.ByHub, d.Card)
		}
		k = newCard()
		k.send(mours, c.first)
		k.hand(peyrins)
		k.send(peyrins, says(cards.Card{EnrolledAt: "mours"}, cards.EnrolledAt))
		if d := k.send(peyrins, c.second); d.ByHub {
			t.Errorf("%s seen: by the hub", why)
		}
	}
}

// named is a document that names guardians: all of them, where it is complete.
func named(complete bool, list ...cards.Guardian) cards.Incoming {
	in := says(cards.Card{Guardians: list}, cards.Guardians)
	in.GuardiansComplete = complete
	return in
}

func TestGuardians(t *testing.T) {
	mother := cards.Guardian{LastName: "Dupré", FirstName: "Hélène", Phone: "1"}
	father := cards.Guardian{LastName: "Roux", FirstName: "Jean"}
	uncle := cards.Guardian{LastName: "Roux", FirstName: "Paul"}
	moved := mother
	moved.Phone = "2"
	for why, c := range map[string]struct {
		in     cards.Incoming
		result cards.Result
		want   []cards.Guardian
	}{
		"one of two named":             {named(false, mother), cards.Unchanged, []cards.Guardian{mother, father}},
		"one of two changed":           {named(false, moved), cards.Modified, []cards.Guardian{moved, father}},
		"a third takes the place":      {named(false, uncle), cards.Modified, []cards.Guardian{uncle, mother}},
		"the list is complete":         {named(true, mother), cards.Modified, []cards.Guardian{mother}},
		"there is none any more":       {named(true), cards.Modified, nil},
		"upper case leaves the richer": {named(false, cards.Guardian{LastName: "DUPRE", FirstName: "HELENE", Phone: "1"}), cards.Unchanged, []cards.Guardian{mother, father}},
	} {
		k := newCard()
		k.send(mours, named(false, mother, father))
		k.hand(peyrins)
		if d := k.send(peyrins, c.in); d.Result != c.result || !slices.Equal(d.Card.Guardians, c.want) {
			t.Errorf("%s: %s %+v", why, d.Result, d.Card.Guardians)
		}
	}
	k := newCard()
	k.send(mours, named(false, mother, father))
	k.hand(peyrins)
	k.send(peyrins, named(false, moved))
	if d := k.send(mours, named(false, mother)); d.Result != cards.Unchanged || d.Behind == 0 {
		t.Errorf("an old guardian came back: %s %+v", d.Result, d.Card.Guardians)
	}
}

// Somebody cleared a value the library still has: it must hear of it, though
// it changed another field meanwhile.
func TestClearedFieldReachesOneWhoStillHasIt(t *testing.T) {
	both := func(phone, mail string) cards.Incoming {
		return says(cards.Card{Phone: phone, Email: mail, EnrolledAt: "mours"}, cards.Phone, cards.Email, cards.EnrolledAt)
	}
	k := newCard()
	k.send(mours, both("1", "a@example.org"))
	k.hand(peyrins)
	k.send(peyrins, both("", "a@example.org"))
	d := k.send(mours, both("1", "b@example.org"))
	if d.Result != cards.Modified || d.Card.Phone != "" || d.Card.Email != "b@example.org" || !d.ByHub || !d.Behind.Has(cards.Phone) {
		t.Errorf("%+v", d)
	}
	partial := says(cards.Card{Email: "c@example.org"}, cards.Email)
	k = newCard()
	k.send(mours, both("1", "a@example.org"))
	k.hand(peyrins)
	k.send(peyrins, both("", "a@example.org"))
	if d := k.send(mours, partial); !d.ByHub {
		t.Errorf("its phone is still there: %+v", d)
	}
}

func TestOvertakenDocumentIsTheHubs(t *testing.T) {
	k := newCard()
	k.send(mours, phone("1"))
	in := k.input(mours, phone("2"))
	in.Crossed, in.Overtaken = cards.FieldsOf(cards.Phone), true
	if d := cards.Merge(in); !d.ByHub || d.Card.Phone != "2" {
		t.Errorf("%+v", d)
	}
}

func TestChangedAtIsNoChange(t *testing.T) {
	k := newCard()
	in := phone("1")
	in.ChangedAt = morning
	k.send(mours, in)
	in.ChangedAt = morning.Add(time.Hour)
	if d := k.send(mours, in); d.Result != cards.Unchanged || !d.Card.ChangedAt.Equal(morning) {
		t.Errorf("%+v", d)
	}
	in.Phone = "2"
	if d := k.send(mours, in); !d.Card.ChangedAt.Equal(in.ChangedAt) {
		t.Errorf("%+v", d)
	}
	if d := k.send(mours, phone("3")); !d.Card.ChangedAt.Equal(in.ChangedAt) {
		t.Errorf("a document that does not say: %+v", d.Card.ChangedAt)
	}
}

func TestRememberKeepsWhatWasNotGiven(t *testing.T) {
	var s *cards.Sent
	first := says(cards.Card{Phone: "1", Email: "a@example.org"}, cards.Phone, cards.Email)
	one := s.Remember(mours, &first, cards.Moment{Arrived: morning}, nil, 7, 0)
	second := says(cards.Card{Phone: ""}, cards.Phone)
	two := one.Remember(mours, &second, cards.Moment{Arrived: morning.Add(time.Hour)}, nil, 9, 0)
	if two.Card.Phone != "" || two.Card.Email != "a@example.org" || two.Given != cards.FieldsOf(cards.Phone, cards.Email) {
		t.Errorf("%+v", two)
	}
	if two.Seqs[cards.Phone] != 9 || two.Seqs[cards.Email] != 7 || !two.Moment.Arrived.Equal(morning.Add(time.Hour)) {
		t.Errorf("%+v", two)
	}
	if one.Card.Phone != "1" {
		t.Error("what was remembered before changed")
	}
}

// Whether its list of guardians was whole is remembered with the list, and not with documents that say nothing of it.
func TestRememberKeepsThatAListWasWhole(t *testing.T) {
	var s *cards.Sent
	whole, part, none := guardians(cards.Guardian{LastName: "Dupré"}), guardians(cards.Guardian{LastName: "Roux"}), phone("1")
	whole.GuardiansComplete = true
	for _, step := range []struct {
		in   cards.Incoming
		want bool
	}{{none, false}, {whole, true}, {none, true}, {part, false}} {
		next := s.Remember(mours, &step.in, cards.Moment{Arrived: morning}, nil, 1, 0)
		if s = &next; s.GuardiansComplete != step.want {
			t.Errorf("after %v: whole %v", step.in.Given.Fields(), s.GuardiansComplete)
		}
	}
}

// What was written down before the card had a seq came with the card's first; what says its own keeps it.
func TestFieldsThatCameWithTheCard(t *testing.T) {
	s := cards.Sent{Given: cards.FieldsOf(cards.Phone, cards.Email)}
	s.Seqs[cards.Email] = 3
	s.CameWith(7)
	if s.Seqs[cards.Phone] != 7 || s.Seqs[cards.Email] != 3 || s.Seqs[cards.LastName] != 0 {
		t.Errorf("%v", s.Seqs)
	}
}

// It may have been handed the value that was cleared or the card without it:
// saying nothing, it is not known to have learnt of it.
func TestWhatMayHaveBeenHandedIsNotKnownToBeGone(t *testing.T) {
	k := newCard()
	k.send(mours, phone("1"))
	k.send(mours, phone(""))
	in := k.input(peyrins, says(cards.Card{Email: "a@example.org"}, cards.Email))
	in.Passed = 1
	in.Current.Card.EnrolledAt = ""
	if d := cards.Merge(in); !d.ByHub {
		t.Errorf("%+v", d)
	}
	in.Passed = 0
	if d := cards.Merge(in); d.ByHub {
		t.Errorf("it never heard of the value: %+v", d)
	}
}

// A file was made before its library was handed the card, and came after: what
// it had never heard of then it has not cleared.
func TestAFileThatIsOvertakenClearsNothingItHadNotHeardOf(t *testing.T) {
	k := newCard()
	k.send(mours, says(cards.Card{LastName: "Dupré", Phone: "04 75 00 00 00"}, cards.LastName, cards.Phone))
	k.hand(peyrins)
	in := k.input(peyrins, says(cards.Card{LastName: "Dupré", Email: "h@example.org"}, cards.LastName, cards.Phone, cards.Email))
	in.Overtaken, in.Crossed = true, cards.FieldsOf(cards.Phone, cards.Email)
	d := k.apply(in)
	if d.Card.Phone == "" || d.Card.Email == "" || len(d.Notes) != 1 || d.Notes[0].Kind != cards.NoteDoubt || !d.Behind.Has(cards.Phone) {
		t.Errorf("%+v", d)
	}
}
