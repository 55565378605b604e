package store

import (
	"fmt"
	"slices"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// oldWidths reads at which lengths the library's system cut values before.
func (r *libraryRow) oldWidths() (map[cards.Field][]cards.OldWidth, error) {
	byName, err := r.oldWidthsByName()
	if err != nil || len(byName) == 0 {
		return nil, err
	}
	old := make(map[cards.Field][]cards.OldWidth, len(byName))
	for name, widths := range byName {
		field, err := cards.ParseField(name)
		if err != nil {
			return nil, fmt.Errorf("widths of %s: %w", r.Code, err)
		}
		old[field] = widths
	}
	return old, nil
}

func (r *libraryRow) oldWidthsByName() (map[string][]cards.OldWidth, error) {
	byName := map[string][]cards.OldWidth{}
	if r.OldWidths == "" {
		return byName, nil
	}
	err := fromJSON(r.OldWidths, &byName, "widths of a library")
	return byName, err
}

// oldWidthsFromNow is the same, as it is stored, once the library's system cuts
// at the widths given: what it was handed before it may still hold as it was
// cut then.
func (s *Store) oldWidthsFromNow(tx *gorm.DB, stands *libraryRow, widths string) (string, error) {
	var was, is map[string]int
	if stands.Widths == widths {
		return stands.OldWidths, nil
	}
	if err := fromJSON(stands.Widths, &was, "widths of a library"); err != nil {
		return "", err
	}
	if err := fromJSON(widths, &is, "widths of a library"); err != nil {
		return "", err
	}
	byName, err := stands.oldWidthsByName()
	if err != nil {
		return "", err
	}
	seq, _, err := s.clockRow(tx)
	if err != nil {
		return "", err
	}
	for name, width := range was {
		if is[name] == width {
			continue
		}
		others := slices.DeleteFunc(byName[name], func(old cards.OldWidth) bool { return old.Width == width })
		byName[name] = append(others, cards.OldWidth{Width: width, Until: seq})
	}
	return toJSON(byName), nil
}
