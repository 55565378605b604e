package store

import (
	"context"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

type staffRow struct {
	ID      int64 `gorm:"primaryKey"`
	Name    string
	Role    string
	KeyHash []byte
	Created int64
}

func (staffRow) TableName() string { return "staff" }

func (r staffRow) user() *cards.User {
	return &cards.User{ID: r.ID, Name: r.Name, Role: cards.Role(r.Role), Created: fromMicros(r.Created)}
}

// AddUser enters a member of staff whose bearer key is given in clear and kept
// as a hash. Conflict where the name is taken.
func (s *Store) AddUser(ctx context.Context, u cards.User, key string) (*cards.User, error) {
	if u.Name == "" || !u.May(cards.RoleReader) {
		return nil, cards.Errorf(cards.Invalid, "un nom et un rôle (reader, operator ou administrator) sont nécessaires")
	}
	row := staffRow{Name: u.Name, Role: string(u.Role), KeyHash: hashKey(key), Created: micros(time.Now())}
	err := s.write(ctx, func(tx *gorm.DB) error {
		var taken int64
		if err := tx.Model(&staffRow{}).Where("name = ?", u.Name).Count(&taken).Error; err != nil {
			return err
		}
		if taken > 0 {
			return cards.Errorf(cards.Conflict, "il y a déjà un compte « %s »", u.Name)
		}
		row.ID = 0
		return tx.Create(&row).Error
	})
	return row.user(), err
}

// AuthenticateUser finds the member of staff a bearer key belongs to.
func (s *Store) AuthenticateUser(ctx context.Context, key string) (*cards.User, error) {
	var row staffRow
	found := s.query(ctx).Where("key_hash = ?", hashKey(key)).Limit(1).Find(&row)
	if found.Error != nil {
		return nil, s.explain(found.Error)
	}
	if found.RowsAffected == 0 {
		return nil, cards.Errorf(cards.Unauthorized, "Clé inconnue.")
	}
	return row.user(), nil
}

// Users lists the members of staff by name.
func (s *Store) Users(ctx context.Context) ([]cards.User, error) {
	var rows []staffRow
	if err := s.query(ctx).Order("name").Find(&rows).Error; err != nil {
		return nil, s.explain(err)
	}
	list := make([]cards.User, len(rows))
	for i, row := range rows {
		list[i] = *row.user()
	}
	return list, nil
}
