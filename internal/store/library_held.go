package store

import (
	"fmt"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// heldSince reads since when the library's system has fields that it had not.
func (r *libraryRow) heldSince() (map[cards.Field]int64, error) {
	if r.HeldSince == "" {
		return nil, nil
	}
	var byName map[string]int64
	if err := fromJSON(r.HeldSince, &byName, "fields of a library"); err != nil {
		return nil, err
	}
	since := make(map[cards.Field]int64, len(byName))
	for name, seq := range byName {
		field, err := cards.ParseField(name)
		if err != nil {
			return nil, fmt.Errorf("fields of %s: %w", r.Code, err)
		}
		since[field] = seq
	}
	return since, nil
}

// heldFromNow is the same once the library's system has not only the fields
// given: what it has from now on it was not handed before.
func (s *Store) heldFromNow(tx *gorm.DB, stands *libraryRow, notHeld cards.FieldSet) (string, error) {
	fresh := cards.FieldSet(stands.NotHeld) &^ notHeld
	if fresh == 0 {
		return stands.HeldSince, nil
	}
	since, err := stands.heldSince()
	if err != nil {
		return "", err
	}
	seq, _, err := s.clockRow(tx)
	if err != nil {
		return "", err
	}
	byName := map[string]int64{}
	for field, earlier := range since {
		byName[field.String()] = earlier
	}
	for _, field := range fresh.Fields() {
		byName[field.String()] = seq
	}
	return toJSON(byName), nil
}
