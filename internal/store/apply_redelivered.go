package store

import (
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// redelivered marks the versions that the library was handed once more because
// it asked for everything: those came to the system it has now. A card that had
// ended when it asked, or when it fetched, was in no list.
func (a *applying) redelivered(asked deliveryRow, byID map[int64]*entry) error {
	if len(a.batch.Library.HeldSince) == 0 {
		return nil
	}
	var ids []int64
	for id, e := range byID {
		if e.handed != nil && id <= asked.LastCard { // what still waits is not known to be held
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := a.handedOnce(asked, ids)
	for _, row := range rows {
		version, err := row.Version.handed()
		if err != nil {
			return err
		}
		if !version.card.ExpiredOn(a.store.today(fromMicros(row.Given).Unix())) {
			byID[row.Version.CardID].handed.again = asked.Seq + 1
		}
	}
	return err
}

type redeliveredRow struct {
	Version versionRow `gorm:"embedded"`
	Given   int64      // when it was handed over
}

// handedOnce finds how cards stood when the library was given what it had asked
// for. When that was is told by their rows in hand_again or given_again; where
// neither is there any more, the moment it asked stands for it. What was
// stamped in that very second may have come too late.
func (a *applying) handedOnce(asked deliveryRow, ids []int64) ([]redeliveredRow, error) {
	var rows []redeliveredRow
	err := a.tx.Raw(`SELECT v.card_id, v.seq, v.content, p.given FROM (
			SELECT c.id AS card_id, CASE WHEN g.given < coalesce(m.moved, @never) THEN g.given ELSE coalesce(m.moved, @asked) END AS given
			FROM cards c
			LEFT JOIN hand_again h ON h.library_id = @library AND h.card_id = c.id
			LEFT JOIN given_again g ON g.library_id = @library AND g.card_id = c.id AND g.given >= @asked
			LEFT JOIN mark_moves m ON m.library_id = @library AND m.door = @pull AND m.moved >= @asked AND m.from_seq = (
				SELECT max(o.from_seq) FROM mark_moves o WHERE o.library_id = @library AND o.door = @pull AND o.from_seq < coalesce(h.seq, g.seq))
			WHERE c.id IN @cards) p
		JOIN versions v ON v.card_id = p.card_id AND v.seq = (
			SELECT max(o.seq) FROM versions o WHERE o.card_id = p.card_id AND NOT o.taken_over AND (o.seq <= @seq OR o.stamp < p.given / @second))`,
		map[string]any{
			"library": a.batch.Library.ID, "asked": asked.Requested, "seq": asked.Seq, "cards": among[int64](ids), "pull": cards.DoorPull,
			"never": noBound, "second": time.Second.Microseconds(),
		}).Scan(&rows).Error
	return rows, err
}
