package store

import (
	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// handedVersion is D: a version the library is known to hold.
type handedVersion struct {
	card   cards.Card
	seq    int64
	stamp  int64
	origin int64
	again  int64 // a change after which it was handed over once more; see redelivered
}

// handedVersions finds D for each card: the newest version the library is
// known to hold, handed to it (at or below its mark) or of its own making. A
// card that somebody changed between the mark and the end of the list that
// moved it is left out, unless the library changed it again itself: it may have
// been handed either version. So is one that still waits to be handed again:
// refused, skipped or sent stale, it is not what the library holds. Versions of
// a card that this one took over were handed as another card's. What had ended
// by then was handed to nobody: it holds what it was handed before; nil where it
// is known to have been handed none. marks are the library's, mark is the furthest,
// or one before.
func (s *Store) handedVersions(tx *gorm.DB, marks []markRow, mark cards.Mark, cardIDs []int64) (map[int64]*handedVersion, error) {
	var rows []versionRow
	if err := askAll(tx, askHanded(tx, mark, cardIDs, &rows)...); err != nil {
		return nil, err
	}
	return s.handedOf(tx, marks, mark, rows)
}

// askHanded asks for them as if no card had ended by the time its mark passed it.
// What waits is looked for by a library that is a sum, for the reason keyed
// gives: nothing is believed of a sum.
func askHanded(tx *gorm.DB, mark cards.Mark, cardIDs []int64, rows *[]versionRow) []question {
	versions := keyed{columns: "v.card_id, v.seq, v.stamp, v.content, v.origin", from: "versions v", key: "v.card_id"}
	versions.where = `v.seq = (SELECT max(o.seq) FROM versions o WHERE o.card_id = ` + versions.sought(tx) + ` AND NOT o.taken_over AND (o.seq <= ? OR o.origin = ?))
		AND NOT EXISTS (SELECT 1 FROM versions later WHERE later.card_id = v.card_id AND later.seq > v.seq AND later.seq > ? AND later.seq <= ?)
		AND (SELECT count(*) FROM hand_again h WHERE h.library_id = ? + 0 * v.card_id AND h.card_id = v.card_id AND (h.seq > ? OR h.attempts > 0 OR ?)) = 0`
	return askKeyed(tx, into(rows, func(r *versionRow) []any {
		return []any{&r.CardID, &r.Seq, &r.Stamp, &r.Content, &r.Origin}
	}), versions, cardIDs, mark.Seq, mark.LibraryID, mark.Seq, mark.FinishedSeq, mark.LibraryID, mark.Seq, mark.Door == cards.DoorPush)
}

func (s *Store) handedOf(tx *gorm.DB, marks []markRow, mark cards.Mark, rows []versionRow) (map[int64]*handedVersion, error) {
	tomorrow := s.today(s.Clock().AddDate(0, 0, 1).Unix()) // clocks differ: what has not ended by then was never left out
	versions := make(map[int64]*handedVersion, len(rows))
	for _, row := range rows {
		version, err := row.handed()
		if err == nil && version.origin != mark.LibraryID && version.card.ExpiredOn(tomorrow) {
			version, err = s.whileValid(tx, marks, mark, row.CardID, version)
		}
		if err != nil {
			return nil, err
		}
		versions[row.CardID] = version
	}
	return versions, nil
}

func (r *versionRow) handed() (*handedVersion, error) {
	v := &handedVersion{seq: r.Seq, stamp: r.Stamp, origin: r.Origin}
	return v, fromJSON(r.Content, &v.card, "version")
}

// passage is how a library's mark passed a seq.
type passage struct{ FromSeq, Moved int64 } // micros

// passageOf finds it, for a seq at or below the mark; nil where that was too
// long ago to be still known.
func passageOf(tx *gorm.DB, libraryID int64, door cards.Door, seq int64) (*passage, error) {
	pass := &passage{}
	known := tx.Raw("SELECT from_seq, moved FROM mark_moves WHERE library_id = ? AND door = ? AND from_seq < ? ORDER BY from_seq DESC LIMIT 1",
		libraryID, door, seq).Scan(pass)
	if known.Error != nil || known.RowsAffected == 0 {
		return nil, known.Error
	}
	return pass, nil
}
