package store

import (
	"context"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// Purge deletes what its keeping time has run out for: the bytes and results
// of deposits, mails that were sent, the movements of marks, and bodies that broke off before their
// end and were never sealed.
func (s *Store) Purge(ctx context.Context, keep time.Duration) error {
	now, err := s.Now(ctx)
	if err != nil {
		return err
	}
	old := micros(now.Add(-keep))
	const unsealed = 24 * time.Hour
	return s.write(ctx, func(tx *gorm.DB) error {
		for _, q := range []string{
			"DELETE FROM deposit_pieces WHERE deposit_id IN (SELECT id FROM deposits WHERE finished > 0 AND finished < ?)",
			"DELETE FROM deposit_results WHERE deposit_id IN (SELECT id FROM deposits WHERE finished > 0 AND finished < ?)",
			"DELETE FROM mark_moves WHERE moved < ?",
			"DELETE FROM outbox WHERE sent > 0 AND sent < ?",
		} {
			if err := tx.Exec(q, old).Error; err != nil {
				return err
			}
		}
		return tx.Exec("DELETE FROM deposits WHERE status = ? AND arrived < ?", cards.Receiving, micros(now.Add(-unsealed))).Error
	})
}
