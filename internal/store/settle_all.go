package store

import (
	"context"
	"maps"
	"slices"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// report says that a library's system took all it was sent, up to a place in
// its feed. Of a hundred reports ninety-nine are of this kind, and where a card
// changes those of all libraries come within a moment: one transaction settles
// them together.
type report struct {
	library   int64
	upper     int64
	delivered []cards.FeedItem
}

// mostPlain bounds the cards of a report that is settled with others.
const mostPlain = 16

// plain reports whether it may be settled with others.
func (r *report) plain() bool {
	return r.upper > 0 && len(r.delivered) > 0 && len(r.delivered) <= mostPlain
}

// settleAll settles reports. It leaves out those of libraries whose mark is
// held by somebody else, or that something more has to be done for: cards that
// waited, and cards the library has changed meanwhile.
func (s *Store) settleAll(ctx context.Context, reports []report) ([]bool, error) {
	var done []bool
	err := s.write(ctx, func(tx *gorm.DB) error {
		done = make([]bool, len(reports))
		moves, err := s.plainMoves(tx, reports)
		if err != nil || len(moves) == 0 {
			return err
		}
		if err := s.moveMarks(tx, moves); err != nil {
			return err
		}
		took := make(map[int64]activityRow, len(moves))
		for _, m := range moves {
			took[m.library] = activityRow{LibraryID: m.library, Taken: int64(len(reports[m.of].delivered))}
			done[m.of] = true
		}
		return s.addActivities(tx, took)
	})
	return done, err
}

// markMove is how a report moves its library's mark, which is locked.
type markMove struct {
	library, from, upper, finished, stamp int64
	of                                    int // place of the report
}

var markMoves = table[markMove]{columns: []column[markMove]{
	integers("library_id", func(m *markMove) int64 { return m.library }),
	texts("door", func(*markMove) string { return string(cards.DoorPush) }),
	integers("from_seq", func(m *markMove) int64 { return m.from }),
	integers("upper", func(m *markMove) int64 { return m.upper }),
	integers("finished", func(m *markMove) int64 { return m.finished }),
	integers("stamp", func(m *markMove) int64 { return m.stamp }),
}}

// plainMoves locks the marks that nobody holds, and keeps those whose move is
// all there is to do. What it looks for is entered by whoever holds the mark,
// so it looks once the marks are locked.
func (s *Store) plainMoves(tx *gorm.DB, reports []report) ([]markMove, error) {
	libraries, seen := make(among[int64], len(reports)), make(map[int64]bool)
	for i, r := range reports {
		libraries[i] = r.library
		for _, item := range r.delivered {
			seen[item.CardID] = true
		}
	}
	delivered := among[int64](slices.Sorted(maps.Keys(seen)))
	var free []markRow
	err := tx.Raw("SELECT * FROM marks WHERE door = ? AND library_id IN ? ORDER BY library_id"+s.dialect.forFree, cards.DoorPush, libraries).Scan(&free).Error
	if err != nil || len(free) == 0 {
		return nil, err
	}
	var more []int64 // libraries that gave one of these cards themselves, or wait for one
	err = tx.Raw("SELECT origin FROM cards WHERE id IN ? UNION SELECT library_id FROM hand_again WHERE library_id IN ? AND card_id IN ?",
		delivered, libraries, delivered).Scan(&more).Error
	if err != nil {
		return nil, err
	}
	_, stamp, err := s.clockRow(tx)
	if err != nil {
		return nil, err
	}
	marks := make(map[int64]int64, len(free))
	for _, row := range free {
		marks[row.LibraryID] = row.Seq
	}
	for _, library := range more {
		delete(marks, library)
	}
	var moves []markMove
	for i, r := range reports {
		if from, ours := marks[r.library]; ours && from < r.upper {
			moves = append(moves, markMove{library: r.library, from: from, upper: r.upper, finished: seenBy(r.upper, r.delivered), stamp: stamp, of: i})
			delete(marks, r.library)
		}
	}
	return moves, nil
}

// moveMarks moves push marks, as movePush does one.
func (s *Store) moveMarks(tx *gorm.DB, moves []markMove) error {
	err := markMoves.given(tx, moves, "INSERT INTO mark_moves (library_id, door, from_seq, moved) SELECT library_id, door, from_seq, "+
		s.nowMicros()+" FROM given", nil)
	if err != nil {
		return err
	}
	return markMoves.given(tx, moves, "UPDATE marks SET seq = g.upper, stamp = g.stamp, finished_seq = g.finished, moved = "+s.nowMicros()+
		" FROM given g WHERE marks.library_id = g.library_id AND marks.door = g.door", nil)
}
