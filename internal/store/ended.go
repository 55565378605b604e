package store

import (
	"context"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// EndedEarly lists, in seq order, cards that ended before an end they had been
// published with, or that somebody had sent in vain, and that a library which
// only fetches may still take for valid: it sent them, was handed them or asked
// for one by itself, did not fetch the earlier end while they were still in its
// set, and was not told. What was told is kept card by card: an end moved to a
// day still to come is told of when that day is over. What oweEnds entered is
// listed in any case.
func (s *Store) EndedEarly(ctx context.Context, libraryID int64, day string, limit int) ([]cards.EndedCard, error) {
	mark, err := s.Mark(ctx, libraryID, cards.DoorPull)
	if err != nil {
		return nil, err
	}
	var ended []cards.EndedCard
	for after := int64(0); len(ended) < limit; {
		rows, err := s.endedCards(ctx, mark, day, after, limit)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			after = row.Card.Seq
			if !row.Owed && row.Place <= mark.Seq && s.fetchedInTime(row.Moved, row.Card.Ends) {
				continue
			}
			item, err := row.Card.item()
			if err != nil {
				return nil, err
			}
			if ended = append(ended, cards.EndedCard{FeedItem: item}); len(ended) == limit {
				break
			}
		}
		if len(rows) < limit {
			break
		}
	}
	return ended, s.nameFormer(ctx, ended)
}

// nameFormer adds the numbers the cards had before.
func (s *Store) nameFormer(ctx context.Context, ended []cards.EndedCard) error {
	ids, places := make([]int64, len(ended)), make(map[int64]int, len(ended))
	for i, card := range ended {
		ids[i], places[card.CardID] = card.CardID, i
	}
	rows, err := inPortions[formerRow](s.query(ctx), "SELECT card_id, number FROM former_numbers WHERE card_id IN ? ORDER BY replaced DESC, number", ids)
	for _, row := range rows {
		card := &ended[places[row.CardID]]
		card.Former = append(card.Former, row.Number)
	}
	return s.explain(err)
}

// fetchedInTime reports whether a mark passed a card, in Unix microseconds,
// while it was still valid, and so still in the set. A movement too long ago to
// be known counts as in time: its library was told by now, or knows.
func (s *Store) fetchedInTime(moved int64, ends string) bool {
	return moved == 0 || s.today(moved/time.Second.Microseconds()) <= ends
}

// endedRow has where a card stood in the library's list, and when the mark passed
// that.
type endedRow struct {
	Card  feedRow `gorm:"embedded"`
	Place int64
	Moved int64
	Owed  bool
}

// endedCards lists those that may have to be told of. A card's place is where
// it stood in the library's list: at its own seq, or at the later one where it
// is, or was, handed again, for before that the library did not get the earlier
// end. That goes for its own cards too, of which it has sent something else
// since.
func (s *Store) endedCards(ctx context.Context, mark cards.Mark, day string, after int64, limit int) ([]endedRow, error) {
	var rows []endedRow
	const place = "CASE WHEN h.seq > c.seq THEN h.seq WHEN g.seq > c.seq THEN g.seq ELSE c.seq END"
	err := s.query(ctx).Raw(`SELECT c.id AS card_id, c.seq, c.stamp, c.number, c.seq AS version, c.origin, c.ends, `+place+` AS place,
			coalesce((SELECT moved FROM mark_moves WHERE library_id = @library AND door = @pull AND from_seq < `+place+`
				ORDER BY from_seq DESC LIMIT 1), 0) AS moved,
			t.told IS NOT NULL AS owed
		FROM cards c LEFT JOIN told_ends t ON t.library_id = @library AND t.card_id = c.id AND t.seq >= c.seq
		LEFT JOIN hand_again h ON h.library_id = @library AND h.card_id = c.id
		LEFT JOIN given_again g ON g.library_id = @library AND g.card_id = c.id
		WHERE c.seq > @after AND c.ends < @day AND c.listed_until > c.ends
		AND (t.told = 0 OR t.told IS NULL AND (c.origin <> @library OR h.seq > c.seq OR g.seq > c.seq))
		AND (EXISTS (SELECT 1 FROM sent s WHERE s.library_id = @library AND s.card_id = c.id)
			OR g.seq < c.seq OR EXISTS (SELECT 1 FROM versions v WHERE v.card_id = c.id AND v.seq <= @mark AND v.seq < c.seq))
		ORDER BY c.seq LIMIT @limit`, map[string]any{
		"library": mark.LibraryID, "day": day, "pull": cards.DoorPull, "mark": mark.Seq, "after": after, "limit": limit,
	}).Scan(&rows).Error
	return rows, s.explain(err)
}

// oweEnds enters, for a library that only fetches, every early end that a
// restored backup of its system may lack, even one it was told of or made
// itself: told 0 says that it is still to be told. Rows are entered in the
// order of locks.
func oweEnds(tx *gorm.DB, libraryID int64, today string) error {
	return tx.Exec(`INSERT INTO told_ends (library_id, card_id, seq, told)
		SELECT l.id, c.id, c.seq, 0 FROM cards c JOIN libraries l ON l.id = ? AND l.push_url = ''
		WHERE c.seq > 0 AND c.ends < ? AND c.listed_until > c.ends AND c.listed_until >= ? ORDER BY c.number_key
		ON CONFLICT (library_id, card_id) DO UPDATE SET seq = excluded.seq, told = excluded.told`, libraryID, today, today).Error
}

// pushEnds has a library that fetched its cards, and is pushed to from now on, sent the early ends that letters told it of,
// or were to: its system may lack them, and its feed leaves out its own and what was pushed to it before.
func (s *Store) pushEnds(tx *gorm.DB, libraryID int64) error {
	now, err := s.nowIn(tx)
	if err != nil {
		return err
	}
	var ids []int64
	err = tx.Raw(`SELECT c.id FROM told_ends t JOIN cards c ON c.id = t.card_id JOIN marks m ON m.library_id = t.library_id AND m.door = ?
		WHERE t.library_id = ? AND t.seq >= c.seq AND c.seq > 0 AND c.ends < ? AND c.listed_until > c.ends AND (c.origin = t.library_id OR c.seq <= m.seq)
		AND NOT EXISTS (SELECT 1 FROM hand_again h WHERE h.library_id = t.library_id AND h.card_id = c.id) ORDER BY c.number_key`,
		cards.DoorPush, libraryID, s.today(now.Unix())).Scan(&ids).Error
	if err != nil {
		return err
	}
	return s.handAgain(tx, libraryID, ids, cards.Say("finie avant terme, ce que seul un courriel disait jusqu’ici"))
}

// TellEnded queues the letter that names ended cards and notes, in the same
// transaction, that the library is told of them. Where one of them was erased
// meanwhile nothing is done: the letter names it. Nor is it where another hub
// told of all of them.
func (s *Store) TellEnded(ctx context.Context, libraryID int64, ended []cards.EndedCard, letter cards.Message) error {
	ids := make([]int64, len(ended))
	for i, item := range ended {
		ids[i] = item.CardID
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		still, err := stillThere(tx, ids)
		if err != nil || len(still) < len(ids) {
			return err
		}
		var fresh int64
		for _, item := range ended {
			done := tx.Exec("INSERT INTO told_ends (library_id, card_id, seq, told) VALUES (?, ?, ?, "+s.nowMicros()+`)
				ON CONFLICT (library_id, card_id) DO UPDATE SET seq = excluded.seq, told = excluded.told
				WHERE told_ends.told = 0 OR told_ends.seq < excluded.seq`, libraryID, item.CardID, item.Version)
			if done.Error != nil {
				return done.Error
			}
			fresh += done.RowsAffected
		}
		if fresh == 0 {
			return nil
		}
		return s.queueMail(tx, letter)
	})
}
