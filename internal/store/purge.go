package store

import (
	"context"
	"fmt"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// How long each kind of record is kept. A fault that goes on is not told again
// while it is; bytes that broke off before their end lie no longer than
// keepUnsealed.
const (
	keepRuns     = 90 * 24 * time.Hour
	keepFaults   = 365 * 24 * time.Hour
	keepUnsealed = 24 * time.Hour
	keepAudit    = 365 * 24 * time.Hour
	keepActivity = 13 * 31 * 24 * time.Hour // a year ago can be looked at beside now
	// keepMoves is of the movements of marks and of lists that moved none. What
	// crossed a document that is older when it comes is not known. What was given
	// by itself (given_again) is kept as long as its card is: nothing else tells
	// that a library has it.
	keepMoves = 30 * 24 * time.Hour
)

// brokenOff are deposits whose bytes never all arrived. A harvest goes on, maybe
// days later, in the deposit it began; one that no harvest knows was made by a
// hub that died before it could note it.
const brokenOff = "deposits WHERE status = '" + string(cards.Receiving) + "' AND (door <> '" + string(cards.DoorHarvest) + `'
	OR NOT EXISTS (SELECT 1 FROM harvests h WHERE h.library_id = deposits.library_id
		AND (h.state LIKE '%"Deposit":' || deposits.id || ',%' OR h.state LIKE '%"Held":' || deposits.id || ',%'))) AND arrived < ?`

// firstWaiting is the earliest moment at which a document that is not at its end
// can have been made: what its library was handed since has to be known when it
// is merged.
var firstWaiting = fmt.Sprintf("(SELECT coalesce(min(CASE WHEN made > 0 AND made < arrived - %[1]d THEN made - %[2]d ELSE arrived - %[1]d END), %[3]d) FROM deposits WHERE finished = 0)",
	cards.FileAge.Microseconds(), cards.ClockSlack.Microseconds(), noBound)

// notLast leaves of each library the last row by a column: that it was ever handed
// anything has to be known where a document is older than what is kept, and how
// far that reached when a card is erased.
func notLast(table, column string) string {
	return fmt.Sprintf("(library_id, %[2]s) NOT IN (SELECT library_id, max(%[2]s) FROM %[1]s GROUP BY library_id)", table, column)
}

// movedBefore are movements of marks before another that is too old as well. The
// last of those stays: a document that is younger may ask when a mark was moved
// before it was made, however long ago (see askPassed).
var movedBefore = `mark_moves WHERE EXISTS (SELECT 1 FROM mark_moves next WHERE next.library_id = mark_moves.library_id
	AND next.moved > mark_moves.moved AND next.moved < ? AND next.moved < ` + firstWaiting + ")"

// Purge deletes what its keeping time has run out for. keep is that of the
// bytes and results of deposits and of mails that were sent; what is not
// finished is never deleted. What cannot be deleted keeps nothing else from it.
func (s *Store) Purge(ctx context.Context, keep time.Duration) error {
	now, err := s.Now(ctx)
	if err != nil {
		return err
	}
	finished := " IN (SELECT id FROM deposits WHERE finished > 0 AND finished < ?)"
	var steps []func() error
	for _, old := range []struct {
		what string
		age  time.Duration
	}{
		{"deposit_pieces WHERE deposit_id" + finished, keep},
		{"deposit_results WHERE deposit_id" + finished, keep},
		{"deposit_pieces WHERE deposit_id IN (SELECT id FROM deposits WHERE holds_erased AND status <> '" + string(cards.Suspended) +
			"' AND finished > 0 AND finished < ?)", 0}, // whatever way they ended
		{"held_pages WHERE deposit_id" + finished, keep},
		{"held_records WHERE deposit_id" + finished, keepFaults},
		{movedBefore, keepMoves},
		{"handings WHERE handed < ? AND handed < " + firstWaiting + " AND " + notLast("handings", "handed") + " AND " + notLast("handings", "upto_seq"), keepMoves},
		{"outbox WHERE sent > 0 AND sent < ?", keep},
		{"runs WHERE finished > 0 AND finished < ?", keepRuns},
		{"known_faults WHERE seen < ?", keepFaults},
		{"troubles WHERE closed AND ended < ?", keepActivity},
		{brokenOff, keepUnsealed},
		{"sessions WHERE expires < ?", 0},
		{"sessions WHERE seen < ?", cards.SessionIdle},
		{"audit WHERE at < ?", keepAudit},
	} {
		steps = append(steps, s.deleting(ctx, old.what, micros(now.Add(-old.age))))
	}
	steps = append(steps, s.deleting(ctx, "activity WHERE day < ?", s.today(now.Add(-keepActivity).Unix())))
	return cards.InTurn(ctx, steps...)
}

func (s *Store) deleting(ctx context.Context, what string, before any) func() error {
	return func() error {
		return s.write(ctx, func(tx *gorm.DB) error { return tx.Exec("DELETE FROM "+what, before).Error })
	}
}
