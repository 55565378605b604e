package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

const (
	// likenessPortion is how many cards one transaction looks at.
	likenessPortion = 1000
	// likenessOthers is with how many others, the oldest, a card is paired at
	// most: a name and date that more cards share is no person but what somebody
	// types for a class or an unknown reader, and pairs grow with the square.
	likenessOthers = 5
)

// doorLikeness is the mark, of no library, of how far cards were looked at.
const doorLikeness cards.Door = "ressemblances"

type personKeyRow struct {
	CardID    int64
	PersonKey string
}

func (personKeyRow) TableName() string { return "person_keys" }

// FindLikenesses looks at a portion of the cards that changed since it last
// did, and enters the pairs that seem to belong to one person. more is set
// where there may be further cards. Because it reads by seq it passes over no
// card, and the cursor moves only with what was found.
func (s *Store) FindLikenesses(ctx context.Context) (more bool, err error) {
	if idle, err := s.nothingBehind(ctx, doorLikeness); idle || err != nil {
		return false, err
	}
	err = s.write(ctx, func(tx *gorm.DB) error {
		mark, err := s.lockMark(tx, cards.HubID, doorLikeness)
		if err != nil {
			return err
		}
		var rows []cardRow
		err = tx.Raw("SELECT id, content, seq FROM cards WHERE seq > ? ORDER BY seq LIMIT ?", mark.Seq, likenessPortion).Scan(&rows).Error
		if err != nil || len(rows) == 0 {
			more = false
			return err
		}
		more = len(rows) == likenessPortion
		keys, err := keepPersonKeys(tx, rows)
		if err != nil {
			return err
		}
		if err := s.pairUp(tx, keys); err != nil {
			return err
		}
		return tx.Exec("UPDATE marks SET seq = ?, moved = "+s.nowMicros()+" WHERE library_id = ? AND door = ?",
			rows[len(rows)-1].Seq, cards.HubID, doorLikeness).Error
	})
	return more, err
}

// nothingBehind spares the quiet hours a write: no card changed since the mark
// of a job that looks at them all moved.
func (s *Store) nothingBehind(ctx context.Context, job cards.Door) (bool, error) {
	mark, err := s.Mark(ctx, cards.HubID, job)
	if err != nil {
		return false, err
	}
	var newer []int64
	err = s.query(ctx).Raw("SELECT seq FROM cards WHERE seq > ? ORDER BY seq LIMIT 1", mark.Seq).Scan(&newer).Error
	return len(newer) == 0, s.explain(err)
}

// keepPersonKeys writes the keys of the cards, and takes out those of cards of
// which nothing can be told any more.
func keepPersonKeys(tx *gorm.DB, rows []cardRow) ([]personKeyRow, error) {
	var keys []personKeyRow
	var without []int64
	for _, row := range rows {
		var card cards.Card
		if err := fromJSON(row.Content, &card, "card"); err != nil {
			return nil, err
		}
		if key := cards.PersonKey(&card); key != "" {
			keys = append(keys, personKeyRow{CardID: row.ID, PersonKey: key})
		} else {
			without = append(without, row.ID)
		}
	}
	if len(without) > 0 {
		if err := tx.Exec("DELETE FROM person_keys WHERE card_id IN ?", among[int64](without)).Error; err != nil {
			return nil, err
		}
	}
	if len(keys) == 0 {
		return nil, nil
	}
	return keys, tx.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "card_id"}}, DoUpdates: clause.AssignmentColumns([]string{"person_key"}),
	}).CreateInBatches(&keys, rowsPerInsert).Error
}

// pairUp enters each card with the oldest others of its key.
func (s *Store) pairUp(tx *gorm.DB, keys []personKeyRow) error {
	if len(keys) == 0 {
		return nil
	}
	oldest, err := oldestOf(tx, keys)
	if err != nil {
		return err
	}
	now, err := s.nowIn(tx)
	if err != nil {
		return err
	}
	var pairs []likenessRow
	for _, k := range keys {
		others := slices.DeleteFunc(slices.Clone(oldest[k.PersonKey]), func(id int64) bool { return id == k.CardID })
		for _, other := range others[:min(len(others), likenessOthers)] {
			pairs = append(pairs, likenessRow{LowID: min(k.CardID, other), HighID: max(k.CardID, other), Found: micros(now)})
		}
	}
	if len(pairs) == 0 {
		return nil
	}
	slices.SortFunc(pairs, func(a, b likenessRow) int {
		return cmp.Or(cmp.Compare(a.LowID, b.LowID), cmp.Compare(a.HighID, b.HighID))
	})
	pairs = slices.Compact(pairs)
	return tx.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "low_id"}, {Name: "high_id"}}, DoNothing: true,
	}).CreateInBatches(&pairs, rowsPerInsert).Error
}

// oldestOf finds the oldest cards of each key.
func oldestOf(tx *gorm.DB, keys []personKeyRow) (map[string][]int64, error) {
	texts := make([]string, len(keys))
	for i, k := range keys {
		texts[i] = k.PersonKey
	}
	slices.Sort(texts)
	texts = slices.Compact(texts)
	var rows []personKeyRow
	err := tx.Raw(`SELECT person_key, card_id FROM (
			SELECT person_key, card_id, row_number() OVER (PARTITION BY person_key ORDER BY card_id) AS place FROM person_keys WHERE person_key IN ?
		) aged WHERE place <= ? ORDER BY person_key, card_id`, among[string](texts), likenessOthers+1).Scan(&rows).Error
	oldest := make(map[string][]int64, len(texts))
	for _, row := range rows {
		oldest[row.PersonKey] = append(oldest[row.PersonKey], row.CardID)
	}
	return oldest, err
}
