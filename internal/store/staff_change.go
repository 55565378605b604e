package store

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// signsIn holds for accounts that open anything: cards.User.SignsIn in SQL.
const signsIn = "NOT disabled AND (password <> '' OR key_hash IS NOT NULL)"

// ChangeUser lets change edit an account as it is now: two people who change
// different settings of one account both get their way. The name stays.
// Conflict where it would leave the network without an administrator.
func (s *Store) ChangeUser(ctx context.Context, userID int64, change func(*cards.User) error) (*cards.User, error) {
	var changed *cards.User
	err := s.changeStaff(ctx, userID, func(tx *gorm.DB, row *staffRow) error {
		u := row.user()
		if err := change(u); err != nil {
			return err
		}
		if err := u.ValidateSettings(); err != nil {
			return err
		}
		row.settings(u)
		if u.Disabled {
			if err := endSessions(tx, userID); err != nil {
				return err
			}
		}
		changed = row.user()
		return saveStaff(tx, row)
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}

// RemoveUser removes an account, its key and its sessions. What it did stays in
// the audit log, under its name.
func (s *Store) RemoveUser(ctx context.Context, userID int64) error {
	return s.changeStaff(ctx, userID, func(tx *gorm.DB, row *staffRow) error {
		if err := endSessions(tx, userID); err != nil {
			return err
		}
		return tx.Delete(row).Error
	})
}

// SetUserKey gives an account a key; one it had dies at once.
func (s *Store) SetUserKey(ctx context.Context, userID int64, key string) error {
	return s.changeStaff(ctx, userID, func(tx *gorm.DB, row *staffRow) error {
		row.KeyHash = hashKey(key)
		if err := keyIsFree(tx, userID, row.KeyHash); err != nil {
			return err
		}
		return saveStaff(tx, row)
	})
}

// DropUserKey takes an account's key away.
func (s *Store) DropUserKey(ctx context.Context, userID int64) error {
	return s.changeStaff(ctx, userID, func(tx *gorm.DB, row *staffRow) error {
		row.KeyHash = nil
		return saveStaff(tx, row)
	})
}

// changeStaff changes one account. The administrators are locked first: of two
// that remove each other at once, the second finds that it is the last.
func (s *Store) changeStaff(ctx context.Context, userID int64, change func(*gorm.DB, *staffRow) error) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		before, err := s.lockAdministrators(tx)
		if err != nil {
			return err
		}
		var row staffRow
		if err := tx.Raw("SELECT * FROM staff WHERE id = ?"+s.dialect.forUpdate, userID).Take(&row).Error; err != nil {
			return s.notFound(err, cards.Say("Il n’y a pas de compte %d.", userID))
		}
		if err := change(tx, &row); err != nil || before == 0 {
			return err
		}
		after, err := s.lockAdministrators(tx)
		if err == nil && after == 0 {
			err = cards.Breaks("dernier-administrateur", cards.Conflict, "« %s » est le dernier administrateur qui peut se connecter : "+
				"nommez-en un autre avant de le désactiver, de le supprimer, de changer son rôle ou de lui retirer sa clé.", row.Name)
		}
		return err
	})
}

// lockAdministrators counts those who can sign in.
func (s *Store) lockAdministrators(tx *gorm.DB) (int, error) {
	var ids []int64
	err := tx.Raw("SELECT id FROM staff WHERE role = ? AND "+signsIn+" ORDER BY id"+s.dialect.forUpdate, cards.RoleAdministrator).Scan(&ids).Error
	return len(ids), err
}

func saveStaff(tx *gorm.DB, row *staffRow) error {
	return tx.Model(row).Select("role", "key_hash", "password", "email", "language", "disabled", "alerts").Updates(row).Error
}

func endSessions(tx *gorm.DB, userID int64) error {
	return tx.Exec("DELETE FROM sessions WHERE staff_id = ?", userID).Error
}
