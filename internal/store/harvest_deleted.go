package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"gorm.io/gorm"
)

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
