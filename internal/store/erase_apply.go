package store

import "github.com/carte-reseau/hub/internal/cards"

// noteErased remembers that the batch's document holds an erased card: its
// bytes are dropped when it ends, and no word of the card is filed.
func (a *applying) noteErased() error {
	if len(a.tainted) == 0 || a.batch.Deposit == 0 {
		return nil
	}
	return a.tx.Exec("UPDATE deposits SET holds_erased = ? WHERE id = ?", true, a.batch.Deposit).Error
}

// blankSource stands where the card was that a line of the report is about:
// lines and sources go in pairs.
const blankSource = "<carte/>"

// sourceOf is a rejected card as it goes back to its sender. An erased one does
// not: its sender has it, and nobody else is to keep it.
func sourceOf(item *cards.Item, o *cards.Outcome) []byte {
	for _, fault := range o.Faults {
		if fault.Code == cards.FaultErased {
			return []byte(blankSource)
		}
	}
	return item.Raw
}
