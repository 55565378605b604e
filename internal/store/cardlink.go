package store

import (
	"context"
	"slices"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// Staff follow links to cards. A number has no place in an address: there a
// card goes by its opaque identifier.

// CardNumber is the present number of the card of an opaque identifier.
func (s *Store) CardNumber(ctx context.Context, oaiID string) (string, error) {
	var numbers []string
	err := s.query(ctx).Raw("SELECT number FROM cards WHERE oai_id = ? AND seq > 0", plain(oaiID)).Scan(&numbers).Error
	if err != nil {
		return "", s.explain(err)
	}
	if len(numbers) == 0 {
		return "", errNoSuchCard()
	}
	return numbers[0], nil
}

func errNoSuchCard() error {
	return cards.Errorf(cards.NotFound, "Cette carte n’est pas, ou n’est plus, dans le réseau.")
}

// OAIID is the opaque identifier of the card that has, or had, a number, for
// whatever may not hold the number itself.
func (s *Store) OAIID(ctx context.Context, number string) (string, error) {
	row, err := findCard(s.query(ctx), number)
	if err != nil {
		return "", s.explain(err)
	}
	return row.OAIID, nil
}

// CardIDs are the opaque identifiers of cards, by the numbers asked for, former
// ones included. Numbers of no card are left out.
func (s *Store) CardIDs(ctx context.Context, numbers []string) (map[string]string, error) {
	byKey := make(map[string][]string, len(numbers))
	keys := make([]string, 0, len(numbers))
	for _, number := range numbers {
		key := plain(cards.NumberKey(number))
		if byKey[key] == nil {
			keys = append(keys, key)
		}
		byKey[key] = append(byKey[key], number)
	}
	ids := make(map[string]string, len(numbers))
	for portion := range slices.Chunk(keys, keysPerQuery) {
		var rows []struct {
			NumberKey string
			OAIID     string `gorm:"column:oai_id"`
		}
		// A number that is one card's and was another's comes last, and counts.
		err := s.query(ctx).Raw(`SELECT number_key, oai_id FROM (
				SELECT f.number_key, c.oai_id, 0 AS own FROM former_numbers f JOIN cards c ON c.id = f.card_id WHERE f.number_key IN @keys
				UNION ALL SELECT number_key, oai_id, 1 AS own FROM cards WHERE number_key IN @keys AND seq > 0) found ORDER BY own`,
			map[string]any{"keys": portion}).Scan(&rows).Error
		if err != nil {
			return nil, s.explain(err)
		}
		for _, row := range rows {
			for _, number := range byKey[row.NumberKey] {
				ids[number] = row.OAIID
			}
		}
	}
	return ids, nil
}

// CardFileByID is CardFile for a card's opaque identifier.
func (s *Store) CardFileByID(ctx context.Context, oaiID string) (*cards.CardFile, error) {
	return s.cardFile(ctx, func(tx *gorm.DB) (*cardRow, error) {
		var row cardRow
		err := tx.Raw("SELECT * FROM cards WHERE oai_id = ? AND seq > 0", plain(oaiID)).Scan(&row).Error
		if err == nil && row.ID == 0 {
			return nil, errNoSuchCard()
		}
		return &row, err
	})
}
