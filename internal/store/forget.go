package store

import (
	"context"
	"fmt"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// A network may say how long it keeps a card after its end (Options.KeepMonths).
// Then the card goes, with its versions and all that libraries sent of it, and
// leaves what it added to the statistics, which name nobody. Unlike one that is
// erased at its reader's request it leaves no trace that turns it away: the
// reader may enrol again, under the same number. As long as their card has ended
// it does not come in: a library that exports its whole base every night would
// have the hub enter it every night.

// forgetQuiet is how long a card must not have changed before it goes, whatever
// its end: whoever moved that into the past has told the libraries by then, and
// no kept document of it waits to be looked at.
const forgetQuiet = 90 * 24 * time.Hour

// forgetPortion is how many cards go in one transaction, which nobody enters
// cards beside.
const forgetPortion = 500

// forgettable are the cards whose keeping time is over; of the cards only the
// index cards_seq is read. A card that ended early stays until every library
// that is pushed to was told, or has left the network.
const forgettable = ` FROM cards c WHERE c.seq > @after AND c.seq <= @quiet AND c.ends < @limit AND NOT (c.listed_until > c.ends AND EXISTS (
		SELECT 1 FROM libraries l WHERE l.removed = 0 AND l.push_url <> '' AND (
			c.origin <> l.id AND c.seq > coalesce((SELECT m.seq FROM marks m WHERE m.library_id = l.id AND m.door = @push), 0)
			OR EXISTS (SELECT 1 FROM hand_again h WHERE h.library_id = l.id AND h.card_id = c.id))))`

// keptSince is the first end of a card that is kept on a day; empty where all
// are.
func (s *Store) keptSince(day time.Time) string {
	if s.keepMonths == 0 {
		return ""
	}
	return day.In(s.place).AddDate(0, -s.keepMonths, 0).Format(time.DateOnly)
}

func (s *Store) forgetArgs(ctx context.Context) (map[string]any, error) {
	now, err := s.Now(ctx)
	if err != nil {
		return nil, err
	}
	quiet, err := s.seqAt(s.query(ctx), now.Add(-forgetQuiet).Unix())
	return map[string]any{
		"limit": s.keptSince(now), "quiet": quiet, "after": 0, "push": cards.DoorPush, "portion": forgetPortion,
	}, s.explain(err)
}

// Forgettable counts the cards that Forget would take out now.
func (s *Store) Forgettable(ctx context.Context) (n int64, err error) {
	args, err := s.forgetArgs(ctx)
	if err != nil {
		return 0, err
	}
	err = s.query(ctx).Raw("SELECT count(*)"+forgettable, args).Scan(&n).Error
	return n, s.explain(err)
}

// Forget takes the cards out whose keeping time has run out, and tells how many.
// The audit log says by whom.
func (s *Store) Forget(ctx context.Context, by cards.AuditEntry) (forgotten int, err error) {
	if s.keepMonths == 0 {
		return 0, nil
	}
	args, err := s.forgetArgs(ctx)
	for err == nil {
		var rows []cardRow
		err = s.query(ctx).Raw("SELECT c.id, c.seq"+forgettable+" ORDER BY c.seq LIMIT @portion", args).Scan(&rows).Error
		if err != nil || len(rows) == 0 {
			break
		}
		gone := 0
		err = s.write(ctx, func(tx *gorm.DB) (err error) {
			if gone, err = s.forget(tx, rows, args); err != nil || gone == 0 {
				return err
			}
			by.Action, by.Detail = "forget-cards", fmt.Sprintf("cartes : %d", gone)
			return s.record(tx, by)
		})
		if err == nil {
			forgotten, args["after"] = forgotten+gone, rows[len(rows)-1].Seq
		}
	}
	return forgotten, s.explain(err)
}

// forget takes those of the cards out that nobody has changed meanwhile.
func (s *Store) forget(tx *gorm.DB, rows []cardRow, args map[string]any) (int, error) {
	// In the order in which erase locks.
	if _, err := s.lockMark(tx, cards.HubID, doorStatistics); err != nil {
		return 0, err
	}
	if err := s.holdErasures(tx); err != nil {
		return 0, err
	}
	ids := make([]int64, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	var held, gone []int64
	if err := tx.Raw("SELECT id FROM cards WHERE id IN ? ORDER BY number_key"+s.dialect.forUpdate, ids).Scan(&held).Error; err != nil {
		return 0, err
	}
	args["held"] = held
	if err := tx.Raw("SELECT c.id"+forgettable+" AND c.id IN @held", args).Scan(&gone).Error; err != nil || len(gone) == 0 {
		return 0, err
	}
	if err := s.countErased(tx, gone...); err != nil {
		return 0, err
	}
	if err := forgetHeaders(tx, gone); err != nil {
		return 0, err
	}
	// Under the clock, as everything that changes what a feed holds.
	if _, err := s.takeClock(tx, 0); err != nil {
		return 0, err
	}
	return len(gone), tx.Exec("DELETE FROM cards WHERE id IN ?", gone).Error
}

// forgetHeaders drops the records the cards came in by that their libraries'
// servers called deleted: what a server calls a record may hold its number.
func forgetHeaders(tx *gorm.DB, ids []int64) error {
	var rows []versionRow
	err := tx.Raw("SELECT DISTINCT library_id, provenance FROM versions WHERE card_id IN ? AND provenance <> ''", ids).Scan(&rows).Error
	if err != nil {
		return err
	}
	for _, row := range rows {
		from, err := provenanceOf(row.Provenance)
		if err != nil {
			return err
		}
		err = tx.Exec("DELETE FROM deleted_headers WHERE library_id = ? AND identifier = ?", row.LibraryID, headerKey(from.Identifier)).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// keptNoMore reports whether an entry would bring in a card that ended longer
// ago than cards are kept.
func (a *applying) keptNoMore(e *entry) bool {
	if e.current != nil || e.decision.Result != cards.Created {
		return false
	}
	return e.decision.Card.Enrolment.End < a.store.keptSince(a.batch.Moment.Arrived)
}
