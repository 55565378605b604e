package store

import (
	"fmt"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// heldSince reads since when the library's system has fields that it did not
// have before.
func (r *libraryRow) heldSince() (map[cards.Field]int64, error) {
	byName, err := r.heldByName()
	if err != nil || len(byName) == 0 {
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

func (r *libraryRow) heldByName() (map[string]int64, error) {
	byName := map[string]int64{}
	if r.HeldSince == "" {
		return byName, nil
	}
	err := fromJSON(r.HeldSince, &byName, "fields of a library")
	return byName, err
}

// heldFromNow is the same, as it is stored, once notHeld are the fields the
// library's system does not have: of those it has from now on it was handed
// nothing before.
func (s *Store) heldFromNow(tx *gorm.DB, stands *libraryRow, notHeld cards.FieldSet) (string, error) {
	fresh := cards.FieldSet(stands.NotHeld) &^ notHeld
	if fresh == 0 {
		return stands.HeldSince, nil
	}
	byName, err := stands.heldByName()
	if err != nil {
		return "", err
	}
	seq, _, err := s.clockRow(tx)
	if err != nil {
		return "", err
	}
	for _, field := range fresh.Fields() {
		byName[field.String()] = seq
	}
	return toJSON(byName), nil
}
