package store

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

type knownFaultRow struct {
	LibraryID int64
	Hash      []byte
	Seen      int64
}

func (knownFaultRow) TableName() string { return "known_faults" }

// TellFaults queues the mail that tells a library of faults, and remembers that
// it was told: both or neither, so that none is told twice and none never.
func (s *Store) TellFaults(ctx context.Context, libraryID int64, m cards.Message, hashes [][16]byte) error {
	rows := make([]knownFaultRow, len(hashes))
	for i := range hashes {
		rows[i] = knownFaultRow{LibraryID: libraryID, Hash: hashes[i][:], Seen: micros(s.Clock())}
	}
	err := s.write(ctx, func(tx *gorm.DB) error {
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&rows, rowsPerInsert).Error; err != nil {
			return err
		}
		return s.queueMail(tx, m)
	})
	if err != nil {
		return err
	}
	return s.Wake(ctx, cards.JobMail, cards.HubID)
}

// ToldFault reports whether a fault was told to the library before.
func (s *Store) ToldFault(ctx context.Context, libraryID int64, hash [16]byte) (bool, error) {
	var n int64
	err := s.query(ctx).Raw("SELECT count(*) FROM known_faults WHERE library_id = ? AND hash = ?", libraryID, hash[:]).Scan(&n).Error
	return n > 0, s.explain(err)
}
