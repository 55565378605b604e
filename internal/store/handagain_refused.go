package store

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
)

// RefusedBy lists the cards a library's own system did not take, the newest card first, with its reasons and when each is
// tried again. Only cards whose CardID is lower than before are listed; 0 lists from the newest.
func (s *Store) RefusedBy(ctx context.Context, libraryID, before int64, limit int) ([]cards.HandAgain, error) {
	var rows []struct {
		CardID   int64
		OAIID    string `gorm:"column:oai_id"`
		Number   string
		Seq      int64
		Reason   string
		Attempts int
		Due      int64
	}
	err := s.query(ctx).Raw(`SELECT h.card_id, c.oai_id, c.number, h.seq, h.reason, h.attempts, h.due FROM hand_again h JOIN cards c ON c.id = h.card_id
		WHERE h.library_id = ? AND h.card_id < ? AND h.attempts > 0 ORDER BY h.card_id DESC LIMIT ?`, libraryID, orNoBound(before), limit).Scan(&rows).Error
	if err != nil {
		return nil, s.explain(err)
	}
	list := make([]cards.HandAgain, len(rows))
	for i, row := range rows {
		list[i] = cards.HandAgain{
			FeedItem: cards.FeedItem{CardID: row.CardID, OAIID: row.OAIID, Number: row.Number, Seq: row.Seq},
			Reason:   cards.ParseSentence(row.Reason), Attempts: row.Attempts, DueAt: fromMicros(row.Due),
		}
	}
	return list, nil
}
