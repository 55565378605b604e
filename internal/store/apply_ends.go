package store

import "github.com/carte-reseau/hub/internal/cards"

// keepLaterEnds notes of cards that end earlier than their library says, which
// was kept out, until when it takes them for valid. Others may never have been
// shown that end; it has to hear of the card's all the same.
func (a *applying) keepLaterEnds() error {
	var today string
	for _, e := range a.entries {
		if !e.endsLater() {
			continue
		}
		if today == "" {
			now, err := a.store.nowIn(a.tx)
			if err != nil {
				return err
			}
			today = a.store.today(now.Unix())
		}
		if end := e.item.Incoming.Card.Enrolment.End; end >= today {
			e.row.ListedUntil, a.moved = end, true
			if err := a.tx.Exec("UPDATE cards SET listed_until = ? WHERE id = ?", end, e.row.ID).Error; err != nil {
				return err
			}
		}
	}
	return nil
}

// endsLater reports whether the library holds a later end than stands, and than
// anybody was shown.
func (e *entry) endsLater() bool {
	end := e.item.Incoming.Card.Enrolment.End
	return e.decision.Behind.Has(cards.EnrolmentDates) && end > e.decision.Card.Enrolment.End && end > e.row.ListedUntil
}
