package cards

import "time"

// Sent is what one library sent last of one card, field by field (S in the
// merge's rules). It is kept even when nothing changed by it.
type Sent struct {
	Card  Card     `json:"card"`
	Given FieldSet `json:"given"`
	// GuardiansComplete says that the list of guardians it sent was whole: one
	// it does not name is one the library does not hold.
	GuardiansComplete bool   `json:"guardians_complete,omitempty"`
	Moment            Moment `json:"moment"` // of the last document that held the card
	// Beside is the moment of one before that may have been made after it: what
	// comes now is of either order to that one too.
	Beside Moment `json:"beside,omitzero"`
	// Seqs is the network's seq of the card once each field's document had been
	// merged: a later change of the field makes S old.
	Seqs [numFields]int64 `json:"seqs"`
	// Crossed are the fields in which the library was handed another value
	// between the making and the arrival of their document: it may hold either.
	Crossed FieldSet `json:"crossed,omitempty"`
	// Systems are, for each field, the change of the network since which the system
	// that sent it had been what it was; 0 where it had never been changed.
	Systems [numFields]int64 `json:"systems,omitzero"`
}

// CameWith says which seq the card had when fields came that do not say it: they
// were written down before the card itself had one.
func (s *Sent) CameWith(seq int64) {
	for _, f := range s.Given.Fields() {
		if s.Seqs[f] == 0 {
			s.Seqs[f] = seq
		}
	}
}

// after says how a document of moment stands to those that held the card before.
func (s *Sent) after(moment Moment, place *time.Location) Order {
	order := moment.After(s.Moment, place)
	if order == Later && !s.Beside.Arrived.IsZero() {
		return moment.After(s.Beside, place)
	}
	return order
}

// beside is the moment of a document before that may have been made after one of
// moment.
func (s *Sent) beside(moment Moment, place *time.Location) Moment {
	for _, before := range []Moment{s.Moment, s.Beside} {
		if !before.Arrived.IsZero() && moment.After(before, place) == Unsure {
			return before
		}
	}
	return Moment{}
}

// Remember returns S after the library l, of place, sent in: fields it did not
// give keep what they were. seq is the card's seq once the document had been
// merged, crossed the fields in which the document was overtaken on its way.
func (s *Sent) Remember(l *Library, in *Incoming, moment Moment, place *time.Location, seq int64, crossed FieldSet) Sent {
	var next Sent
	if s != nil {
		next = *s
		next.Beside = s.beside(moment, place)
	}
	next.Card.Number = in.Number
	next.Card.ChangedAt = in.ChangedAt
	next.Moment = moment
	next.Given |= in.Given
	next.Crossed = next.Crossed&^in.Given | crossed&in.Given
	if in.Given.Has(Guardians) {
		next.GuardiansComplete = in.GuardiansComplete
	}
	for _, f := range in.Given.Fields() {
		f.take(&next.Card, &in.Card)
		next.Seqs[f], next.Systems[f] = seq, l.systemSince(f)
	}
	return next
}
