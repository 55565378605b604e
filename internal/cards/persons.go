package cards

import "slices"

// Persons are the readers whose cards guardians are named by, by the keys of the
// numbers they are named with, be these replaced ones.
type Persons map[string]Card

// Strangers lists the card numbers to be looked up: only their cards tell
// whether a guardian a document names is one that stands under another number,
// or by name.
func (in *Incoming) Strangers(x *Card) []string {
	if !in.Given.Has(Guardians) {
		return nil
	}
	fresh, others := unlike(in.Guardians, x.Guardians), unlike(x.Guardians, in.Guardians)
	if len(fresh) == 0 || len(others) == 0 {
		return nil
	}
	var numbers []string
	for _, g := range slices.Concat(fresh, others) {
		if g.Number != "" {
			numbers = append(numbers, g.Number)
		}
	}
	return numbers
}

// unlike are the guardians of a list of whom another one does not know.
func unlike(list, known []Guardian) []Guardian {
	return slices.DeleteFunc(slices.Clone(list), func(g Guardian) bool { return slices.ContainsFunc(known, g.isPerson) })
}

// Recognise gives a document's guardians the number and name under which they
// stand in the card x, where it is only by their own cards that they are one
// person: one of them was given another number, or one library holds the number
// and another the name. A number is not given up for a name.
func (in *Incoming) Recognise(x *Card, persons Persons) {
	others := unlike(x.Guardians, in.Guardians)
	named := slices.Clone(in.Guardians)
	for i, g := range named {
		if slices.ContainsFunc(x.Guardians, g.isPerson) {
			continue
		}
		if at := slices.IndexFunc(others, func(other Guardian) bool { return persons.same(g, other) }); at >= 0 {
			if others[at].Number != "" {
				named[i].Number = others[at].Number
			}
			named[i].LastName, named[i].FirstName = others[at].LastName, others[at].FirstName
			others = slices.Delete(others, at, at+1)
		}
	}
	in.Guardians = named
}

// same reports whether two guardians are one person by their cards.
func (p Persons) same(a, b Guardian) bool {
	one, other := p.of(a), p.of(b)
	switch {
	case a.Number != "" && b.Number != "":
		return isNumber(one.Number, other.Number)
	case a.Number != "":
		return b.hasNameOf(&one)
	}
	return b.Number != "" && a.hasNameOf(&other)
}

func (p Persons) of(g Guardian) Card {
	if card, known := p[NumberKey(g.Number)]; known {
		return card
	}
	return Card{Number: g.Number}
}

// hasNameOf reports whether a guardian who is named by name has that of a reader.
func (g Guardian) hasNameOf(c *Card) bool {
	return g.LastName != "" && (sameName(g.LastName, c.LastName) || sameName(g.LastName, c.BirthName)) && sameName(g.FirstName, c.FirstName)
}
