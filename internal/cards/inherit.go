package cards

import "slices"

// Joining has the card of a decision take over the records of numbers it
// replaces, so that of two records of one reader one is left.
//
// Field by field the later of two values stands, as in a merge, and the other
// is noted as a conflict: neither of those who gave them knew of the other. Only
// where the reader is enrolled, and until when, is said by the record that goes
// on: the other was often ended because the card was lost.
type Joining struct {
	decision *Decision
	said     FieldSet         // the fields the document changed
	seqs     [numFields]int64 // of the versions that brought the values
}

// Join begins with the card as it stood before the decision; nil where the
// network did not know it.
func (d *Decision) Join(own *Current) *Joining {
	j := &Joining{decision: d, said: d.Changed}
	if own != nil {
		j.seqs = own.Seqs
	}
	return j
}

// Number has a number that was no record of its own be a former one.
func (j *Joining) Number(number string) { j.numbers([]string{number}) }

// TakeOver joins a record with the card. Where that changes more than was
// decided already, the result is the hub's: no library is known to hold it.
func (j *Joining) TakeOver(old *Current) {
	j.numbers(append(slices.Clone(old.Card.Former), old.Card.Number))
	for _, f := range AllFields() {
		if f != FormerNumbers && !f.same(&old.Card, &j.decision.Card) {
			j.judge(f, old)
		}
	}
}

func (j *Joining) numbers(numbers []string) {
	card := &j.decision.Card
	joined := joinNumbers(card.Number, card.Former, numbers)
	if len(joined) != len(card.Former) {
		card.Former = joined
		j.changes(FormerNumbers)
	}
}

func (j *Joining) changes(f Field) {
	d := j.decision
	d.Changed, d.ByHub = d.Changed.With(f), true
	if d.Result == Unchanged {
		d.Result = Modified
	}
}

// judge chooses between two values of f that differ.
func (j *Joining) judge(f Field, old *Current) {
	card := &j.decision.Card
	switch {
	case f.poorer(&old.Card, card, 0) || f.empty(&old.Card) && old.Seqs[f] == 0:
	case f.poorer(card, &old.Card, 0) || f.empty(card) && !j.said.Has(f) && j.seqs[f] == 0:
		j.take(f, old)
	case j.later(f, old):
		j.note(f, &old.Card, card, old.Seqs[f], j.seqs[f])
		j.take(f, old)
	default:
		j.note(f, card, &old.Card, j.stands(f), old.Seqs[f])
	}
}

// later reports whether the other record's value came after the card's.
func (j *Joining) later(f Field, old *Current) bool {
	return f != EnrolledAt && f != EnrolmentDates && !j.said.Has(f) && old.Seqs[f] > j.seqs[f]
}

// stands is the seq of the version that brought the card's value; 0 where it is
// the document's.
func (j *Joining) stands(f Field) int64 {
	if j.said.Has(f) {
		return 0
	}
	return j.seqs[f]
}

func (j *Joining) take(f Field, old *Current) {
	d := j.decision
	d.Reasons = append(d.Reasons, Reason{Field: f, Rule: RuleJoined, Against: j.stands(f)})
	f.take(&d.Card, &old.Card)
	j.said, j.seqs[f] = j.said.Without(f), old.Seqs[f]
	j.changes(f)
}

// note records the choice. A doubt about the same value says no more.
func (j *Joining) note(f Field, kept, lost *Card, keptSeq, lostSeq int64) {
	j.decision.Notes = slices.DeleteFunc(j.decision.Notes, func(n Note) bool {
		return n.Field == f && n.Kind == NoteDoubt && (f.same(&n.Lost, lost) || f.poorer(&n.Lost, lost, 0))
	})
	j.decision.Notes = append(j.decision.Notes, Note{
		Field: f, Kind: NoteConflict, Rule: RuleJoined, Kept: f.Only(kept), Lost: f.Only(lost), KeptSeq: keptSeq, LostSeq: lostSeq,
	})
}

// Renumber gives the card one of its former numbers, and has the present one
// among them.
func (c *Card) Renumber(number string) {
	former := joinNumbers(number, c.Former, []string{c.Number})
	c.Former = slices.DeleteFunc(former, func(n string) bool { return isNumber(n, number) })
	c.Number = number
}
