package cards

import (
	"slices"
	"strings"
)

// The report's codes for what the merge and the network refuse.
const (
	FaultOtherPerson = "autre-personne" // a number two people were given
	FaultErased      = "numero-efface"  // the number of a card erased at its reader's request
)

// meeting reports whether the library meets the card for the first time: it
// never sent it and was never handed it.
func (m *merging) meeting() bool { return m.Sent == nil && m.Passed == 0 }

// meet judges a value of a card that two libraries hold without having heard
// of each other's: the library of enrolment wins, else who changed it later,
// else what stands. Staff are told of each difference. What only adds to the
// card is no difference.
func (m *merging) meet(f Field) {
	if m.adds(f) {
		m.accept(f, RuleMeeting)
		return
	}
	taken := m.winsMeeting()
	m.note(f, NoteConflict, RuleMeeting, taken)
	if taken {
		m.accept(f, RuleMeeting)
		return
	}
	m.keepOut(f, RuleMeeting)
}

// adds reports whether f says more than what stands, and nothing else.
func (m *merging) adds(f Field) bool {
	x := &m.Current.Card
	switch f {
	case FormerNumbers:
		return true
	case Guardians:
		return !slices.ContainsFunc(x.Guardians, func(g Guardian) bool {
			return !slices.ContainsFunc(m.incoming.Guardians, func(in Guardian) bool { return sameGuardian(in, g) })
		})
	}
	return f.empty(x) && m.Current.Seqs[f] == 0
}

func (m *merging) winsMeeting() bool {
	x := &m.Current.Card
	if m.Library.Speaks(x.EnrolledAt) {
		return true
	}
	if m.Current.Settled || m.Incoming.ChangedAt.IsZero() || x.ChangedAt.IsZero() {
		return false
	}
	return m.Incoming.ChangedAt.After(x.ChangedAt)
}

// mayBeAnother reports whether the library need not have known of the card under
// this number: whose it is has to be asked then.
func (m *merging) mayBeAnother() bool {
	return m.meeting() || m.replaced() || m.newNumber() || m.OtherPerson || m.TakesOver || m.leftByAnother()
}

// leftByAnother reports whether a record that may be older than what the library
// sent last is of another reader than that, as the card never was: it comes from
// before a backup was restored, and its number has been given anew.
func (m *merging) leftByAnother() bool {
	return (m.ofOlderRecord() || m.unsure()) && !m.Incoming.MaybeOf(&m.Sent.Card, m.Library) && !m.Past.Has(BirthDate)
}

// knownPerson reports whether the card that stands may belong to the reader
// the document speaks of.
func (m *merging) knownPerson() bool { return m.Incoming.MaybeOf(&m.Current.Card, m.Library) }

// MaybeOf reports whether a card may belong to the reader the document speaks
// of: only where both the name and the birth date differ does it not.
func (in *Incoming) MaybeOf(x *Card, l *Library) bool {
	var said Card
	for _, f := range (in.Given &^ l.NotHeld & FieldsOf(LastName, BirthName, FirstName, BirthDate)).Fields() {
		f.take(&said, &in.Card)
	}
	return MaybeOnePerson(&said, x)
}

// MaybeOnePerson reports whether two cards may belong to one reader: not where
// both the name and the birth date differ.
func MaybeOnePerson(a, b *Card) bool {
	return oneBirth(a.BirthDate, b.BirthDate) || oneName(a, b)
}

// oneBirth: some systems hold only the year or month.
func oneBirth(a, b string) bool { return strings.HasPrefix(a, b) || strings.HasPrefix(b, a) }

// oneName: a reader may be known by a birth name, and some systems cut.
func oneName(a, b *Card) bool {
	if !oneText(a.FirstName, b.FirstName) {
		return false
	}
	for _, one := range []string{a.LastName, a.BirthName} {
		for _, other := range []string{b.LastName, b.BirthName} {
			if one != "" && other != "" && oneText(one, other) {
				return true
			}
		}
	}
	return a.LastName == "" || b.LastName == ""
}

func oneText(a, b string) bool {
	a, b = FoldName(a), FoldName(b)
	return strings.HasPrefix(a, b) || strings.HasPrefix(b, a)
}

// OtherPerson is why a card is rejected whose number is another reader's.
func OtherPerson() *Fault {
	return &Fault{
		Code: FaultOtherPerson, Field: NumberField,
		Message: "Ce numéro est celui d’une autre personne dans le réseau : ni le nom ni la date de naissance ne correspondent. " +
			"Vérifiez le numéro sur la carte du lecteur ; si deux personnes l’ont reçu, donnez un nouveau numéro à l’une d’elles.",
	}
}
