package store

import (
	"crypto/sha256"

	"github.com/carte-reseau/hub/internal/cards"
)

// A number two people were given stays refused to the one who came second, also
// once their library has been handed the card of the first: its next document
// would else be taken for a change of that card.

const otherPersonWords = "autre-personne"

// loadOthers finds the cards whose number the library gave to somebody else
// before.
func (a *applying) loadOthers(ids []int64, byID map[int64]*entry) error {
	others, err := a.givenToOthers(ids)
	for _, id := range others {
		byID[id].other = true
	}
	return err
}

// givenToOthers are the cards among ids whose number the library gave to
// somebody else.
func (a *applying) givenToOthers(ids []int64) (others []int64, err error) {
	hash := sha256.Sum256([]byte(otherPersonWords))
	err = a.tx.Raw("SELECT card_id FROM corrected WHERE library_id = ? AND card_id IN ? AND hash = ?",
		a.batch.Library.ID, among[int64](ids), hash[:]).Scan(&others).Error
	return others, err
}

// rememberOthers keeps what loadOthers finds.
func (a *applying) rememberOthers() error {
	for _, e := range a.entries {
		fault := e.decision.Fault
		if e.current == nil || e.other || fault == nil || fault.Code != cards.FaultOtherPerson {
			continue
		}
		if _, err := a.saidFirst(e, otherPersonWords); err != nil {
			return err
		}
	}
	return nil
}
