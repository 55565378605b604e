package store

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// RunNow makes one kind of a library's work due at once. Conflict where its settings give no reason for it, or where it is not in
// the plan: what a library was given a reason for is entered there a moment later.
func (s *Store) RunNow(ctx context.Context, kind cards.JobKind, l *cards.Library) error {
	if err := l.MayRunNow(kind); err != nil {
		return err
	}
	var woken int64
	err := s.writeStatement(ctx, func(tx *gorm.DB) error {
		done := tx.Exec(s.waking("kind = ? AND library_id = ?", "false"), kind, l.ID)
		woken = done.RowsAffected
		return done.Error
	})
	if err == nil && woken == 0 {
		err = cards.Errorf(cards.Conflict, "Ce travail n’est pas encore au programme : le concentrateur en marche (hub serve) l’y met dans les secondes qui suivent un changement. Réessayez alors.")
	}
	return err
}
