package cards_test

import (
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

// A file that was on its way while its library was handed another value knew
// nothing of that value: who typed it is not overruled in silence.
func TestCrossedChangeIsAConflict(t *testing.T) {
	k := newCard()
	k.send(peyrins, phone("1"))
	k.hand(mours)
	k.send(peyrins, phone("2"))
	k.hand(mours) // while its file, of before, is still on its way
	in := k.input(mours, phone("3"))
	in.Crossed, in.Overtaken = cards.FieldsOf(cards.Phone), true
	d := cards.Merge(in)
	if d.Card.Phone != "3" || len(d.Notes) != 1 || d.Notes[0].Kind != cards.NoteConflict || d.Notes[0].Lost.Phone != "2" {
		t.Errorf("%+v", d)
	}
}

// A library puts back what it was before the value it had, while somebody else
// changes that too: it is behind, but not with anything it is known to hold.
func TestPutBackUnseenIsADoubt(t *testing.T) {
	k := newCard()
	k.send(peyrins, phone("1"))
	k.send(peyrins, phone("2"))
	k.hand(mours)
	k.send(peyrins, phone("3"))
	if d := k.send(mours, phone("1")); d.Changed != 0 || len(d.Notes) != 1 || d.Notes[0].Kind != cards.NoteDoubt || d.Notes[0].Lost.Phone != "1" {
		t.Errorf("put back in vain: %+v", d)
	}
	k = newCard()
	k.send(peyrins, phone("1"))
	k.hand(mours)
	k.send(peyrins, phone("2"))
	if d := k.send(mours, phone("1")); d.Changed != 0 || len(d.Notes) != 0 {
		t.Errorf("it sends what it was handed: %+v", d)
	}
}

// What a library was handed before it typed something else is not what it
// holds: who types it again means it.
func TestPutBackWhatWasHandedLongAgoIsADoubt(t *testing.T) {
	k := newCard()
	k.send(peyrins, phone("1"))
	k.hand(mours)
	k.send(mours, phone("2"))
	k.send(peyrins, phone("3"))
	in := k.input(mours, phone("1"))
	in.Handed, in.HandedSeq = &cards.Card{Number: "A1", Phone: "1"}, 1 // its own change went by the hub
	if d := cards.Merge(in); d.Changed != 0 || len(d.Notes) != 1 || d.Notes[0].Kind != cards.NoteDoubt {
		t.Errorf("put back in vain: %+v", d)
	}
	in.Sent.Crossed = cards.FieldsOf(cards.Phone)
	if d := cards.Merge(in); d.Changed != 0 || len(d.Notes) != 0 {
		t.Errorf("it may have been handed over what it typed: %+v", d)
	}
}

// A file says that a field is empty, and its library is handed a value there, or the card, while the file is on its way:
// it cleared nothing.
func TestEmptyBeforeItWasHandedSaysNothing(t *testing.T) {
	for why, c := range map[string]struct {
		then   *cards.Card
		passed int64
		want   string
	}{
		"it was handed the card without a value": {&cards.Card{Number: "A1"}, 1, "1"},
		"it was handed another value":            {&cards.Card{Number: "A1", Phone: "2"}, 1, ""},
		"it was never handed the card":           {nil, 0, "1"},
		"what it was handed is unknown":          {nil, 1, "1"}, // and is a doubt
	} {
		k := newCard()
		k.send(mours, phone("1"))
		k.hand(peyrins)
		in := k.input(peyrins, phone(""))
		in.Crossed, in.Overtaken, in.HandedThen, in.HandedThenSeq, in.Passed = cards.FieldsOf(cards.Phone), true, c.then, 1, c.passed
		if d := cards.Merge(in); d.Card.Phone != c.want {
			t.Errorf("%s: %+v", why, d)
		}
	}
}

// A document waits for a person while its library is handed the newer value. Who made it did not know that, and typed
// nothing: what is not certain to have come later is a doubt still.
func TestWhatWasHandedSinceTheDocumentWasMadeIsNoDoubt(t *testing.T) {
	for why, c := range map[string]struct {
		then   *cards.Card
		later  bool
		doubts int
	}{
		"it says what it held then":                    {&cards.Card{Number: "A1", Phone: "1"}, true, 0},
		"it may have been handed the newer one before": {&cards.Card{Number: "A1", Phone: "1"}, false, 1},
		"it held something else then":                  {&cards.Card{Number: "A1", Phone: "3"}, true, 1},
		"it held the newer one then":                   {&cards.Card{Number: "A1", Phone: "2"}, true, 1},
		"what it held is unknown":                      {nil, true, 1},
	} {
		k := newCard()
		k.send(peyrins, phone("1"))
		k.send(peyrins, phone("2"))
		k.hand(mours)
		in := k.input(mours, phone("1"))
		in.Crossed, in.Overtaken, in.HandedThen, in.HandedThenSeq, in.HandedLater = cards.FieldsOf(cards.Phone), true, c.then, 1, c.later
		if d := cards.Merge(in); d.Changed != 0 || !d.Behind.Has(cards.Phone) || len(d.Notes) != c.doubts {
			t.Errorf("%s: %+v", why, d)
		}
	}
}
