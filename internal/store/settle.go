package store

import (
	"context"
	"slices"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// SettlePush records a library's report on a batch: the push mark moves to
// upper (0 leaves it, for cards that were handed again), what was delivered no
// longer waits, what was refused waits longer each time.
func (s *Store) SettlePush(ctx context.Context, libraryID, upper int64, delivered []cards.FeedItem, refused []cards.Refusal) error {
	if p := (report{libraryID, upper, delivered}); len(refused) == 0 && p.plain() {
		done, err := s.reports.ask(ctx, p)
		if err != nil || done {
			return err
		}
	}
	return s.settleOne(ctx, libraryID, upper, delivered, refused)
}

func (s *Store) settleOne(ctx context.Context, libraryID, upper int64, delivered []cards.FeedItem, refused []cards.Refusal) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := s.movePush(tx, libraryID, upper, delivered); err != nil {
			return err
		}
		if err := s.noteDelivered(tx, libraryID, upper, delivered); err != nil {
			return err
		}
		if err := s.dropDelivered(tx, libraryID, delivered); err != nil {
			return err
		}
		if err := s.handOver(tx, libraryID, delivered); err != nil {
			return err
		}
		fresh, err := s.queueRefused(tx, libraryID, refused)
		if err != nil {
			return err
		}
		return s.addActivity(tx, activityRow{LibraryID: libraryID, Taken: int64(len(delivered)), Refused: fresh})
	})
}

// noteDelivered keeps what was handed again: no mark tells of it.
func (s *Store) noteDelivered(tx *gorm.DB, libraryID, upper int64, delivered []cards.FeedItem) error {
	if upper > 0 || len(delivered) == 0 {
		return nil
	}
	first, last := versionSpan(delivered)
	return s.noteHanded(tx, libraryID, first-1, last)
}

// versionSpan is from the first to the last version among cards, of which there are
// some.
func versionSpan(items []cards.FeedItem) (first, last int64) {
	first, last = items[0].Version, items[0].Version
	for _, item := range items {
		first, last = min(first, item.Version), max(last, item.Version)
	}
	return first, last
}

// movePush moves the push mark. Its row is locked also where it stays: a
// document that arrives just then sees what was delivered, or is seen by
// handOver.
func (s *Store) movePush(tx *gorm.DB, libraryID, upper int64, delivered []cards.FeedItem) error {
	mark, err := s.lockMark(tx, libraryID, cards.DoorPush)
	if err != nil || upper <= mark.Seq {
		return err
	}
	seq, stamp, err := s.clockRow(tx)
	if err != nil {
		return err
	}
	from := mark.Seq
	mark.Seq, mark.Stamp, mark.FinishedSeq = upper, stamp, seenBy(upper, delivered)
	if len(delivered) == 0 { // nothing tells when they were read
		mark.FinishedSeq = seq
	}
	return s.moveMark(tx, from, mark)
}

// seenBy is the network's seq up to which the page was seen of which cards were
// delivered, upper at least.
func seenBy(upper int64, delivered []cards.FeedItem) int64 {
	for i := range delivered {
		upper = max(upper, delivered[i].Seen)
	}
	return upper
}

// dropDelivered ends the waiting of what was delivered. A row newer than what
// was delivered was entered meanwhile, and stays. Mostly nothing waits, and the
// clock is left alone.
func (s *Store) dropDelivered(tx *gorm.DB, libraryID int64, delivered []cards.FeedItem) error {
	if len(delivered) == 0 {
		return nil
	}
	var some bool
	if err := tx.Raw("SELECT "+waitsFor("?"), libraryID).Scan(&some).Error; err != nil || !some {
		return err
	}
	seqs := make(map[int64]int64, len(delivered))
	ids := make([]int64, len(delivered))
	for i, item := range delivered {
		seqs[item.CardID], ids[i] = item.Seq, item.CardID
	}
	waiting, err := waitingOf(tx, libraryID, ids)
	if err != nil || len(waiting) == 0 {
		return err
	}
	for i := range waiting {
		waiting[i].Seq = seqs[waiting[i].CardID]
	}
	if _, err := s.takeClock(tx, 0); err != nil {
		return err
	}
	if err := s.noteGiven(tx, waiting); err != nil {
		return err
	}
	return deliveredAgain.given(tx, waiting, `DELETE FROM hand_again WHERE (library_id, card_id) IN (SELECT library_id, card_id FROM given)
		AND EXISTS (SELECT 1 FROM given g WHERE g.card_id = hand_again.card_id AND hand_again.seq <= g.seq)`, nil)
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

// queueRefused has refused cards wait for their next attempt. Each takes a new
// place in the feed too, behind the mark of a library that fetches: it would
// not be listed again where it was. A report may name a card twice; the last
// reason counts. It returns how many were not refused before.
func (s *Store) queueRefused(tx *gorm.DB, libraryID int64, refused []cards.Refusal) (fresh int64, err error) {
	reasons := make(map[int64]string, len(refused)) // as stored
	var ids []int64
	for _, r := range refused {
		if _, known := reasons[r.CardID]; !known {
			ids = append(ids, r.CardID)
		}
		reasons[r.CardID] = r.Reason.Stored()
	}
	if len(ids) == 0 {
		return 0, nil
	}
	now, err := s.nowIn(tx)
	if err != nil {
		return 0, err
	}
	t, err := s.takeClock(tx, len(ids))
	if err != nil {
		return 0, err
	}
	attempts, err := attemptsOf(tx, libraryID, ids)
	if err != nil {
		return 0, err
	}
	still, err := stillThere(tx, ids)
	if err != nil || len(still) == 0 {
		return 0, err
	}
	rows := make([]handAgainRow, len(still))
	for i, id := range still {
		if attempts[id] == 0 {
			fresh++
		}
		rows[i] = handAgainRow{
			LibraryID: libraryID, CardID: id, Seq: t.first + int64(i), Stamp: t.stamp, Reason: reasons[id],
			Attempts: attempts[id] + 1, Due: micros(now.Add(retryAfter(attempts[id]))),
		}
	}
	return fresh, upsertHandAgain(tx, rows, "seq", "stamp", "reason", "due", "attempts")
}

// attemptsOf tells how often each card was refused before.
func attemptsOf(tx *gorm.DB, libraryID int64, cardIDs []int64) (map[int64]int64, error) {
	attempts := make(map[int64]int64, len(cardIDs))
	rows, err := waitingOf(tx, libraryID, cardIDs)
	for _, row := range rows {
		attempts[row.CardID] = row.Attempts
	}
	return attempts, err
}

// waitingOf are those of the cards that wait to be handed again to the library.
func waitingOf(tx *gorm.DB, libraryID int64, cardIDs []int64) ([]handAgainRow, error) {
	var all []handAgainRow
	waiting := keyed{columns: "*", from: "hand_again", key: "card_id", library: "library_id"}.text(tx)
	for portion := range slices.Chunk(cardIDs, keysPerQuery) {
		var rows []handAgainRow
		if err := tx.Raw(waiting, among[int64](portion), libraryID).Scan(&rows).Error; err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}

// stillThere keeps, in order, the cards that were not erased or merged since
// they were read. Where the clock is held, none goes any more.
func stillThere(tx *gorm.DB, cardIDs []int64) ([]int64, error) {
	found, err := inPortions[int64](tx, "SELECT id FROM cards WHERE id IN ?", cardIDs)
	if err != nil {
		return nil, err
	}
	there := make(map[int64]bool, len(found))
	for _, id := range found {
		there[id] = true
	}
	return slices.DeleteFunc(slices.Clone(cardIDs), func(id int64) bool { return !there[id] }), nil
}
