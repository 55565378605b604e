package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

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
// card stays: only a person removes one.
func (s *Store) RecordDeleted(ctx context.Context, libraryID int64, identifier, datestamp string, run int64) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		return tx.Exec(`INSERT INTO deleted_headers (library_id, identifier, datestamp, run_id) VALUES (?, ?, ?, ?)
			ON CONFLICT (library_id, identifier) DO UPDATE SET datestamp = excluded.datestamp, run_id = excluded.run_id`,
			libraryID, headerKey(identifier), plain(datestamp), run).Error
	})
}

// KnownFault reports whether a fault was told to the library before, and
// remembers that it is now.
func (s *Store) KnownFault(ctx context.Context, libraryID int64, hash [16]byte) (bool, error) {
	var fresh int64
	err := s.write(ctx, func(tx *gorm.DB) error {
		done := tx.Exec("INSERT INTO known_faults (library_id, hash, seen) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
			libraryID, hash[:], micros(time.Now()))
		fresh = done.RowsAffected
		return done.Error
	})
	return fresh == 0, err
}

// ToldFault reports whether a fault was told to the library before.
func (s *Store) ToldFault(ctx context.Context, libraryID int64, hash [16]byte) (bool, error) {
	var n int64
	err := s.query(ctx).Raw("SELECT count(*) FROM known_faults WHERE library_id = ? AND hash = ?", libraryID, hash[:]).Scan(&n).Error
	return n > 0, s.explain(err)
}
