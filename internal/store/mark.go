package store

import (
	"context"
	"slices"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

type markRow struct {
	LibraryID   int64
	Door        string
	Seq         int64
	Stamp       int64
	FinishedSeq int64
	Moved       int64
}

func (markRow) TableName() string { return "marks" }

func (r markRow) mark() cards.Mark {
	return cards.Mark{
		LibraryID: r.LibraryID, Door: cards.Door(r.Door), Seq: r.Seq, Stamp: r.Stamp, FinishedSeq: r.FinishedSeq, Moved: fromMicros(r.Moved),
	}
}

// Mark is how far a library has got at one door; zero when it never began.
func (s *Store) Mark(ctx context.Context, libraryID int64, door cards.Door) (cards.Mark, error) {
	row := markRow{LibraryID: libraryID, Door: string(door)}
	err := s.query(ctx).Where("library_id = ? AND door = ?", libraryID, door).Limit(1).Find(&row).Error
	return row.mark(), s.explain(err)
}

// lockMark reads a mark that is about to move. A library's are there from the
// first, the hub's own are made here.
func (s *Store) lockMark(tx *gorm.DB, libraryID int64, door cards.Door) (cards.Mark, error) {
	fresh := markRow{LibraryID: libraryID, Door: string(door)}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&fresh).Error; err != nil {
		return cards.Mark{}, err
	}
	var row markRow
	err := tx.Raw("SELECT * FROM marks WHERE library_id = ? AND door = ?"+s.dialect.forUpdate, libraryID, door).Scan(&row).Error
	return row.mark(), err
}

// holdMarks keeps a library's marks from moving until the transaction ends: of
// a document and a list or push that end at once, the later one sees the other.
func (s *Store) holdMarks(tx *gorm.DB, libraryID int64, marks *[]markRow) question {
	return ask(tx, into(marks, func(r *markRow) []any {
		return []any{&r.LibraryID, &r.Door, &r.Seq, &r.Stamp, &r.FinishedSeq, &r.Moved}
	}), "SELECT library_id, door, seq, stamp, finished_seq, moved FROM marks WHERE library_id = ? ORDER BY door"+s.dialect.forShare, libraryID)
}

// furthest is the mark of the door at which the library has been handed most,
// of all its marks.
func furthest(libraryID int64, marks []markRow) cards.Mark {
	most := markRow{LibraryID: libraryID} // also where it has none yet
	for _, row := range marks {
		if most.Door == "" || row.Seq > most.Seq {
			most = row
		}
	}
	return most.mark()
}

// moveMark moves a mark that is locked, and keeps from where: what lies between
// was handed over.
func (s *Store) moveMark(tx *gorm.DB, from int64, m cards.Mark) error {
	if m.Seq > from {
		err := tx.Exec("INSERT INTO mark_moves (library_id, door, from_seq, moved) VALUES (?, ?, ?, "+s.nowMicros()+")",
			m.LibraryID, m.Door, from).Error
		if err != nil {
			return err
		}
	}
	return tx.Exec("UPDATE marks SET seq = ?, stamp = ?, finished_seq = ?, moved = "+s.nowMicros()+" WHERE library_id = ? AND door = ?",
		m.Seq, m.Stamp, m.FinishedSeq, m.LibraryID, m.Door).Error
}

// noteHanded keeps that what lies above from and at or below upto was handed
// over beside what moved a mark: a document that was made before may no longer
// be what the library holds.
func (s *Store) noteHanded(tx *gorm.DB, libraryID, from, upto int64) error {
	if from >= upto {
		return nil
	}
	return tx.Exec("INSERT INTO handings (library_id, from_seq, upto_seq, handed) VALUES (?, ?, ?, "+s.nowMicros()+")", libraryID, from, upto).Error
}

// handing is a stretch of changes, above from and up to upto, that a library was
// handed beside what moved its mark: by a list it may not have taken to its end.
type handing struct {
	from, upto int64
	at         int64 // Unix microseconds
}

// holds reports whether what stands at a seq was handed with it.
func (h handing) holds(seq int64) bool { return h.from < seq && seq <= h.upto }

// furthestMark is the mark of the door at which the library has been handed
// most.
func (s *Store) furthestMark(tx *gorm.DB, libraryID int64) (cards.Mark, error) {
	var marks []markRow
	err := tx.Where("library_id = ?", libraryID).Order("door").Find(&marks).Error
	return furthest(libraryID, marks), err
}

// given is what a library has been handed, or may have been.
type given struct {
	mark  int64 // the furthest
	lists []handing
}

// givenTo looks up how far a library's marks are, and which lists, not ended
// yet, it may have taken pages of beyond them.
func (s *Store) givenTo(tx *gorm.DB, libraryID int64) (*given, error) {
	mark, err := s.furthestMark(tx, libraryID)
	if err != nil {
		return nil, err
	}
	g := &given{mark: mark.Seq}
	return g, askAll(tx, ask(tx, into(&g.lists, func(h *handing) []any { return []any{&h.from, &h.upto} }),
		"SELECT DISTINCT from_seq, upto_seq FROM handings WHERE library_id = ? AND upto_seq > ?", libraryID, mark.Seq))
}

// perhaps reports whether the library may have been handed what stands at seq.
func (g *given) perhaps(seq int64) bool {
	return seq <= g.mark || slices.ContainsFunc(g.lists, func(h handing) bool { return h.holds(seq) })
}
