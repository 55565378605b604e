package store

import (
	"crypto/sha256"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// A number two people were given stays refused to the one who came second, also
// once their library has been handed the card of the first: its next document
// would else be taken for a change of that card.

var otherPersonHash = sha256.Sum256([]byte("autre-personne"))

// turnedDownHash is kept of a card that a system took after it had turned it
// down: it may have waited for a reader of its own to get another number.
var turnedDownHash = sha256.Sum256([]byte("refusee"))

// givenToAnother reports whether the library gave the card's number to a reader
// of its own: it has sent somebody else under it, or its system turned the card
// down. That is remembered, for the system may take the card once the reader has
// another number.
func (a *applying) givenToAnother(card int64) (bool, error) {
	sent, refused := false, false
	err := askAll(a.tx, append(a.askOthers([]int64{card}, func(int64) { sent = true }), ask(a.tx, func(answerRow) error {
		refused = true
		return nil
	}, `SELECT card_id FROM hand_again WHERE library_id = ? AND card_id = ? AND attempts > 0
		UNION ALL SELECT card_id FROM corrected WHERE library_id = ? AND card_id = ? AND hash = ?`,
		a.batch.Library.ID, card, a.batch.Library.ID, card, turnedDownHash[:]))...)
	if err == nil && refused {
		err = a.rememberGiven(card)
	}
	return sent || refused, err
}

func (a *applying) askOthers(ids []int64, found func(id int64)) []question {
	return askKeyed(a.tx, func(row answerRow) error {
		var id int64
		err := row.Scan(&id)
		found(id)
		return err
	}, keyed{columns: "card_id", from: "corrected", key: "card_id", library: "library_id", where: "hash = ?"}, ids, a.batch.Library.ID, otherPersonHash[:])
}

// askRefused finds the cards that the library's system turned down and of which
// it has sent nothing yet: it may have given the number to a reader of its own,
// and knows no other.
func (a *applying) askRefused(ids []int64, byID map[int64]*entry) []question {
	return askKeyed(a.tx, func(row answerRow) error {
		var id int64
		err := row.Scan(&id)
		if e := byID[id]; e != nil && e.sent == nil {
			e.refused = true
		}
		return err
	}, keyed{columns: "card_id", from: "hand_again", key: "card_id", library: "library_id", where: "attempts > 0"}, ids, a.batch.Library.ID)
}

// rememberOthers keeps what askOthers asks for.
func (a *applying) rememberOthers() error {
	for _, b := range a.barred {
		if err := a.rememberOther(&b.fault, b.card); err != nil {
			return err
		}
	}
	for _, e := range a.entries {
		if e.current == nil || e.other || e.decision.Fault == nil {
			continue
		}
		if err := a.rememberOther(e.decision.Fault, e.row.ID); err != nil {
			return err
		}
	}
	return nil
}

func (a *applying) rememberOther(fault *cards.Fault, cardID int64) error {
	if fault.Code != cards.FaultOtherPerson || fault.Field != cards.NumberField {
		return nil
	}
	return a.rememberGiven(cardID)
}

func (a *applying) rememberGiven(cardID int64) error {
	return rememberOf(a.tx, a.batch.Library.ID, otherPersonHash, cardID)
}

// rememberOf keeps one of the above of a library and cards, where they are
// still there.
func rememberOf(tx *gorm.DB, libraryID int64, what [sha256.Size]byte, cardIDs ...int64) error {
	if len(cardIDs) == 0 {
		return nil
	}
	return tx.Exec("INSERT INTO corrected (library_id, card_id, hash) SELECT ?, id, ? FROM cards WHERE id IN ? ON CONFLICT DO NOTHING",
		libraryID, what[:], among[int64](cardIDs)).Error
}
