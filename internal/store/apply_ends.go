package store

import "github.com/carte-reseau/hub/internal/cards"

// keepLaterEnds deals with ends that were kept out because the card ends
// earlier: their library takes the card for valid until then. Such an end
// counts as one the card was published with (listed_until), or the library
// would never hear that the card is over.
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

// endsLater reports whether the library holds an end later than the card's, and
// than any the card was published with.
func (e *entry) endsLater() bool {
	end := e.item.Incoming.Card.Enrolment.End
	return e.decision.Behind.Has(cards.EnrolmentDates) && end > e.decision.Card.Enrolment.End && end > e.row.ListedUntil
}
