package store

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// EndedEarly lists, in seq order, cards whose end was moved into the past
// after a later one had been published, and that a library which only fetches
// may still take for valid: it sent them or was handed them, and was not told.
func (s *Store) EndedEarly(ctx context.Context, libraryID int64, day string, limit int) ([]cards.FeedItem, error) {
	var rows []feedRow
	err := s.query(ctx).Raw(`SELECT c.id AS card_id, c.seq, c.stamp, c.number, c.seq AS version, c.origin FROM cards c
		WHERE c.origin <> @library AND c.ends < @day AND c.listed_until > c.ends
		AND c.seq > coalesce((SELECT seq FROM marks WHERE library_id = @library AND door = @told), 0)
		AND (EXISTS (SELECT 1 FROM sent s WHERE s.library_id = @library AND s.card_id = c.id)
			OR EXISTS (SELECT 1 FROM versions v JOIN marks m ON m.library_id = @library AND m.door = @pull
				WHERE v.card_id = c.id AND v.seq <= m.seq AND v.seq < c.seq))
		ORDER BY c.seq LIMIT @limit`, map[string]any{
		"library": libraryID, "day": day, "told": cards.DoorMail, "pull": cards.DoorPull, "limit": limit,
	}).Scan(&rows).Error
	if err != nil {
		return nil, s.explain(err)
	}
	items := make([]cards.FeedItem, len(rows))
	for i, row := range rows {
		if items[i], err = row.item(); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// TellEnded queues the letter that names ended cards and notes, in the same
// transaction, that the library is told of them up to a seq.
func (s *Store) TellEnded(ctx context.Context, libraryID, upper int64, letter cards.Message) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		mark, err := s.lockMark(tx, libraryID, cards.DoorMail)
		if err != nil || upper <= mark.Seq {
			return err
		}
		if err := queueMail(tx, letter); err != nil {
			return err
		}
		mark.Seq = upper
		return tx.Exec("UPDATE marks SET seq = ?, moved = "+s.nowMicros()+" WHERE library_id = ? AND door = ?",
			upper, libraryID, cards.DoorMail).Error
	})
}
