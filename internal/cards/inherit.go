package cards

import "slices"

// Inherit completes the decision on a card that takes over another one, old:
// it holds what old had and it lacks, and old's numbers are former ones. Where
// that is more than was decided already, the result is the hub's: no library is
// known to hold it.
func (d *Decision) Inherit(old *Card) {
	before := d.Changed
	joined := joinNumbers(d.Card.Number, d.Card.Former, append([]string{old.Number}, old.Former...))
	if len(joined) != len(d.Card.Former) {
		d.Card.Former = joined
		d.Changed, d.ByHub = d.Changed.With(FormerNumbers), true
	}
	for _, f := range AllFields() {
		if f != FormerNumbers && !d.Changed.Has(f) && f.empty(&d.Card) && !f.empty(old) {
			f.take(&d.Card, old)
			d.Changed = d.Changed.With(f)
		}
	}
	d.ByHub = d.ByHub || d.Changed != before
	if d.Result == Unchanged && d.Changed != 0 {
		d.Result = Modified
	}
}

// Renumber gives the card one of its former numbers, and has the present one
// among them.
func (c *Card) Renumber(number string) {
	former := joinNumbers(number, c.Former, []string{c.Number})
	c.Former = slices.DeleteFunc(former, func(n string) bool { return isNumber(n, number) })
	c.Number = number
}
