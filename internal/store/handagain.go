package store

import (
	"context"
	"slices"
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
	ShownSeq  int64 // the last place before this one that a list held; 0 for none
}

func (handAgainRow) TableName() string { return "hand_again" }

// putHandAgain enters rows, of one card each, that bear a seq of the clock
// already; a card that was waiting moves to its new place.
func putHandAgain(tx *gorm.DB, rows []handAgainRow) error {
	return upsertHandAgain(tx, rows, "seq", "stamp", "reason", "due")
}

func upsertHandAgain(tx *gorm.DB, rows []handAgainRow, columns ...string) error {
	return tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "library_id"}, {Name: "card_id"}},
		DoUpdates: append(clause.AssignmentColumns(columns), shownBefore),
	}).CreateInBatches(&rows, rowsPerInsert).Error
}

// shownBefore keeps the place that a row leaves where a list began that held it: the library may have been shown the card
// there, and the list does not hold the new one.
var shownBefore = clause.Assignment{Column: clause.Column{Name: "shown_seq"}, Value: gorm.Expr(`CASE WHEN EXISTS (SELECT 1 FROM handings l
	WHERE l.library_id = hand_again.library_id AND hand_again.seq > l.from_seq AND hand_again.seq <= l.upto_seq) THEN hand_again.seq ELSE hand_again.shown_seq END`)}

// handAgain takes the clock and enters the cards, in the order given.
func (s *Store) handAgain(tx *gorm.DB, libraryID int64, cardIDs []int64, reason cards.Sentence) error {
	if len(cardIDs) == 0 {
		return nil
	}
	t, err := s.takeClock(tx, len(cardIDs))
	if err != nil {
		return err
	}
	rows := make([]handAgainRow, len(cardIDs))
	for i, id := range cardIDs {
		rows[i] = handAgainRow{LibraryID: libraryID, CardID: id, Seq: t.first + int64(i), Stamp: t.stamp, Reason: reason.Stored()}
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
		Since    int64
	}
	err := s.query(ctx).Raw(`SELECT h.card_id, h.seq, h.stamp, c.oai_id, c.number, c.seq AS version, c.origin, c.xml, c.provenance,
			h.reason, h.attempts, h.due, (SELECT seq FROM clock WHERE id = 1) AS since
		FROM hand_again h JOIN cards c ON c.id = h.card_id
		WHERE h.library_id = ? AND h.due <= `+s.nowMicros()+` AND (c.ends >= ? OR c.listed_until > c.ends)
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
		item.Since = row.Since
		list[i] = cards.HandAgain{FeedItem: item, Reason: cards.ParseSentence(row.Reason), Attempts: row.Attempts, DueAt: fromMicros(row.Due)}
	}
	return list, nil
}

// NextHandAgain is when the next card waiting for a pushed library comes due;
// zero when none waits. A card whose time is over waits for nothing.
func (s *Store) NextHandAgain(ctx context.Context, libraryID int64) (time.Time, error) {
	waits, err := s.waits.ask(ctx, libraryID)
	if err != nil || !waits {
		return time.Time{}, err
	}
	day, err := s.Today(ctx)
	if err != nil {
		return time.Time{}, err
	}
	var due []int64
	err = s.query(ctx).Raw(`SELECT h.due FROM hand_again h JOIN cards c ON c.id = h.card_id
		WHERE h.library_id = ? AND (c.ends >= ? OR c.listed_until > c.ends) ORDER BY h.due LIMIT 1`,
		libraryID, day).Scan(&due).Error
	if err != nil || len(due) == 0 {
		return time.Time{}, s.explain(err)
	}
	return time.UnixMicro(due[0]).UTC(), nil
}

// waitsFor says that a card waits for a library. Where many wait for others,
// PostgreSQL would read all of these for one; what comes first it looks for.
func waitsFor(library string) string {
	return "(SELECT h.seq FROM hand_again h WHERE h.library_id = " + library + " ORDER BY h.library_id, h.seq LIMIT 1) IS NOT NULL"
}

// anyWaits reports of several libraries whether any card waits for them. It
// mostly does not, and many pushes end at once.
func (s *Store) anyWaits(ctx context.Context, libraryIDs []int64) ([]bool, error) {
	var found []int64
	err := s.query(ctx).Raw("SELECT id FROM libraries l WHERE id IN ? AND "+waitsFor("l.id"),
		among[int64](libraryIDs)).Scan(&found).Error
	waits := make([]bool, len(libraryIDs))
	for i, id := range libraryIDs {
		waits[i] = slices.Contains(found, id)
	}
	return waits, s.explain(err)
}
