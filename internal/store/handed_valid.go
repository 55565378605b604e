package store

import (
	"slices"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// whileValid finds the version that a library was really handed, beginning with
// the newest its marks have passed: a card that had ended by then was in no list
// and no push, and of the versions that one movement passed only the newest can
// have been. nil where it was handed none. mark is the furthest of its marks, or one
// before.
func (s *Store) whileValid(tx *gorm.DB, marks []markRow, mark cards.Mark, cardID int64, v *handedVersion) (*handedVersion, error) {
	doors, upto := slices.Clone(marks), mark.Seq // as far as it is looked at
	for v.origin != mark.LibraryID {
		before := int64(0)
		for i := range doors {
			door := &doors[i]
			if door.Seq = min(door.Seq, upto); v.seq <= door.Seq {
				from, had, err := s.passedBy(tx, door, cardID, v)
				if err != nil || had {
					return v, err
				}
				door.Seq = from
			}
			before = max(before, door.Seq)
		}
		upto = before
		var earlier []versionRow
		err := tx.Raw(`SELECT card_id, seq, stamp, content, origin FROM versions WHERE card_id = ? AND seq < ? AND NOT taken_over
			AND (seq <= ? OR origin = ?) ORDER BY seq DESC LIMIT 1`, cardID, v.seq, upto, mark.LibraryID).Scan(&earlier).Error
		if err != nil || len(earlier) == 0 {
			return nil, err
		}
		if v, err = earlier[0].handed(); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// passedBy reports whether a mark passed a version in a list or push that had it,
// and from where it was moved then. Where it is not known any more when that was,
// what had ended when it came was left out all the same.
func (s *Store) passedBy(tx *gorm.DB, door *markRow, cardID int64, v *handedVersion) (from int64, had bool, err error) {
	pass, err := passageOf(tx, door.LibraryID, cards.Door(door.Door), v.seq)
	if err != nil {
		return 0, false, err
	}
	if pass == nil {
		pass = &passage{FromSeq: v.seq - 1, Moved: v.stamp * time.Second.Microseconds()} // at the earliest: see fetchedInTime
	}
	if valid := !v.card.ExpiredOn(s.today(fromMicros(pass.Moved).Unix())); valid || door.Door != string(cards.DoorPush) {
		return pass.FromSeq, valid, nil
	}
	had, err = s.pushedEnded(tx, door.LibraryID, cardID, v)
	return pass.FromSeq, had, err
}

// pushedEnded reports whether a version was pushed though it had ended: its end
// had been moved before one the card was published with, or it waited to be
// handed again.
func (s *Store) pushedEnded(tx *gorm.DB, libraryID, cardID int64, v *handedVersion) (bool, error) {
	var again int64
	err := tx.Raw("SELECT count(*) FROM given_again WHERE library_id = ? AND card_id = ? AND seq > ?", libraryID, cardID, v.seq).Scan(&again).Error
	if err != nil || again > 0 {
		return again > 0, err
	}
	var rows []versionRow
	if err := tx.Raw("SELECT seq, stamp, content FROM versions WHERE card_id = ? AND seq < ?", cardID, v.seq).Scan(&rows).Error; err != nil {
		return false, err
	}
	for i := range rows {
		before, err := rows[i].handed()
		if err != nil {
			return false, err
		}
		if before.card.Enrolment.End > v.card.Enrolment.End && !before.card.ExpiredOn(s.today(before.stamp)) {
			return true, nil
		}
	}
	return false, nil
}
