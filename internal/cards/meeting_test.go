package cards_test

import (
	"slices"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// Two cards are of two people only where both the name and the birth date
// differ, however little of them is said: systems cut names, hold the year only,
// or know a reader by the name at birth.
func TestWhoMayBeOnePerson(t *testing.T) {
	helene := cards.Card{LastName: "Dupré", BirthName: "Martin", FirstName: "Hélène", BirthDate: "1980-02-29"}
	for who, c := range map[string]struct {
		other cards.Card
		one   bool
	}{
		"another name and birth date":        {cards.Card{LastName: "Roux", FirstName: "Paul", BirthDate: "2012-05-06"}, false},
		"another first name and birth date":  {cards.Card{LastName: "Dupré", FirstName: "Paul", BirthDate: "2012-05-06"}, false},
		"another last name and birth date":   {cards.Card{LastName: "Roux", FirstName: "Hélène", BirthDate: "2012-05-06"}, false},
		"another name":                       {cards.Card{LastName: "Roux", FirstName: "Paul", BirthDate: "1980-02-29"}, true},
		"another name, the year of birth":    {cards.Card{LastName: "Roux", FirstName: "Paul", BirthDate: "1980"}, true},
		"another name, another year":         {cards.Card{LastName: "Roux", FirstName: "Paul", BirthDate: "1981"}, false},
		"another name, no birth date":        {cards.Card{LastName: "Roux", FirstName: "Paul"}, true},
		"another birth date":                 {cards.Card{LastName: "DUPRE", FirstName: "HELENE", BirthDate: "1980-02-28"}, true},
		"by her birth name":                  {cards.Card{LastName: "Martin", FirstName: "Hélène", BirthDate: "1980-02-28"}, true},
		"by another name in use":             {cards.Card{LastName: "Roux", BirthName: "Martin", FirstName: "Hélène", BirthDate: "1980-02-28"}, true},
		"both names cut":                     {cards.Card{LastName: "DUP", FirstName: "HEL", BirthDate: "1980-02-28"}, true},
		"no first name, another birth date":  {cards.Card{LastName: "Dupré", BirthDate: "1980-02-28"}, true},
		"no last name, another birth date":   {cards.Card{FirstName: "Hélène", BirthDate: "1980-02-28"}, true},
		"a first name alone, which differs":  {cards.Card{FirstName: "Paul", BirthDate: "1980-02-28"}, false},
		"no name at all, another birth date": {cards.Card{BirthDate: "1980-02-28"}, true},
	} {
		if got := cards.MaybeOnePerson(&helene, &c.other); got != c.one {
			t.Errorf("%s: %v", who, got)
		}
		if got := cards.MaybeOnePerson(&c.other, &helene); got != c.one {
			t.Errorf("%s, the other way round: %v", who, got)
		}
	}
}

// A library that knew of the card corrects its reader's name and birth date. One
// that need not have known of it under this number speaks of somebody else.
func TestANumberGivenToAnotherPersonIsRefused(t *testing.T) {
	paul := says(cards.Card{LastName: "Roux", FirstName: "Paul", BirthDate: "2012-05-06"}, cards.LastName, cards.FirstName, cards.BirthDate)
	hour := func(h int) time.Time { return at(h, paul).ChangedAt }
	for why, c := range map[string]struct {
		number string // under which it is sent
		change func(in *cards.MergeInput)
		result cards.Result
	}{
		"it has the card":                       {"A1", func(*cards.MergeInput) {}, cards.Modified},
		"it was never handed it":                {"A1", func(in *cards.MergeInput) { in.Sent, in.Handed, in.Passed = nil, nil, 0 }, cards.Rejected},
		"under a number that was replaced":      {"Z1", func(in *cards.MergeInput) { in.Handed = &cards.Card{Number: "A1", Former: []string{"Z1"}} }, cards.Rejected},
		"under a number it does not know it by": {"A1", func(in *cards.MergeInput) { in.Handed, in.Sent = &cards.Card{Number: "Z1"}, nil }, cards.Rejected},
		"under a number it was handed it by":    {"A1", func(in *cards.MergeInput) { in.Handed = &cards.Card{Number: "C1", Former: []string{"a1"}} }, cards.Modified},
		"under a number it has sent it by":      {"A1", func(in *cards.MergeInput) { in.Handed = &cards.Card{Number: "Z1"} }, cards.Modified},
		"under a number the card got since, what it was handed unknown": {"A1", func(in *cards.MergeInput) {
			in.Handed, in.Passed, in.Sent.Card.Number, in.Current.Seqs[cards.FormerNumbers] = nil, 1, "Z1", 2
		}, cards.Rejected},
		"under a number it has sent it by, what it was handed unknown": {"A1", func(in *cards.MergeInput) {
			in.Handed, in.Passed, in.Current.Seqs[cards.FormerNumbers] = nil, 1, 2
		}, cards.Modified},
		"under a number it came for, what it was handed unknown": {"A1", func(in *cards.MergeInput) {
			in.Handed, in.Passed, in.Sent.Card.Number, in.Current.Seqs[cards.FormerNumbers] = nil, 2, "Z1", 2
		}, cards.Modified},
		"under a number it may have been shown": {"A1", func(in *cards.MergeInput) {
			in.Handed, in.Passed, in.Listed, in.Sent.Card.Number, in.Current.Seqs[cards.FormerNumbers] = nil, 1, 2, "Z1", 2
		}, cards.Modified},
		"it gave the number to another before":     {"A1", func(in *cards.MergeInput) { in.OtherPerson = true }, cards.Rejected},
		"in place of numbers that are other cards": {"A1", func(in *cards.MergeInput) { in.TakesOver = true }, cards.Rejected},
		"in a record changed before":               {"A1", func(in *cards.MergeInput) { in.Incoming.ChangedAt = hour(8) }, cards.Rejected},
		"in a record changed later":                {"A1", func(in *cards.MergeInput) { in.Incoming.ChangedAt = hour(10) }, cards.Modified},
		"in a document that may be older": {"A1", func(in *cards.MergeInput) {
			in.Sent.Moment = cards.Moment{Made: hour(20), Arrived: hour(9)}
			in.Moment = cards.Moment{Made: hour(8), Arrived: hour(12)}
		}, cards.Rejected},
		"before, as the card was once": {"A1", func(in *cards.MergeInput) {
			in.Incoming.ChangedAt, in.Past = hour(8), cards.FieldsOf(cards.LastName, cards.FirstName, cards.BirthDate)
		}, cards.Unchanged},
		"before, as it was itself": {"A1", func(in *cards.MergeInput) {
			in.Incoming.ChangedAt, in.Sent.Card.BirthDate = hour(8), "2012-05-06"
		}, cards.Modified},
	} {
		k := newCard()
		k.send(mours, says(cards.Card{LastName: "Dupré", FirstName: "Hélène", BirthDate: "1980-02-29"}, cards.LastName, cards.FirstName, cards.BirthDate))
		k.hand(mours)
		k.current.Card.Former = []string{"Z1"}
		in := k.input(mours, paul)
		in.Incoming.Number, in.Sent.Card.ChangedAt, in.Sent.Card.Number, in.Incoming.ChangedAt = c.number, hour(9), "A1", hour(9)
		c.change(&in)
		d := cards.Merge(in)
		if d.Result != c.result {
			t.Errorf("%s: %s", why, d.Result)
		}
		if d.Result == cards.Rejected && (d.Fault == nil || d.Fault.Code != cards.FaultOtherPerson || d.Fault.Field != cards.NumberField || d.Fault.Message == "") {
			t.Errorf("%s: %+v", why, d.Fault)
		}
	}
}

// The library of enrolment wins, and what it sent itself is not taken from it by a
// later change elsewhere; else who changed the card later, where both say when.
func TestWhoWinsWhereALibraryMeetsACard(t *testing.T) {
	for why, c := range map[string]struct {
		settled    bool
		was, later time.Time
		want       string
	}{
		"changed later":                               {false, morning, morning.Add(time.Hour), "2"},
		"changed at the same time":                    {false, morning, morning, "1"},
		"changed before":                              {false, morning, morning.Add(-time.Hour), "1"},
		"changed later than the library of enrolment": {true, morning, morning.Add(time.Hour), "1"},
		"what stands does not say when":               {false, time.Time{}, morning, "1"},
		"the one that meets it does not":              {false, morning, time.Time{}, "1"},
	} {
		k := newCard()
		first := says(cards.Card{Phone: "1", EnrolledAt: "ailleurs"}, cards.Phone, cards.EnrolledAt)
		first.ChangedAt = c.was
		k.send(mours, first)
		k.current.Settled = c.settled
		second := phone("2")
		second.ChangedAt = c.later
		d := k.send(peyrins, second)
		if d.Card.Phone != c.want || len(d.Notes) != 1 || d.Notes[0].Kind != cards.NoteConflict || d.Notes[0].Rule != cards.RuleMeeting {
			t.Errorf("%s: %q stands, noted %+v", why, d.Card.Phone, d.Notes)
		}
	}
}

// What only adds to a card is no difference between two libraries: nobody has to
// be asked. What takes something away, or was cleared, is.
func TestWhatAMeetingAddsIsNoConflict(t *testing.T) {
	mother := cards.Guardian{LastName: "Dupré", FirstName: "Hélène", Phone: "1"}
	father := cards.Guardian{LastName: "Roux", FirstName: "Jean"}
	uncle := cards.Guardian{LastName: "Roux", FirstName: "Paul"}
	moved := mother
	moved.Phone = "2"
	for why, c := range map[string]struct {
		stands, in cards.Incoming
		want       []cards.Guardian
		former     []string
		conflict   bool
	}{
		"a second former number": {
			says(cards.Card{Former: []string{"B1"}}, cards.FormerNumbers), says(cards.Card{Former: []string{"C1"}}, cards.FormerNumbers), nil, []string{"B1", "C1"}, false,
		},
		"a second guardian":            {named(false, mother), named(false, father), []cards.Guardian{father, mother}, nil, false},
		"a second one, the list whole": {named(false, mother), named(true, mother, father), []cards.Guardian{mother, father}, nil, false},
		"another one alone":            {named(false, mother), named(true, father), []cards.Guardian{mother}, nil, true},
		"one who moved":                {named(false, mother), named(false, moved), []cards.Guardian{mother}, nil, true},
		"a third, for whom no room is": {named(false, mother, father), named(false, uncle), []cards.Guardian{mother, father}, nil, true},
	} {
		k := newCard()
		k.send(mours, c.stands)
		d := k.send(peyrins, c.in)
		if !slices.Equal(d.Card.Guardians, c.want) || !slices.Equal(d.Card.Former, c.former) {
			t.Errorf("%s: %+v %v", why, d.Card.Guardians, d.Card.Former)
		}
		if conflict := slices.Contains(noted(d), cards.NoteConflict); conflict != c.conflict {
			t.Errorf("%s: a conflict: %v", why, conflict)
		}
	}
	k := newCard()
	k.send(mours, phone("1"))
	k.send(mours, phone(""))
	if d := k.send(peyrins, phone("2")); d.Card.Phone != "" || !slices.Contains(noted(d), cards.NoteConflict) {
		t.Errorf("what was cleared: %q, noted %v", d.Card.Phone, noted(d))
	}
}

// A card is met once: what a library sends after that, it changed.
func TestACardIsMetOnce(t *testing.T) {
	k := newCard()
	k.send(mours, phone("1"))
	k.send(peyrins, phone("2"))
	d := k.send(peyrins, phone("3"))
	if d.Card.Phone != "3" || len(d.Reasons) != 1 || d.Reasons[0].Rule != cards.RuleChanged || !slices.Equal(noted(d), []cards.NoteKind{cards.NoteConflict}) {
		t.Errorf("%q stands, by %+v, noted %v", d.Card.Phone, d.Reasons, noted(d))
	}
}
