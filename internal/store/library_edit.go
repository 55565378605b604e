package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// version is a hash of the settings. The password counts as it is stored: by
// its seal, which is another one each time, so that nobody can try passwords
// against the hash.
func (r *libraryRow) version() string {
	sum := sha256.Sum256([]byte(strings.Join(append(r.settings(), string(r.ILSPassword)), "\x00")))
	const enough = 16
	return hex.EncodeToString(sum[:enough])
}

// settings are those of a library but for its password.
func (r *libraryRow) settings() []string {
	return []string{r.Code, r.Name, r.Email, r.Serves, r.OAIURL, r.OAISet, r.OAIPrefix, r.Harvest, r.PushURL, r.ILSUser, r.Widths, toJSON(r.NotHeld)}
}

// EditLibrary changes settings as they stand now, in one transaction: whoever
// changes them at the same time waits, and overwrites nothing. seen is the
// Version the caller knows; cards.Changed where it is no longer that, empty for
// any. change may refuse; it may be called again.
func (s *Store) EditLibrary(ctx context.Context, code, seen string, change func(*cards.Library) error) (*cards.Library, error) {
	err := s.write(ctx, func(tx *gorm.DB) error {
		l, row, err := s.lockLibrary(tx, code)
		if err != nil {
			return err
		}
		if seen != "" && seen != l.Version {
			return cards.Errorf(cards.Changed, "Les réglages de %s ont changé depuis que vous les avez lus ; relisez-les et recommencez.", l.Code)
		}
		id := l.ID
		if err := change(l); err != nil {
			return err
		}
		l.ID, l.Code = id, row.Code
		if err := l.Validate(); err != nil {
			return err
		}
		return s.saveSettings(tx, row, l)
	})
	if err != nil {
		return nil, err
	}
	return s.Library(ctx, code)
}

func (s *Store) lockLibrary(tx *gorm.DB, code string) (*cards.Library, *libraryRow, error) {
	var rows []libraryRow
	if err := tx.Raw("SELECT * FROM libraries WHERE code = ? AND removed = 0"+s.dialect.forUpdate, plain(code)).Scan(&rows).Error; err != nil {
		return nil, nil, err
	}
	if len(rows) == 0 {
		return nil, nil, noSuchLibrary(code)
	}
	l, err := s.libraryOf(rows[0])
	return l, &rows[0], err
}
