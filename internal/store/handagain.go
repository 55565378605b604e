package store

import (
	"context"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

type handAgainRow struct {
	LibraryID int64
	CardID    int64
	Seq       int64
	Stamp     int64
	Reason    string
	Attempts  int64
	Due       int64
}

func (handAgainRow) TableName() string { return "hand_again" }

// putHandAgain enters rows that bear a seq of the clock already; a card that
// was waiting moves to its new place.
func putHandAgain(tx *gorm.DB, rows []handAgainRow) error {
	return tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "library_id"}, {Name: "card_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"seq", "stamp", "reason", "due"}),
	}).CreateInBatches(&rows, rowsPerInsert).Error
}

// handAgain takes the clock and enters the cards, in the order given.
func (s *Store) handAgain(tx *gorm.DB, libraryID int64, cardIDs []int64, reason string) error {
	t, err := s.takeClock(tx, len(cardIDs))
	if err != nil {
		return err
	}
	rows := make([]handAgainRow, len(cardIDs))
	for i, id := range cardIDs {
		rows[i] = handAgainRow{LibraryID: libraryID, CardID: id, Seq: t.first + int64(i), Stamp: t.stamp, Reason: reason}
	}
	return putHandAgain(tx, rows)
}

// HandAgainDue lists the cards a pushed library is to be sent once more now,
// oldest first, always in their current version.
func (s *Store) HandAgainDue(ctx context.Context, libraryID int64, day string, limit int) ([]cards.HandAgain, error) {
	var rows []struct {
		Row      feedRow `gorm:"embedded"`
		Reason   string
		Attempts int
		Due      int64
	}
	err := s.query(ctx).Raw(`SELECT h.card_id, h.seq, h.stamp, c.oai_id, c.number, c.seq AS version, c.origin, c.xml, c.provenance,
			h.reason, h.attempts, h.due
		FROM hand_again h JOIN cards c ON c.id = h.card_id
		WHERE h.library_id = ? AND h.due <= `+s.dialect.nowMicros+` AND (c.ends >= ? OR c.listed_until > c.ends)
		ORDER BY h.due, h.seq LIMIT ?`, libraryID, day, limit).Scan(&rows).Error
	if err != nil {
		return nil, s.explain(err)
	}
	list := make([]cards.HandAgain, len(rows))
	for i, row := range rows {
		item, err := row.Row.item()
		if err != nil {
			return nil, err
		}
		list[i] = cards.HandAgain{FeedItem: item, Reason: row.Reason, Attempts: row.Attempts, DueAt: fromMicros(row.Due)}
	}
	return list, nil
}

// NextHandAgain is when the next card waiting for a pushed library comes due;
// zero when none waits.
func (s *Store) NextHandAgain(ctx context.Context, libraryID int64) (time.Time, error) {
	var due []int64
	err := s.query(ctx).Raw("SELECT due FROM hand_again WHERE library_id = ? ORDER BY due LIMIT 1", libraryID).Scan(&due).Error
	if err != nil || len(due) == 0 {
		return time.Time{}, s.explain(err)
	}
	return time.UnixMicro(due[0]).UTC(), nil
}

// Backoff of a card a library's system refused.
const (
	firstRetry = 30 * time.Second
	lastRetry  = 6 * time.Hour
)

func retryAfter(attempts int64) time.Duration {
	pause := firstRetry
	for range attempts {
		if pause *= 2; pause >= lastRetry {
			return lastRetry
		}
	}
	return pause
}

// SettlePush records a library's report on a batch: the push mark moves to
// upper (0 leaves it, for cards that were handed again), what was delivered no
// longer waits, what was refused waits longer each time.
func (s *Store) SettlePush(ctx context.Context, libraryID, upper int64, delivered []cards.FeedItem, refused []cards.Refusal) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := s.movePush(tx, libraryID, upper); err != nil {
			return err
		}
		if err := s.dropDelivered(tx, libraryID, delivered); err != nil {
			return err
		}
		if err := s.restorePushedOver(tx, libraryID, delivered); err != nil {
			return err
		}
		return s.queueRefused(tx, libraryID, refused)
	})
}

// dropDelivered ends the waiting of what was delivered. A row newer than the
// version delivered was entered meanwhile, and stays.
func (s *Store) dropDelivered(tx *gorm.DB, libraryID int64, delivered []cards.FeedItem) error {
	if len(delivered) == 0 {
		return nil
	}
	seqs := make(map[int64]int64, len(delivered))
	ids := make([]int64, len(delivered))
	for i, item := range delivered {
		seqs[item.CardID], ids[i] = item.Seq, item.CardID
	}
	var waiting []handAgainRow
	if err := tx.Where("library_id = ? AND card_id IN ?", libraryID, ids).Find(&waiting).Error; err != nil {
		return err
	}
	for _, row := range waiting {
		if row.Seq > seqs[row.CardID] {
			continue
		}
		if err := tx.Exec("DELETE FROM hand_again WHERE library_id = ? AND card_id = ?", libraryID, row.CardID).Error; err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) movePush(tx *gorm.DB, libraryID, upper int64) error {
	if upper == 0 {
		return nil
	}
	mark, err := s.lockMark(tx, libraryID, cards.DoorPush)
	if err != nil || upper <= mark.Seq {
		return err
	}
	_, stamp, err := s.clockRow(tx)
	if err != nil {
		return err
	}
	from := mark.Seq
	mark.Seq, mark.Stamp, mark.FinishedSeq = upper, stamp, upper
	return s.moveMark(tx, from, mark)
}

func (s *Store) queueRefused(tx *gorm.DB, libraryID int64, refused []cards.Refusal) error {
	var fresh []handAgainRow
	now, err := s.nowIn(tx)
	if err != nil {
		return err
	}
	for _, r := range refused {
		var row handAgainRow
		err := tx.Raw("SELECT * FROM hand_again WHERE library_id = ? AND card_id = ?", libraryID, r.CardID).Scan(&row).Error
		if err != nil {
			return err
		}
		due := micros(now.Add(retryAfter(row.Attempts)))
		if row.CardID == 0 {
			fresh = append(fresh, handAgainRow{LibraryID: libraryID, CardID: r.CardID, Reason: r.Reason, Attempts: 1, Due: due})
			continue
		}
		err = tx.Exec("UPDATE hand_again SET reason = ?, attempts = attempts + 1, due = ? WHERE library_id = ? AND card_id = ?",
			r.Reason, due, libraryID, r.CardID).Error
		if err != nil {
			return err
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	t, err := s.takeClock(tx, len(fresh))
	if err != nil {
		return err
	}
	for i := range fresh {
		fresh[i].Seq, fresh[i].Stamp = t.first+int64(i), t.stamp
	}
	return putHandAgain(tx, fresh)
}

func (s *Store) nowIn(tx *gorm.DB) (time.Time, error) {
	var us int64
	err := tx.Raw("SELECT " + s.dialect.nowMicros).Scan(&us).Error
	return fromMicros(us), err
}

// ConfirmPull records the report of a library that fetched its cards: those
// its system refused are handed again.
func (s *Store) ConfirmPull(ctx context.Context, libraryID int64, c cards.Confirmation) error {
	if len(c.Refused) == 0 {
		return nil
	}
	err := s.write(ctx, func(tx *gorm.DB) error {
		var refused []cards.Refusal
		for _, r := range c.Refused {
			var ids []int64
			if err := tx.Raw("SELECT id FROM cards WHERE number_key = ? AND seq > 0", cards.NumberKey(r.Number)).Scan(&ids).Error; err != nil {
				return err
			}
			for _, id := range ids {
				refused = append(refused, cards.Refusal{CardID: id, Reason: r.Reason})
			}
		}
		return s.queueRefused(tx, libraryID, refused)
	})
	return err
}
