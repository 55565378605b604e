package store

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// RetryDeposit integrates the kept bytes of a deposit that failed, or of which
// cards were refused, once more: after its library's settings were put right,
// say. It is a deposit of its own with the moment of the first, so that nothing
// newer is outdated by it: what was integrated is found unchanged, what came
// later stays. The work that takes up what is not finished integrates it.
//
// Conflict where there is nothing to try again: the first is not finished, all
// of it was integrated, its bytes are gone, or another try is under way.
func (s *Store) RetryDeposit(ctx context.Context, id int64) (*cards.Deposit, error) {
	return s.tryAgain(ctx, id, s.retriable)
}

// tryAgain makes a new deposit of the bytes of one that may be integrated, as
// may finds out, and wakes the work that integrates it. The first deposit is
// locked by a statement of its own, before may looks, so that two persons do
// not both try it: a statement that itself waits for a lock does not see what
// was made meanwhile.
func (s *Store) tryAgain(ctx context.Context, id int64, may func(tx *gorm.DB, id int64) (*depositRow, error)) (*cards.Deposit, error) {
	var made int64
	err := s.write(ctx, func(tx *gorm.DB) error {
		if err := s.lockDeposit(tx, id); err != nil {
			return err
		}
		first, err := may(tx, id)
		if err != nil {
			return err
		}
		row := first.again()
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		made = row.ID
		return tx.Exec("INSERT INTO deposit_pieces (deposit_id, n, data) SELECT CAST(? AS bigint), n, data FROM deposit_pieces WHERE deposit_id = ?", made, id).Error
	})
	if err != nil {
		return nil, err
	}
	if err := s.Wake(ctx, cards.JobDeposits, cards.HubID); err != nil {
		return nil, err
	}
	return s.Deposit(ctx, made)
}

// lockDeposit has whoever else works on a deposit wait for the end of the
// transaction. What is asked after it sees what they did.
func (s *Store) lockDeposit(tx *gorm.DB, id int64) error {
	return tx.Exec("SELECT id FROM deposits WHERE id = ?"+s.dialect.forUpdate, id).Error
}

// again is the deposit of another try. There is no file to be deleted behind
// it, and a person's word on the first does not count for it.
func (r *depositRow) again() depositRow {
	return depositRow{
		LibraryID: r.LibraryID, Door: r.Door, Name: r.Name, FileGone: true, Charset: r.Charset, Status: string(cards.Received),
		Size: r.Size, Arrived: r.Arrived, RetryOf: r.ID,
	}
}

// retriable finds a deposit that may be tried again.
func (s *Store) retriable(tx *gorm.DB, id int64) (*depositRow, error) {
	var rows []struct {
		Row     depositRow `gorm:"embedded"`
		Gone    bool       // its library left the network
		Pieces  bool
		Retried bool // another try is under way
	}
	err := tx.Raw(`SELECT d.*, EXISTS (SELECT 1 FROM libraries l WHERE l.id = d.library_id AND l.removed > 0) AS gone,
			EXISTS (SELECT 1 FROM deposit_pieces p WHERE p.deposit_id = d.id) AND NOT d.holds_erased AS pieces,
			EXISTS (SELECT 1 FROM deposits r WHERE r.retry_of = d.id AND r.retry_of > 0 AND r.finished = 0) AS retried
		FROM deposits d WHERE d.id = ?`, id).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, cards.Errorf(cards.NotFound, "Aucun dépôt ne porte le n° %d.", id)
	}
	d := &rows[0].Row
	switch status := cards.DepositStatus(d.Status); {
	case d.Door == string(cards.DoorHarvest):
		return nil, cards.Errorf(cards.Conflict, "Le dépôt n° %d est une moisson : elle ne se rejoue pas, lancez-en une nouvelle.", id)
	case d.Finished == 0 || status != cards.Refused && status != cards.Partial:
		return nil, cards.Errorf(cards.Conflict, "Le dépôt n° %d ne se rejoue pas (état : %s) : seul un dépôt terminé, refusé en tout ou en partie, se rejoue.", id, status)
	case rows[0].Gone:
		return nil, cards.Errorf(cards.Conflict, "La bibliothèque du dépôt n° %d n’est plus dans le réseau : il ne se rejoue pas. Pour en prendre les cartes, remettez-la dans le réseau et chargez sur sa page ce document, ou un nouvel export.", id)
	case !rows[0].Pieces:
		return nil, cards.Errorf(cards.Conflict, "Les octets du dépôt n° %d ne sont plus conservés : demandez à la bibliothèque de le renvoyer.", id)
	case rows[0].Retried:
		return nil, cards.Errorf(cards.Conflict, "Le dépôt n° %d est déjà en train d’être rejoué.", id)
	}
	return d, nil
}
