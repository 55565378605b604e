package store

import (
	"context"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// openLikenesses are the pairs nobody has decided on whose cards still seem to
// belong to one person. The keys are looked up pair by pair: joined, a database
// may first match every key with every other.
const openLikenesses = `likenesses k WHERE k.verdict = '' AND (SELECT person_key FROM person_keys WHERE card_id = k.low_id)
	= (SELECT person_key FROM person_keys WHERE card_id = k.high_id)`

type likenessRow struct {
	ID     int64
	LowID  int64
	HighID int64
	Found  int64
}

func (likenessRow) TableName() string { return "likenesses" }

// Likenesses lists the pairs a person is to decide on, newest first.
func (s *Store) Likenesses(ctx context.Context, q cards.LikenessQuery) ([]cards.Likeness, error) {
	before := orNoBound(q.Before)
	var rows []struct {
		Pair likenessRow `gorm:"embedded"`
		Low  likeCardRow `gorm:"embedded;embeddedPrefix:low_"`
		High likeCardRow `gorm:"embedded;embeddedPrefix:high_"`
	}
	err := s.query(ctx).Raw(`SELECT p.*, a.oai_id AS low_oai_id, a.content AS low_content, a.stamp AS low_stamp, a.created AS low_created,
			b.oai_id AS high_oai_id, b.content AS high_content, b.stamp AS high_stamp, b.created AS high_created
		FROM (SELECT k.id, k.low_id, k.high_id, k.found FROM `+openLikenesses+` AND k.id < ? ORDER BY k.id DESC LIMIT ?) p
		JOIN cards a ON a.id = p.low_id JOIN cards b ON b.id = p.high_id ORDER BY p.id DESC`, before, q.Limit).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, s.explain(err)
	}
	var ids []int64
	for _, row := range rows {
		ids = append(ids, row.Pair.LowID, row.Pair.HighID)
	}
	senders, err := sendersOf(s.query(ctx), ids)
	if err != nil {
		return nil, s.explain(err)
	}
	list := make([]cards.Likeness, len(rows))
	for i, row := range rows {
		list[i] = cards.Likeness{ID: row.Pair.ID, Found: fromMicros(row.Pair.Found)}
		if err := row.Low.fill(&list[i].Cards[0], senders[row.Pair.LowID]); err != nil {
			return nil, err
		}
		if err := row.High.fill(&list[i].Cards[1], senders[row.Pair.HighID]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// likeCardRow is one card of a pair.
type likeCardRow struct {
	OAIID   string `gorm:"column:oai_id"`
	Content string
	Stamp   int64
	Created int64
}

func (r likeCardRow) fill(c *cards.LikeCard, senders []string) error {
	c.OAIID, c.Created, c.Changed, c.Senders = r.OAIID, fromMicros(r.Created), time.Unix(r.Stamp, 0).UTC(), senders
	return fromJSON(r.Content, &c.Card, "card")
}

// sendersOf finds the codes of the libraries that sent each card.
func sendersOf(tx *gorm.DB, cardIDs []int64) (map[int64][]string, error) {
	var rows []struct {
		CardID int64
		Code   string
	}
	err := tx.Raw("SELECT s.card_id, l.code FROM sent s JOIN libraries l ON l.id = s.library_id WHERE s.card_id IN ? ORDER BY l.code", cardIDs).
		Scan(&rows).Error
	senders := make(map[int64][]string, len(cardIDs))
	for _, row := range rows {
		senders[row.CardID] = append(senders[row.CardID], row.Code)
	}
	return senders, err
}
