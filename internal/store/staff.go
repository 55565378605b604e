package store

import (
	"bytes"
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

type staffRow struct {
	ID       int64 `gorm:"primaryKey"`
	Name     string
	Role     string
	KeyHash  keyHash
	Password string // argon2id; empty for none
	Email    string
	Language string
	Disabled bool
	Alerts   string // kinds of trouble, separated by spaces
	Created  int64
	LastSeen int64
}

func (staffRow) TableName() string { return "staff" }

// keyHash is the hash of a key, NULL where there is none: one driver would
// write no bytes as an empty value, of which no two accounts could have one.
type keyHash []byte

// Value is what the database is given.
func (h keyHash) Value() (driver.Value, error) {
	if len(h) == 0 {
		return nil, nil
	}
	return []byte(h), nil
}

// Scan reads what the database gives.
func (h *keyHash) Scan(value any) error {
	switch value := value.(type) {
	case nil:
		*h = nil
	case []byte:
		*h = bytes.Clone(value)
	default:
		return fmt.Errorf("a hash of type %T", value)
	}
	return nil
}

func (r *staffRow) user() *cards.User {
	u := &cards.User{
		ID: r.ID, Name: r.Name, Role: cards.Role(r.Role), Email: r.Email, Language: r.Language, Disabled: r.Disabled,
		HasPassword: r.Password != "", HasKey: len(r.KeyHash) > 0, Created: fromMicros(r.Created), LastSeen: fromMicros(r.LastSeen),
	}
	for kind := range strings.FieldsSeq(r.Alerts) {
		u.Alerts = append(u.Alerts, cards.TroubleKind(kind))
	}
	return u
}

// settings are what a member of staff's account may be changed to.
func (r *staffRow) settings(u *cards.User) {
	kinds := make([]string, len(u.Alerts))
	for i, kind := range u.Alerts {
		kinds[i] = string(kind)
	}
	slices.Sort(kinds)
	r.Role, r.Email, r.Language, r.Disabled = string(u.Role), u.Email, u.Language, u.Disabled
	r.Alerts = strings.Join(slices.Compact(kinds), " ")
}

// AddUser enters an account that has a key, or none.
func (s *Store) AddUser(ctx context.Context, u cards.User, key string) (*cards.User, error) {
	return s.AddAccount(ctx, u, key, "")
}

// AddAccount enters an account with a key, a password, both or neither: they
// are kept as hashes. Conflict where the name is taken.
func (s *Store) AddAccount(ctx context.Context, u cards.User, key, password string) (*cards.User, error) {
	if err := u.Validate(); err != nil {
		return nil, err
	}
	row := staffRow{Name: u.Name, Created: micros(s.Clock())}
	row.settings(&u)
	if password != "" {
		if err := cards.CheckPassword(password, u.Name); err != nil {
			return nil, err
		}
		hash, err := s.passwords.hash(ctx, password)
		if err != nil {
			return nil, err
		}
		row.Password = hash
	}
	if key != "" {
		row.KeyHash = hashKey(key)
	}
	err := s.write(ctx, func(tx *gorm.DB) error {
		var taken int64
		if err := tx.Model(&staffRow{}).Where("name = ?", u.Name).Count(&taken).Error; err != nil {
			return err
		}
		if taken > 0 {
			return cards.Breaks("compte-pris", cards.Conflict, "il y a déjà un compte « %s »", u.Name)
		}
		if err := keyIsFree(tx, 0, row.KeyHash); err != nil {
			return err
		}
		row.ID = 0
		return tx.Create(&row).Error
	})
	if err != nil {
		return nil, err
	}
	return row.user(), nil
}

// keyIsFree refuses a chosen key another account has: it would open that one.
func keyIsFree(tx *gorm.DB, own int64, hash keyHash) error {
	if len(hash) == 0 {
		return nil
	}
	var taken int64
	if err := tx.Model(&staffRow{}).Where("key_hash = ? AND id <> ?", hash, own).Count(&taken).Error; err != nil {
		return err
	}
	if taken > 0 {
		return cards.Errorf(cards.Conflict, "cette clé ne peut pas servir ; choisissez-en une autre")
	}
	return nil
}

// AuthenticateUser finds the account a bearer key belongs to. That of a
// disabled account opens nothing.
func (s *Store) AuthenticateUser(ctx context.Context, key string) (*cards.User, error) {
	var row staffRow
	found := s.query(ctx).Where("key_hash = ? AND NOT disabled", hashKey(key)).Limit(1).Find(&row)
	if found.Error != nil {
		return nil, s.explain(found.Error)
	}
	if found.RowsAffected == 0 {
		return nil, cards.Errorf(cards.Unauthorized, "Clé inconnue.")
	}
	now, err := s.Now(ctx)
	if err != nil {
		return nil, err
	}
	s.noteSeen(ctx, &row, now)
	return row.user(), nil
}

// Users lists the accounts by name.
func (s *Store) Users(ctx context.Context) ([]cards.User, error) {
	var rows []staffRow
	if err := s.query(ctx).Order("name, id").Find(&rows).Error; err != nil {
		return nil, s.explain(err)
	}
	list := make([]cards.User, len(rows))
	for i := range rows {
		list[i] = *rows[i].user()
	}
	return list, nil
}

// User finds an account; NotFound where there is none.
func (s *Store) User(ctx context.Context, id int64) (*cards.User, error) {
	var row staffRow
	if err := s.query(ctx).Take(&row, id).Error; err != nil {
		return nil, s.notFound(err, cards.Say("Il n’y a pas de compte %d.", id))
	}
	return row.user(), nil
}

// UserByName finds an account by its name; NotFound where there is none.
func (s *Store) UserByName(ctx context.Context, name string) (*cards.User, error) {
	var row staffRow
	if err := s.query(ctx).Where("name = ?", plain(cards.AccountName(name))).Take(&row).Error; err != nil {
		return nil, s.notFound(err, cards.Say("Il n’y a pas de compte de ce nom."))
	}
	return row.user(), nil
}

// HasAccounts reports whether anybody can sign in at all, be it with a key only.
func (s *Store) HasAccounts(ctx context.Context) (bool, error) {
	var found bool
	err := s.query(ctx).Raw("SELECT EXISTS (SELECT 1 FROM staff WHERE " + signsIn + ")").Scan(&found).Error
	return found, s.explain(err)
}
