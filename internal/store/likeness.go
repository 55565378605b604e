package store

import (
	"context"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// openLikenesses are the pairs nobody has decided on whose cards still seem to
// belong to one person.
const openLikenesses = `likenesses k JOIN person_keys one ON one.card_id = k.low_id JOIN person_keys two ON two.card_id = k.high_id
	WHERE k.verdict = '' AND one.person_key = two.person_key`

type likenessRow struct {
	ID     int64
	LowID  int64
	HighID int64
	Found  int64
}

func (likenessRow) TableName() string { return "likenesses" }

// Likenesses lists the pairs a person is to decide on, newest first.
func (s *Store) Likenesses(ctx context.Context, q cards.LikenessQuery) ([]cards.Likeness, error) {
	before := q.Before
	if before == 0 {
		before = noBound
	}
	var rows []likenessRow
	err := s.query(ctx).Raw("SELECT k.id, k.low_id, k.high_id, k.found FROM "+openLikenesses+" AND k.id < ? ORDER BY k.id DESC LIMIT ?",
		before, q.Limit).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, s.explain(err)
	}
	var ids []int64
	for _, row := range rows {
		ids = append(ids, row.LowID, row.HighID)
	}
	seen, err := likeCards(s.query(ctx), ids)
	if err != nil {
		return nil, s.explain(err)
	}
	list := make([]cards.Likeness, 0, len(rows))
	for _, row := range rows {
		low, high := seen[row.LowID], seen[row.HighID]
		if low == nil || high == nil {
			continue // one has just gone
		}
		list = append(list, cards.Likeness{ID: row.ID, Cards: [2]cards.LikeCard{*low, *high}, Found: fromMicros(row.Found)})
	}
	return list, nil
}

// likeCards reads what staff see of each card.
func likeCards(tx *gorm.DB, ids []int64) (map[int64]*cards.LikeCard, error) {
	var rows []struct {
		ID      int64
		Content string
		Stamp   int64
		Created int64
	}
	if err := tx.Raw("SELECT id, content, stamp, created FROM cards WHERE id IN ?", ids).Scan(&rows).Error; err != nil {
		return nil, err
	}
	seen := make(map[int64]*cards.LikeCard, len(rows))
	for _, row := range rows {
		c := &cards.LikeCard{Created: fromMicros(row.Created), Changed: time.Unix(row.Stamp, 0).UTC()}
		if err := fromJSON(row.Content, &c.Card, "card"); err != nil {
			return nil, err
		}
		seen[row.ID] = c
	}
	var senders []struct {
		CardID int64
		Code   string
	}
	err := tx.Raw(`SELECT s.card_id, l.code FROM sent s JOIN libraries l ON l.id = s.library_id WHERE s.card_id IN ? ORDER BY l.code`, ids).
		Scan(&senders).Error
	for _, sender := range senders {
		if c := seen[sender.CardID]; c != nil {
			c.Senders = append(c.Senders, sender.Code)
		}
	}
	return seen, err
}
