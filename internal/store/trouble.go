package store

import (
	"context"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

type troubleRow struct {
	ID        int64 `gorm:"primaryKey"`
	Kind      string
	LibraryID int64
	Subject   string
	Detail    string
	Seen      int64
	Began     int64
	Away      int64
	Ended     int64
	ToldBegan int64
	ToldEnded int64
	Closed    bool
}

func (troubleRow) TableName() string { return "troubles" }

func (r troubleRow) key() cards.TroubleKey {
	return cards.TroubleKey{Kind: cards.TroubleKind(r.Kind), LibraryID: r.LibraryID, Subject: r.Subject}
}

func (r troubleRow) trouble(code string) (cards.Trouble, error) {
	t := cards.Trouble{
		ID: r.ID, TroubleKey: r.key(), Library: code, Seen: fromMicros(r.Seen), Began: fromMicros(r.Began), Away: fromMicros(r.Away),
		Ended: fromMicros(r.Ended), ToldBegan: fromMicros(r.ToldBegan), ToldEnded: fromMicros(r.ToldEnded), Closed: r.Closed,
	}
	return t, fromJSON(r.Detail, &t.Detail, "trouble")
}

func rowOfTrouble(t *cards.Trouble) troubleRow {
	return troubleRow{
		ID: t.ID, Kind: string(t.Kind), LibraryID: t.LibraryID, Subject: plain(t.Subject), Detail: toJSON(t.Detail), Seen: micros(t.Seen),
		Began: micros(t.Began), Away: micros(t.Away), Ended: micros(t.Ended), ToldBegan: micros(t.ToldBegan), ToldEnded: micros(t.ToldEnded), Closed: t.Closed,
	}
}

// SettleTroubles goes on with the troubles by what is found now. Their state and
// the letters that tell of it are written in one transaction: whatever dies,
// nobody is told twice, and nobody not at all.
func (s *Store) SettleTroubles(ctx context.Context, found []cards.Finding, letters func(t cards.Trouble, mail cards.TroubleMail) []cards.Message) error {
	mailed := false
	err := s.write(ctx, func(tx *gorm.DB) error {
		mailed = false
		steps, err := s.troubleSteps(tx, found)
		if err != nil {
			return err
		}
		for i := range steps {
			kept, err := saveTrouble(tx, &steps[i])
			if err != nil {
				return err
			}
			if !kept || steps[i].Mail == cards.TellNothing {
				continue
			}
			for _, letter := range letters(steps[i].Trouble, steps[i].Mail) {
				mailed = true
				if err := s.queueMail(tx, letter); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil || !mailed {
		return err
	}
	return s.Wake(ctx, cards.JobMail, cards.HubID)
}

// troubleSteps locks the troubles that are not closed, so that two hubs that
// both think it is their turn take the steps one after the other.
func (s *Store) troubleSteps(tx *gorm.DB, found []cards.Finding) ([]cards.TroubleStep, error) {
	now, err := s.nowIn(tx)
	if err != nil {
		return nil, err
	}
	var rows []troubleRow
	if err := tx.Raw("SELECT * FROM troubles WHERE NOT closed ORDER BY id" + s.dialect.forUpdate).Scan(&rows).Error; err != nil {
		return nil, err
	}
	codes, err := libraryCodes(tx)
	if err != nil {
		return nil, err
	}
	known := make([]cards.Trouble, len(rows))
	for i, row := range rows {
		if known[i], err = row.trouble(codes[row.LibraryID]); err != nil {
			return nil, err
		}
	}
	mailed, err := lastMails(tx, now)
	return cards.WatchTroubles(known, found, mailed, now), err
}

// lastMails tells when staff were last written to about each trouble of late.
func lastMails(tx *gorm.DB, now time.Time) (map[cards.TroubleKey]time.Time, error) {
	const lately = 2 * time.Hour
	after := micros(now.Add(-lately))
	var rows []troubleRow
	err := tx.Raw("SELECT * FROM troubles WHERE told_began > ? OR told_ended > ?", after, after).Scan(&rows).Error
	mailed := make(map[cards.TroubleKey]time.Time, len(rows))
	for _, row := range rows {
		if last := fromMicros(max(row.ToldBegan, row.ToldEnded)); last.After(mailed[row.key()]) {
			mailed[row.key()] = last
		}
	}
	return mailed, err
}

// saveTrouble writes a step; kept is false where another hub entered the same
// trouble at the same time, and tells of it.
func saveTrouble(tx *gorm.DB, step *cards.TroubleStep) (kept bool, err error) {
	row := rowOfTrouble(&step.Trouble)
	switch {
	case step.Forget:
		return false, tx.Exec("DELETE FROM troubles WHERE id = ?", row.ID).Error
	case row.ID > 0:
		return true, tx.Save(&row).Error
	}
	done := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
	step.Trouble.ID = row.ID
	return done.RowsAffected > 0, done.Error
}

// Troubles lists what goes or went wrong, newest first; what may still pass by
// itself is left out.
func (s *Store) Troubles(ctx context.Context, q cards.TroubleQuery) ([]cards.Trouble, error) {
	where, args := "t.began > 0", []any{}
	if q.Library != "" {
		where, args = where+" AND l.code = ?", append(args, plain(q.Library))
	}
	if q.Kind != "" {
		where, args = where+" AND t.kind = ?", append(args, plain(string(q.Kind)))
	}
	if q.Open {
		where += " AND t.ended = 0 AND NOT t.closed"
	}
	if q.Before > 0 {
		where, args = where+" AND t.id < ?", append(args, q.Before)
	}
	limit := q.Limit
	if limit == 0 {
		limit = 100
	}
	var rows []struct {
		Row  troubleRow `gorm:"embedded"`
		Code string
	}
	err := s.query(ctx).Raw("SELECT t.*, coalesce(l.code, '') AS code FROM troubles t LEFT JOIN libraries l ON l.id = t.library_id WHERE "+where+
		" ORDER BY t.id DESC LIMIT ?", append(args, limit)...).Scan(&rows).Error
	if err != nil {
		return nil, s.explain(err)
	}
	list := make([]cards.Trouble, len(rows))
	for i, row := range rows {
		if list[i], err = row.Row.trouble(row.Code); err != nil {
			return nil, err
		}
	}
	return list, nil
}
