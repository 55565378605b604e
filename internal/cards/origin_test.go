package cards_test

import (
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

// A library that changed a card is its origin, and is not handed it, where it is known to hold all of the result. What
// peyrins is known to hold besides the e-mail address it changes depends on what it was handed and what it sent.
func TestWhoChangesACardIsHandedWhatItMayLack(t *testing.T) {
	one, moved := cards.Guardian{LastName: "Dupré", FirstName: "Hélène", Phone: "1"}, cards.Guardian{LastName: "Dupré", FirstName: "Hélène", Phone: "2"}
	other := cards.Guardian{LastName: "Roux", FirstName: "Jean"}
	plain := cards.Guardian{LastName: "DUPRE", FirstName: "HELENE", Phone: "1"}
	former := func(list ...string) cards.Incoming { return says(cards.Card{Former: list}, cards.FormerNumbers) }
	noGuardians := guardians()
	noGuardians.GuardiansComplete = true
	without := &cards.Library{ID: 2, Code: "peyrins", NotHeld: cards.FieldsOf(cards.Phone)}
	for what, c := range map[string]struct {
		by     *cards.Library
		before func(k *card)
		with   cards.Incoming // what it sends with the e-mail address
		byHub  bool
	}{
		"a phone, not handed":                 {peyrins, func(k *card) { k.send(mours, phone("1")) }, cards.Incoming{}, true},
		"a phone, handed":                     {peyrins, func(k *card) { k.send(mours, phone("1")); k.hand(peyrins) }, cards.Incoming{}, false},
		"a phone, sent":                       {peyrins, func(k *card) { k.send(mours, phone("1")) }, phone("1"), false},
		"a phone it has no room for":          {without, func(k *card) { k.send(mours, phone("1")) }, cards.Incoming{}, false},
		"a phone that changed since":          {peyrins, func(k *card) { k.send(mours, phone("1")); k.hand(peyrins); k.send(mours, phone("2")) }, cards.Incoming{}, true},
		"a name, sent poorer, not handed":     {peyrins, func(k *card) { k.send(mours, name("Dupré")) }, name("DUPRE"), true},
		"a name, sent poorer, handed":         {peyrins, func(k *card) { k.send(mours, name("Dupré")); k.hand(peyrins) }, name("DUPRE"), false},
		"a former number, not handed":         {peyrins, func(k *card) { k.send(mours, former("B1")) }, cards.Incoming{}, true},
		"a former number, handed":             {peyrins, func(k *card) { k.send(mours, former("B1")); k.hand(peyrins) }, cards.Incoming{}, false},
		"a former number, sent":               {peyrins, func(k *card) { k.send(mours, former("B1")) }, former("b1"), false},
		"a former number beside the one sent": {peyrins, func(k *card) { k.send(mours, former("B1")) }, former("C1"), true},
		"a former number that came since":     {peyrins, func(k *card) { k.send(mours, former("B1")); k.hand(peyrins); k.send(mours, former("C1")) }, cards.Incoming{}, true},
		"a guardian, not handed":              {peyrins, func(k *card) { k.send(mours, guardians(one)) }, cards.Incoming{}, true},
		"a guardian, handed":                  {peyrins, func(k *card) { k.send(mours, guardians(one)); k.hand(peyrins) }, cards.Incoming{}, false},
		"a guardian, sent":                    {peyrins, func(k *card) { k.send(mours, guardians(one)) }, guardians(one), false},
		"a guardian, sent poorer, not handed": {peyrins, func(k *card) { k.send(mours, guardians(one)) }, guardians(plain), true},
		"a guardian, sent poorer, handed":     {peyrins, func(k *card) { k.send(mours, guardians(one)); k.hand(peyrins) }, guardians(plain), false},
		"a guardian beside the one sent":      {peyrins, func(k *card) { k.send(mours, guardians(one)) }, guardians(other), true},
		"a guardian it is behind with": {peyrins, func(k *card) {
			k.send(mours, guardians(one))
			k.hand(peyrins)
			k.send(mours, guardians(moved))
			k.hand(peyrins)
		}, guardians(one), true},
		"guardians it takes away":                                         {peyrins, func(k *card) { k.send(mours, guardians(one)); k.hand(peyrins) }, noGuardians, false},
		"guardians taken away, not handed":                                {peyrins, func(k *card) { k.send(mours, guardians(one)); k.hand(peyrins); k.send(mours, noGuardians) }, cards.Incoming{}, true},
		"a phone that nobody ever had":                                    {peyrins, func(k *card) { k.send(mours, name("Dupré")); k.send(peyrins, name("Dupré")) }, name("Dupré"), false},
		"a phone that nobody ever had, and what it was handed is unknown": {peyrins, func(k *card) { k.send(mours, name("Dupré")); k.mark["peyrins"] = 1 }, name("Dupré"), false},
		"a phone that was cleared": {peyrins, func(k *card) {
			k.send(mours, phone("1"))
			k.hand(peyrins)
			k.send(mours, phone(""))
		}, cards.Incoming{}, true},
		"a phone that was cleared before it met the card": {peyrins, func(k *card) { k.send(mours, phone("1")); k.send(mours, phone("")) }, cards.Incoming{}, false},
		"a phone of its own that did not stand": {peyrins, func(k *card) {
			k.send(mours, phone("1"))
			k.send(mours, phone(""))
			k.send(peyrins, phone("2"))
		}, cards.Incoming{}, true},
		"a phone of its own that does not stand": {peyrins, func(k *card) { k.send(mours, phone("1")); k.send(mours, phone("")) }, phone("2"), true},
		"a phone it cleared itself":              {peyrins, func(k *card) { k.send(mours, phone("1")); k.hand(peyrins); k.send(peyrins, enrolled(phone(""))) }, cards.Incoming{}, false},
		"a phone it said it has not": {peyrins, func(k *card) {
			k.send(mours, phone("1"))
			k.send(mours, phone(""))
			k.send(peyrins, phone(""))
			k.mark["peyrins"] = 1
		}, cards.Incoming{}, false},
		"a phone it said it has not before it was handed one": {peyrins, func(k *card) {
			k.send(peyrins, phone(""))
			k.send(mours, phone("1"))
			k.hand(peyrins)
			k.send(mours, phone(""))
		}, cards.Incoming{}, true},
	} {
		k := newCard()
		c.before(k)
		in := enrolled(c.with)
		in.Email, in.Given = "changed@example.org", in.Given.With(cards.Email)
		if d := k.send(c.by, in); d.Changed == 0 || d.ByHub != c.byHub {
			t.Errorf("%s: by the hub %v, changed %v", what, d.ByHub, d.Changed.Fields())
		}
	}
}

// enrolled has a document say where the reader of a card that mours made is enrolled.
func enrolled(in cards.Incoming) cards.Incoming {
	in.Number, in.EnrolledAt, in.Given = "A1", "mours", in.Given.With(cards.EnrolledAt)
	return in
}
