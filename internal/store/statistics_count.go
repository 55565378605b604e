package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// The statistics are a projection: a job reads which cards changed, by seq, so
// that Apply pays nothing for them and none is passed over. What a card adds is
// worked out from all its versions each time; what it had added before is kept
// beside (statistics_cards) and taken out, so that no order of events, crash or
// portion can make a difference. Figures, what the cards added and the cursor
// move in one transaction.
//
// A card that another one takes over leaves a row in statistics_gone (see
// moveHistory): what it had added goes when the other is counted anew, which
// the new version of that one brings about. The row is written whether or not
// the gone card was counted, since the job may just be counting it.
//
// A card that is erased, or kept no more, is counted a last time, up to that day,
// in the transaction it goes in; what it added is then no person's any more and
// stays.
//
// The counting rules are cards.CountCard and cards.Tally. A migration that comes
// with other rules must empty the five tables and the mark: taking out by the
// new rules what was added by the old ones would leave a remainder.

// doorStatistics is the mark, of no library, of how far cards were counted.
const doorStatistics cards.Door = "statistiques"

// statisticsPortion is how many cards one transaction counts.
const statisticsPortion = 2000

// CountStatistics counts a portion of the cards that changed since it last did.
// more is set where there may be further cards.
func (s *Store) CountStatistics(ctx context.Context) (more bool, err error) {
	return s.countPortion(ctx, statisticsPortion)
}

func (s *Store) countPortion(ctx context.Context, portion int) (more bool, err error) {
	if idle, err := s.nothingBehind(ctx, doorStatistics); idle || err != nil {
		return false, err
	}
	err = s.write(ctx, func(tx *gorm.DB) error {
		mark, err := s.lockMark(tx, cards.HubID, doorStatistics)
		if err != nil {
			return err
		}
		var rows []cardRow
		err = tx.Raw("SELECT id, seq, stamp FROM cards WHERE seq > ? ORDER BY seq LIMIT ?", mark.Seq, portion).Scan(&rows).Error
		if more = len(rows) == portion; err != nil || len(rows) == 0 {
			return err
		}
		ids := make([]int64, len(rows))
		for i, row := range rows {
			ids[i] = row.ID
		}
		c := counting{tx: tx, tally: cards.Tally{}, towns: map[string]string{}}
		if err := c.count(ids); err != nil {
			return err
		}
		last := rows[len(rows)-1]
		return tx.Exec("UPDATE marks SET seq = ?, stamp = ?, moved = "+s.nowMicros()+" WHERE library_id = ? AND door = ?",
			last.Seq, last.Stamp, cards.HubID, doorStatistics).Error
	})
	return more, err
}

// countErased counts cards a last time, until today, and forgets what they had
// added. The mark is locked: the job is not counting them just now.
func (s *Store) countErased(tx *gorm.DB, ids ...int64) error {
	now, err := s.nowIn(tx)
	if err != nil {
		return err
	}
	c := counting{tx: tx, tally: cards.Tally{}, towns: map[string]string{}, until: s.today(now.Unix())}
	if err := c.count(ids); err != nil {
		return err
	}
	return tx.Exec("DELETE FROM statistics_cards WHERE card_id IN ?", ids).Error
}

// counting is one portion of cards on its way into the aggregates.
type counting struct {
	tx    *gorm.DB
	until string // cards are erased on that day; empty where they go on
	tally cards.Tally
	towns map[string]string // the nicest spelling seen, by folded name
}

type countedRow struct {
	CardID  int64 `gorm:"primaryKey;autoIncrement:false"`
	Counted string
}

func (countedRow) TableName() string { return "statistics_cards" }

type goneRow struct{ GoneID, KeepID int64 }

func (goneRow) TableName() string { return "statistics_gone" }

func (c *counting) count(ids []int64) error {
	gone, err := c.goneInto(ids)
	if err != nil {
		return err
	}
	before, err := inPortions[countedRow](c.tx, "SELECT card_id, counted FROM statistics_cards WHERE card_id IN ?", slices.Concat(ids, gone))
	if err != nil {
		return err
	}
	now, err := c.countedNow(ids)
	if err != nil {
		return err
	}
	if err := c.exchange(before, now); err != nil {
		return err
	}
	if err := c.saveTally(); err != nil {
		return err
	}
	return c.forget(gone)
}

// goneInto finds the cards that are gone into others, straight or by way of
// cards that are gone themselves.
func (c *counting) goneInto(ids []int64) ([]int64, error) {
	var all []int64
	for keep := ids; len(keep) > 0; {
		rows, err := inPortions[goneRow](c.tx, "SELECT gone_id, keep_id FROM statistics_gone WHERE keep_id IN ?", keep)
		if err != nil {
			return nil, err
		}
		keep = nil
		for _, row := range rows {
			keep = append(keep, row.GoneID)
		}
		all = append(all, keep...)
	}
	return all, nil
}

// countedNow works out what the cards add as they are.
func (c *counting) countedNow(ids []int64) (map[int64]string, error) {
	now := make(map[int64]string, len(ids))
	for portion := range slices.Chunk(ids, keysPerQuery) {
		if err := c.countAll(portion, now); err != nil {
			return nil, err
		}
	}
	return now, nil
}

// countAll reads the cards' versions one card at a time: a card may have had
// many.
func (c *counting) countAll(ids []int64, now map[int64]string) error {
	rows, err := c.tx.Raw(keyed{columns: "card_id, seq, content", from: "versions", key: "card_id"}.text(c.tx)+" ORDER BY card_id, seq", among[int64](ids)).Rows()
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var card int64
	var versions []cards.EnrolmentVersion
	for rows.Next() {
		var id, seq int64
		var content string
		if err := rows.Scan(&id, &seq, &content); err != nil {
			return err
		}
		if id != card && card != 0 {
			now[card] = c.countOne(versions)
			versions = versions[:0]
		}
		card = id
		var said cards.Card
		if err := fromJSON(content, &said, "version"); err != nil {
			return err
		}
		versions = append(versions, cards.EnrolmentVersionOf(&said))
	}
	if card != 0 {
		now[card] = c.countOne(versions)
	}
	return rows.Err()
}

func (c *counting) countOne(versions []cards.EnrolmentVersion) string {
	periods := cards.CountCard(versions, c.until)
	if len(periods) == 0 {
		return ""
	}
	for _, v := range versions {
		if key := cards.FoldTown(v.Town); key != "" {
			c.towns[key] = cards.NicerTown(c.towns[key], v.Town)
		}
	}
	return toJSON(periods)
}

// exchange takes out what was counted and adds what is, where they differ.
func (c *counting) exchange(before []countedRow, now map[int64]string) error {
	var changed []countedRow
	for _, row := range before {
		text, still := now[row.CardID]
		if still && text == row.Counted {
			delete(now, row.CardID)
			continue
		}
		if err := c.add(row.Counted, -1); err != nil {
			return err
		}
		if !still || text == "" {
			changed = append(changed, countedRow{CardID: row.CardID})
			delete(now, row.CardID)
		}
	}
	for id, text := range now {
		if text == "" {
			continue
		}
		if err := c.add(text, 1); err != nil {
			return err
		}
		changed = append(changed, countedRow{CardID: id, Counted: text})
	}
	return c.saveCounted(changed)
}

func (c *counting) add(counted string, sign int64) error {
	var periods []cards.CountedPeriod
	if err := fromJSON(counted, &periods, "counted periods"); err != nil {
		return err
	}
	c.tally.Add(periods, sign)
	return nil
}

// saveCounted keeps what cards add; nothing any more where it is empty.
func (c *counting) saveCounted(changed []countedRow) error {
	slices.SortFunc(changed, func(a, b countedRow) int { return cmp.Compare(a.CardID, b.CardID) })
	var empty []int64
	for _, row := range changed {
		if row.Counted == "" {
			empty = append(empty, row.CardID)
		}
	}
	changed = slices.DeleteFunc(changed, func(row countedRow) bool { return row.Counted == "" })
	for portion := range slices.Chunk(empty, keysPerQuery) {
		if err := c.tx.Exec("DELETE FROM statistics_cards WHERE card_id IN ?", among[int64](portion)).Error; err != nil {
			return err
		}
	}
	if len(changed) == 0 {
		return nil
	}
	return c.tx.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "card_id"}}, DoUpdates: clause.AssignmentColumns([]string{"counted"}),
	}).CreateInBatches(&changed, rowsPerInsert).Error
}

// forget drops cards that are gone into others, once those are counted.
func (c *counting) forget(gone []int64) error {
	for portion := range slices.Chunk(gone, keysPerQuery) {
		for _, statement := range []string{"DELETE FROM statistics_cards WHERE card_id IN ?", "DELETE FROM statistics_gone WHERE gone_id IN ?"} {
			if err := c.tx.Exec(statement, among[int64](portion)).Error; err != nil {
				return err
			}
		}
	}
	return nil
}
