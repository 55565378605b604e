package store

import (
	"crypto/sha256"

	"github.com/carte-reseau/hub/internal/cards"
)

// A number two people were given stays refused to the one who came second, also
// once their library has been handed the card of the first: its next document
// would else be taken for a change of that card.

const otherPersonWords = "autre-personne"

// givenToOthers are the cards among ids whose number the library gave to
// somebody else before.
func (a *applying) givenToOthers(ids []int64) (others []int64, err error) {
	err = askAll(a.tx, a.askOthers(ids, func(id int64) { others = append(others, id) }))
	return others, err
}

func (a *applying) askOthers(ids []int64, found func(id int64)) question {
	hash := sha256.Sum256([]byte(otherPersonWords))
	return ask(a.tx, func(row answerRow) error {
		var id int64
		err := row.Scan(&id)
		found(id)
		return err
	}, "SELECT card_id FROM corrected WHERE library_id = ? AND card_id IN ? AND hash = ?", a.batch.Library.ID, among[int64](ids), hash[:])
}

// rememberOthers keeps what askOthers asks for.
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
