package store

import (
	"context"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// What is worked out from all cards that change, figures and likenesses, can
// wait while cards come in by the thousand: who gives them needs the processors
// more. It never waits long.
const (
	thousands = 2000             // changes
	within    = 10 * time.Second // of each other
	longest   = 5 * time.Minute
)

// StatisticsCanWait reports whether CountStatistics had better come later.
func (s *Store) StatisticsCanWait(ctx context.Context) (bool, error) {
	return s.canWait(ctx, doorStatistics)
}

// LikenessesCanWait reports whether FindLikenesses had better come later.
func (s *Store) LikenessesCanWait(ctx context.Context) (bool, error) {
	return s.canWait(ctx, doorLikeness)
}

func (s *Store) canWait(ctx context.Context, job cards.Door) (bool, error) {
	// Then is the stamp of the change that lies thousands back, Oldest that of the first that is still to be looked at.
	var at struct{ Seq, Now, Then, Oldest int64 }
	err := s.query(ctx).Raw("SELECT c.seq, "+s.nowSeconds()+` AS now,
			coalesce((SELECT k.stamp FROM cards k WHERE k.seq > c.seq - ? ORDER BY k.seq LIMIT 1), 0) AS "then",
			coalesce((SELECT k.stamp FROM cards k WHERE k.seq > coalesce((SELECT m.seq FROM marks m WHERE m.library_id = ? AND m.door = ?), 0)
				ORDER BY k.seq LIMIT 1), 0) AS oldest
		FROM clock c WHERE c.id = 1`, thousands, cards.HubID, job).Scan(&at).Error
	if err != nil {
		return false, s.explain(err)
	}
	busy := at.Seq >= thousands && at.Now-at.Then < int64(within/time.Second)
	return busy && at.Now-at.Oldest < int64(longest/time.Second), nil
}
