package store

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// IntegrateSimulated integrates for real the bytes of a file that staff brought
// and simulated: as a deposit of its own, with the moment the file came in. The
// work that takes up what is not finished integrates it.
//
// Conflict where it was no simulation that came to its end, its bytes are gone,
// or they were integrated already.
func (s *Store) IntegrateSimulated(ctx context.Context, id int64) (*cards.Deposit, error) {
	return s.tryAgain(ctx, id, s.integrable)
}

// integrable finds a simulation that may be done for real.
func (s *Store) integrable(tx *gorm.DB, id int64) (*depositRow, error) {
	var rows []struct {
		Row    depositRow `gorm:"embedded"`
		Gone   bool       // its library left the network
		Pieces bool
		Done   int64 // the deposit that integrated it
	}
	err := tx.Raw(`SELECT d.*, EXISTS (SELECT 1 FROM libraries l WHERE l.id = d.library_id AND l.removed > 0) AS gone,
			EXISTS (SELECT 1 FROM deposit_pieces p WHERE p.deposit_id = d.id) AND NOT d.holds_erased AS pieces,
			coalesce((SELECT max(r.id) FROM deposits r WHERE r.retry_of = d.id AND r.retry_of > 0), 0) AS done
		FROM deposits d WHERE d.id = ?`, id).Scan(&rows).Error
	switch {
	case err != nil:
		return nil, err
	case len(rows) == 0:
		return nil, cards.Errorf(cards.NotFound, "Aucun dépôt ne porte le n° %d.", id)
	}
	row := &rows[0]
	switch {
	case row.Row.Status != string(cards.Simulated):
		return nil, cards.Errorf(cards.Conflict, "Le dépôt n° %d n’est pas une simulation terminée (état : %s).", id, row.Row.Status)
	case row.Done > 0:
		return nil, cards.Errorf(cards.Conflict, "Le dépôt n° %d a déjà été intégré : c’est le dépôt n° %d.", id, row.Done)
	case row.Gone:
		return nil, cards.Errorf(cards.Conflict, "La bibliothèque du dépôt n° %d n’est plus dans le réseau : il ne peut pas être intégré. Pour en prendre les cartes, remettez-la dans le réseau et chargez sur sa page ce document, ou un nouvel export.", id)
	case !row.Pieces:
		return nil, cards.Errorf(cards.Conflict, "Les octets du dépôt n° %d ne sont plus conservés : chargez le fichier de nouveau.", id)
	}
	return &row.Row, nil
}
