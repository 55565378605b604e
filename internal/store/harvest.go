package store

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// Harvest is how far the harvest of a library has got; a fresh state for one
// that was never harvested.
func (s *Store) Harvest(ctx context.Context, libraryID int64) (cards.Harvest, error) {
	state := cards.Harvest{LibraryID: libraryID}
	var texts []string
	if err := s.query(ctx).Raw("SELECT state FROM harvests WHERE library_id = ?", libraryID).Scan(&texts).Error; err != nil {
		return state, s.explain(err)
	}
	if len(texts) == 0 {
		return state, nil
	}
	err := fromJSON(texts[0], &state, "harvest")
	return state, err
}

// SaveHarvest saves progress that brings no cards with it.
func (s *Store) SaveHarvest(ctx context.Context, h cards.Harvest) error {
	return s.write(ctx, func(tx *gorm.DB) error { return saveHarvest(tx, &h) })
}

func saveHarvest(tx *gorm.DB, h *cards.Harvest) error {
	return tx.Exec("INSERT INTO harvests (library_id, state) VALUES (?, ?) ON CONFLICT (library_id) DO UPDATE SET state = excluded.state",
		h.LibraryID, toJSON(h)).Error
}
