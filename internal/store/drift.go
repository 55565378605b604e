package store

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

type driftRow struct {
	LibraryID int64 `gorm:"primaryKey;autoIncrement:false"`
	DepositID int64
	Taken     int64
	Expected  int64
	Held      int64
	Differing int64
}

func (driftRow) TableName() string { return "drifts" }

func (r driftRow) drift() *cards.Drift {
	return &cards.Drift{Deposit: r.DepositID, Taken: fromMicros(r.Taken), Expected: r.Expected, Held: r.Held, Differing: r.Differing}
}

// takeDrift counts what a complete document shows: the valid cards the library
// should have had when it made it, in whatever version, those of them it has,
// and those it has otherwise than the network. A card under a number that was
// replaced is one it has otherwise.
func (s *Store) takeDrift(tx *gorm.DB, c *completed) error {
	var row driftRow
	err := tx.Raw(`WITH named AS (
			SELECT c.id AS card_id, CASE WHEN d.differs THEN 1 ELSE 0 END AS wrong
				FROM complete_cards d JOIN cards c ON c.number_key = d.number_key WHERE d.deposit_id = @deposit
			UNION ALL SELECT f.card_id, 1 FROM complete_cards d JOIN former_numbers f ON f.number_key = d.number_key WHERE d.deposit_id = @deposit
		), document AS (SELECT card_id, max(wrong) AS wrong FROM named GROUP BY card_id)
		SELECT count(*) AS expected, count(document.card_id) AS held, coalesce(sum(document.wrong), 0) AS differing
		FROM cards c LEFT JOIN document ON document.card_id = c.id
		WHERE c.seq > 0 AND c.ends >= @day AND (document.card_id IS NOT NULL OR EXISTS (
			SELECT 1 FROM versions v WHERE v.card_id = c.id AND (v.seq <= @held OR (v.origin = @library AND v.stamp <= @made))))`,
		c.args()).Scan(&row).Error
	if err != nil {
		return err
	}
	now, err := s.nowIn(tx)
	if err != nil {
		return err
	}
	row.LibraryID, row.DepositID, row.Taken = c.library, c.deposit, micros(now)
	return tx.Save(&row).Error
}

// driftOf is what a library's last complete document showed; nil where it never
// gave one.
func (s *Store) driftOf(ctx context.Context, libraryID int64) (*cards.Drift, error) {
	var rows []driftRow
	if err := s.query(ctx).Where("library_id = ?", libraryID).Find(&rows).Error; err != nil || len(rows) == 0 {
		return nil, s.explain(err)
	}
	return rows[0].drift(), nil
}
