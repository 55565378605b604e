package store

import (
	"context"
	"fmt"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

type completeRow struct {
	DepositID int64
	NumberKey string
}

func (completeRow) TableName() string { return "complete_cards" }

// noteComplete remembers which cards a complete document holds, the rejected
// ones too: the library has them, however badly.
func noteComplete(tx *gorm.DB, b *cards.Batch) error {
	if !b.Complete || b.Deposit == 0 {
		return nil
	}
	var rows []completeRow
	for _, item := range b.Items {
		if item.Incoming.Number != "" {
			rows = append(rows, completeRow{DepositID: b.Deposit, NumberKey: cards.NumberKey(item.Incoming.Number)})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&rows, rowsPerInsert).Error
}

// reasonMissing is told to staff beside a card that is handed again.
const reasonMissing = "absente d’un document complet de la bibliothèque"

// HandMissing hands a library again the valid cards it should hold, because
// they were handed to it or are its own, and that its complete document does
// not have. A card missing from it is never deleted. Where more than gapLimit
// are missing, the document is likelier to be at fault: staff are asked.
func (s *Store) HandMissing(ctx context.Context, deposit int64) error {
	day, err := s.dayNow(ctx)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		var library int64
		if err := tx.Raw("SELECT library_id FROM deposits WHERE id = ?", deposit).Scan(&library).Error; err != nil {
			return err
		}
		mark, err := s.furthestMark(tx, library)
		if err != nil {
			return err
		}
		var ids []int64
		err = tx.Raw(`SELECT c.id FROM cards c WHERE c.seq > 0 AND (c.seq <= ? OR c.origin = ?) AND c.ends >= ?
			AND NOT EXISTS (SELECT 1 FROM complete_cards d WHERE d.deposit_id = ? AND d.number_key = c.number_key)
			AND NOT EXISTS (SELECT 1 FROM hand_again h WHERE h.library_id = ? AND h.card_id = c.id AND (h.seq > ? OR ?))
			ORDER BY c.seq LIMIT ?`, mark.Seq, library, day, deposit, library, mark.Seq, mark.Door == cards.DoorPush, gapLimit+1).Scan(&ids).Error
		if err != nil {
			return err
		}
		if len(ids) <= gapLimit {
			return s.handAgain(tx, library, ids, reasonMissing)
		}
		return tx.Model(&libraryRow{}).Where("id = ?", library).Update("attention", fmt.Sprintf(
			"Le dernier document complet ne contient pas plus de %d cartes du réseau : vérifiez-le, puis décidez s’il faut tout redistribuer.", gapLimit)).Error
	})
}
