package store

import (
	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

type formerRow struct {
	NumberKey string
	Number    string
	CardID    int64
	LibraryID int64
	Replaced  int64
}

func (formerRow) TableName() string { return "former_numbers" }

// formerNumbers finds, of number keys, those that were replaced, with the cards
// they lead to.
func formerNumbers(tx *gorm.DB, keys []string) (map[string]formerRow, error) {
	leads := map[string]formerRow{}
	return leads, askAll(tx, askFormer(tx, keys, leads)...)
}

// askFormer asks so, and fills a map.
func askFormer(tx *gorm.DB, keys []string, leads map[string]formerRow) []question {
	return askPortions(tx, func(row answerRow) error {
		var r formerRow
		err := row.Scan(&r.NumberKey, &r.Number, &r.CardID, &r.LibraryID, &r.Replaced)
		leads[r.NumberKey] = r
		return err
	}, "SELECT number_key, number, card_id, library_id, replaced FROM former_numbers WHERE number_key IN ?", keys)
}

// retire has numbers lead to the cards that replaced them.
func retire(tx *gorm.DB, rows []formerRow) error {
	if len(rows) == 0 {
		return nil
	}
	return tx.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "number_key"}}, DoUpdates: clause.AssignmentColumns([]string{"card_id", "library_id", "replaced"}),
	}).CreateInBatches(&rows, rowsPerInsert).Error
}

// moveHistory has one card take over what is kept of another, which goes. What
// a library sent, or was given by itself, of both counts as of the one that stays.
// The clock is held: what waited to be handed again goes too.
func moveHistory(tx *gorm.DB, keepID, goneID int64) error {
	if err := inheritLikenesses(tx, keepID, goneID); err != nil {
		return err
	}
	for _, statement := range []string{
		"UPDATE versions SET card_id = @keep, taken_over = true WHERE card_id = @gone",
		`UPDATE said SET card_id = @keep WHERE card_id = @gone
			AND NOT EXISTS (SELECT 1 FROM sent k WHERE k.library_id = said.library_id AND k.card_id = @keep)`,
		`UPDATE sent SET card_id = @keep WHERE card_id = @gone
			AND NOT EXISTS (SELECT 1 FROM sent k WHERE k.library_id = sent.library_id AND k.card_id = @keep)`,
		`INSERT INTO corrected (library_id, card_id, hash) SELECT library_id, @keep, hash FROM corrected WHERE card_id = @gone
			ON CONFLICT DO NOTHING`,
		`INSERT INTO given_again (library_id, card_id, seq, given) SELECT library_id, @keep, seq, given FROM given_again WHERE card_id = @gone
			ON CONFLICT DO NOTHING`,
		"UPDATE notes SET card_id = @keep WHERE card_id = @gone",
		"UPDATE former_numbers SET card_id = @keep WHERE card_id = @gone",
		"INSERT INTO statistics_gone (gone_id, keep_id) VALUES (@gone, @keep)",
		"DELETE FROM cards WHERE id = @gone",
	} {
		if err := tx.Exec(statement, map[string]any{"keep": keepID, "gone": goneID}).Error; err != nil {
			return err
		}
	}
	return nil
}

// takeOver makes one card of two that are one reader's: keepID goes on and
// takes over the other's record; the other's number leads to it. by is who
// decided it.
func (s *Store) takeOver(tx *gorm.DB, keepID, goneID int64, by string) error {
	rows, err := s.lockByID(tx, keepID, goneID)
	if err != nil {
		return err
	}
	keep, gone := rows[keepID], rows[goneID]
	decision, err := joined(keep, gone)
	if err != nil {
		return err
	}
	notes, err := joinedNotes(tx, decision, keepID, goneID)
	if err != nil {
		return err
	}
	now, err := s.nowIn(tx)
	if err != nil {
		return err
	}
	keep.ListedUntil = max(keep.ListedUntil, gone.ListedUntil) // whoever has the other number must hear if this one has ended
	inherit := func(card *cards.Card) cards.FieldSet {
		*card = decision.Card
		return decision.Changed
	}
	err = s.newVersion(tx, keep, hubDecision{by: by, change: inherit, reasons: decision.Reasons, before: func() error {
		if err := moveHistory(tx, keep.ID, gone.ID); err != nil {
			return err
		}
		return retire(tx, []formerRow{{NumberKey: gone.NumberKey, Number: gone.Number, CardID: keep.ID, Replaced: micros(now)}})
	}})
	if err != nil {
		return err
	}
	for i := range notes {
		notes[i].Seq = keep.Seq
	}
	return s.enterNotes(tx, notes)
}

// joined is what becomes of two records where the one takes over the other.
func joined(keep, gone *cardRow) (*cards.Decision, error) {
	own, err := keep.current()
	if err != nil {
		return nil, err
	}
	old, err := gone.current()
	if err != nil {
		return nil, err
	}
	d := &cards.Decision{Result: cards.Unchanged, Card: own.Card}
	d.Join(own).TakeOver(old)
	return d, nil
}

// joinedNotes are the notes of two records that are being joined. Nobody sent
// what made them one.
func joinedNotes(tx *gorm.DB, d *cards.Decision, cardIDs ...int64) ([]noteRow, error) {
	var rows []noteRow
	for i := range d.Notes {
		kept, lost, err := joinedClaims(tx, &d.Notes[i], cardIDs...)
		if err != nil {
			return nil, err
		}
		rows = append(rows, noteOf(&d.Notes[i], cardIDs[0], cards.HubID, kept, lost))
	}
	return rows, nil
}

// renumber makes one of a card's former numbers its number again, and the
// present one a former one. by is who decided it. Conflict where the number is
// not one of the card's.
func (s *Store) renumber(tx *gorm.DB, cardID int64, number, by string) error {
	rows, err := s.lockByID(tx, cardID)
	if err != nil {
		return err
	}
	row, key := rows[cardID], cards.NumberKey(number)
	leads, err := formerNumbers(tx, []string{key})
	if err != nil {
		return err
	}
	former, known := leads[key]
	if !known || former.CardID != cardID {
		return cards.Errorf(cards.Conflict, "Ce numéro n’est plus un ancien numéro de cette carte.")
	}
	now, err := s.nowIn(tx)
	if err != nil {
		return err
	}
	old := formerRow{NumberKey: row.NumberKey, Number: row.Number, CardID: cardID, Replaced: micros(now)}
	swap := func(card *cards.Card) cards.FieldSet {
		card.Renumber(former.Number)
		return cards.FieldsOf(cards.FormerNumbers)
	}
	row.NumberKey = key
	return s.newVersion(tx, row, hubDecision{by: by, change: swap, before: func() error {
		if err := tx.Delete(&formerRow{}, "number_key = ?", key).Error; err != nil {
			return err
		}
		return retire(tx, []formerRow{old})
	}})
}
