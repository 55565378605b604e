package store

import (
	"context"

	"gorm.io/gorm"
)

// ErasedAmong asks which numbers are erased, as whoever enters cards does.
func (s *Store) ErasedAmong(ctx context.Context, keys ...string) (erased map[string]bool, err error) {
	err = s.write(ctx, func(tx *gorm.DB) error {
		erased, err = s.erasedAmong(tx, keys)
		return err
	})
	return erased, err
}
