package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
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

// longestKey keeps an identifier within what an index takes, in bytes.
const longestKey = 1024

// headerKey is a record's identifier as it is kept. OAI-PMH bounds none, so that
// of one too long its hash stands for the rest.
func headerKey(identifier string) string {
	key := plain(identifier)
	if len(key) <= longestKey {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return strings.ToValidUTF8(key[:longestKey], "") + hex.EncodeToString(sum[:])
}

// RecordDeleted keeps that a library's server called a record deleted. The
// card stays: only a person removes one. Of one that was erased nothing is kept:
// its library has just done as it was asked.
func (s *Store) RecordDeleted(ctx context.Context, libraryID int64, identifier, datestamp string, run int64) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		erased, err := s.erasedAmong(tx, keysIn(identifier))
		if err != nil || len(erased) > 0 {
			return err
		}
		return tx.Exec(`INSERT INTO deleted_headers (library_id, identifier, datestamp, run_id) VALUES (?, ?, ?, ?)
			ON CONFLICT (library_id, identifier) DO UPDATE SET datestamp = excluded.datestamp, run_id = excluded.run_id`,
			libraryID, headerKey(identifier), plain(datestamp), run).Error
	})
}

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
		rows[i] = knownFaultRow{LibraryID: libraryID, Hash: hashes[i][:], Seen: micros(time.Now())}
	}
	err := s.write(ctx, func(tx *gorm.DB) error {
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&rows, rowsPerInsert).Error; err != nil {
			return err
		}
		return queueMail(tx, m)
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
