package store

import (
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// claimRow says whose a value is, and since when.
type claimRow struct {
	LibraryID int64
	At        int64
}

// claimOf tells who brought a card's version of a seq, and when; no version has
// the seq 0. Where cards are being joined, cardIDs are all of them.
func claimOf(tx *gorm.DB, seq int64, cardIDs ...int64) (claimRow, error) {
	if seq == 0 {
		return claimRow{}, nil
	}
	var v versionRow
	err := tx.Select("library_id", "stamp").Where("card_id IN ? AND seq = ?", cardIDs, seq).Limit(1).Find(&v).Error
	return claimRow{LibraryID: v.LibraryID, At: micros(time.Unix(v.Stamp, 0))}, err
}

// joinedClaims tells whose the values are between which it was chosen when
// records were joined.
func joinedClaims(tx *gorm.DB, n *cards.Note, cardIDs ...int64) (kept, lost claimRow, err error) {
	if kept, err = claimOf(tx, n.KeptSeq, cardIDs...); err != nil {
		return kept, lost, err
	}
	lost, err = claimOf(tx, n.LostSeq, cardIDs...)
	return kept, lost, err
}

// noteOf is a note ready but for its version and its moment.
func noteOf(n *cards.Note, cardID, senderID int64, kept, lost claimRow) noteRow {
	return noteRow{
		Kind: string(n.Kind), CardID: cardID, LibraryID: senderID, Field: n.Field.String(), Rule: int64(n.Rule),
		Kept: toJSON(n.Field.Only(&n.Kept)), Lost: toJSON(n.Field.Only(&n.Lost)),
		KeptBy: kept.LibraryID, KeptAt: kept.At, LostBy: lost.LibraryID, LostAt: lost.At,
	}
}

// enterNotes has staff see notes from now on.
func (s *Store) enterNotes(tx *gorm.DB, rows []noteRow) error {
	if len(rows) == 0 {
		return nil
	}
	now, err := s.nowIn(tx)
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].Noted = micros(now)
	}
	return tx.CreateInBatches(&rows, rowsPerInsert).Error
}
