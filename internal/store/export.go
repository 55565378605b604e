package store

import (
	"context"
	"iter"
)

// CardsSentBy gives, rendered, every card a library sent, in the order of their
// making.
func (s *Store) CardsSentBy(ctx context.Context, libraryID int64) iter.Seq2[[]byte, error] {
	return s.eachCard(ctx, "EXISTS (SELECT 1 FROM sent s WHERE s.card_id = c.id AND s.library_id = ?)", libraryID)
}

// Cards gives, rendered, every card of the network that has not ended before
// the day (YYYY-MM-DD), in the order of their making.
func (s *Store) Cards(ctx context.Context, day string) iter.Seq2[[]byte, error] {
	return s.eachCard(ctx, "c.ends >= ?", day)
}

func (s *Store) eachCard(ctx context.Context, where string, arg any) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		const page = 500
		last := int64(0)
		for {
			var rows []struct {
				ID  int64
				XML []byte `gorm:"column:xml"`
			}
			err := s.query(ctx).Raw("SELECT c.id, c.xml FROM cards c WHERE c.id > ? AND c.seq > 0 AND "+where+" ORDER BY c.id LIMIT ?",
				last, arg, page).Scan(&rows).Error
			if err != nil {
				yield(nil, s.explain(err))
				return
			}
			for _, row := range rows {
				last = row.ID
				if !yield(row.XML, nil) {
					return
				}
			}
			if len(rows) < page {
				return
			}
		}
	}
}
