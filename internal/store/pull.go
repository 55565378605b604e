package store

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// gapLimit bounds how many cards a harvester may skip and still be handed them
// without a person having looked.
const gapLimit = 10_000

// BridgeGap is told where a ListRecords of a library's own set is going to
// begin, before a second is closed for it. A harvester that begins later than
// its mark, for its clock is fast, skips what was stamped in between: that is
// handed again now, where the list to come finds it. Beyond gapLimit staff are
// asked.
func (s *Store) BridgeGap(ctx context.Context, libraryID, from int64) error {
	mark, err := s.Mark(ctx, libraryID, cards.DoorPull)
	if err != nil || from <= mark.Stamp+1 {
		return err
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		mark, err := s.lockMark(tx, libraryID, cards.DoorPull)
		if err != nil || from <= mark.Stamp+1 {
			return err
		}
		var second int64 // the latest that can be closed for the list
		err = tx.Raw("SELECT " + s.dialect.greatest + "(closed, " + s.nowSeconds() + ") FROM clock WHERE id = 1").Scan(&second).Error
		if err != nil || from > second {
			return err // it will be empty, and skip nothing
		}
		ids, err := s.skipped(tx, mark, from, s.today(second))
		if err != nil {
			return err
		}
		return s.handAgain(tx, libraryID, ids, cards.Say("sautée par le moissonnage"))
	})
}

// BeginList is told before the first page of a ListRecords of a library's own
// set is handed over: it may never come to its last one.
func (s *Store) BeginList(ctx context.Context, l cards.List) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		began, err := s.listBegan(tx, l)
		if err != nil {
			return err
		}
		return s.noteHanded(tx, l.LibraryID, began, l.UpperSeq)
	})
}

// listBegan is the seq a list begins behind.
func (s *Store) listBegan(tx *gorm.DB, l cards.List) (int64, error) {
	if l.From == 0 {
		return 0, nil
	}
	return s.seqAt(tx, l.From-1)
}

// FinishList is told when a library has fetched the last page of a ListRecords
// of its own set: its pull mark moves to the list's upper bound.
func (s *Store) FinishList(ctx context.Context, l cards.List) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		mark, err := s.lockMark(tx, l.LibraryID, cards.DoorPull)
		if err != nil {
			return err
		}
		began, err := s.listBegan(tx, l)
		if err != nil {
			return err
		}
		// What was handed over before was handed over once more.
		if err := s.noteHanded(tx, l.LibraryID, began, min(mark.Seq, l.UpperSeq)); err != nil {
			return err
		}
		if l.UpperSeq >= mark.Seq {
			if err := s.finishList(tx, l, mark, began); err != nil {
				return err
			}
		}
		return s.addActivity(tx, activityRow{LibraryID: l.LibraryID, Lists: 1, Taken: l.Size})
	})
}

func (s *Store) finishList(tx *gorm.DB, l cards.List, mark cards.Mark, began int64) error {
	seq, _, err := s.clockRow(tx)
	if err != nil || l.UpperSeq > seq {
		return err // begun before a backup was restored: here its last seqs are still to come
	}
	from, finished := mark.Seq, mark.FinishedSeq
	mark.Seq, mark.Stamp, mark.FinishedSeq = l.UpperSeq, max(mark.Stamp, l.Until), seq
	moved := mark
	if mark.Seq == from { // what it holds up to there it was handed before
		moved.FinishedSeq = finished
	}
	if err := s.moveMark(tx, from, moved); err != nil {
		return err
	}
	overtaken, err := overtakenByList(tx, mark, min(from, began))
	if err != nil {
		return err
	}
	if err := s.forgetFetched(tx, l, from); err != nil {
		return err
	}
	return s.handAgain(tx, l.LibraryID, overtaken, reasonOvertaken)
}

// forgetFetched drops what was handed again and lies before a list the library
// began later: it would not have moved its from past what it had not received.
// Where the library is pushed to as well, only its report ends the waiting.
func (s *Store) forgetFetched(tx *gorm.DB, l cards.List, fetched int64) error {
	const rows = ` FROM hand_again WHERE library_id = ? AND seq <= ? AND stamp < ?
		AND NOT EXISTS (SELECT 1 FROM libraries l WHERE l.id = library_id AND l.push_url <> '')`
	var found int64
	if err := tx.Raw("SELECT count(*)"+rows, l.LibraryID, fetched, l.From).Scan(&found).Error; err != nil || found == 0 {
		return err
	}
	if _, err := s.takeClock(tx, 0); err != nil {
		return err
	}
	if err := s.noteFetched(tx, rows, l.LibraryID, fetched, l.From); err != nil {
		return err
	}
	return tx.Exec("DELETE"+rows, l.LibraryID, fetched, l.From).Error
}

// skipped lists the cards between the mark and a list's beginning. A harvester
// that comes back one second after its last until skips nothing.
func (s *Store) skipped(tx *gorm.DB, mark cards.Mark, from int64, day string) ([]int64, error) {
	gap := cards.FeedRange{LibraryID: mark.LibraryID, After: mark.Seq, Until: from - 1, Day: day, Limit: gapLimit + 1}
	var ids []int64
	err := tx.Raw(`SELECT card_id FROM `+bothArms+` ORDER BY seq LIMIT @limit`, feedArgs(gap)).Scan(&ids).Error
	if err != nil || len(ids) <= gapLimit {
		return ids, err
	}
	return nil, tx.Model(&libraryRow{}).Where("id = ?", mark.LibraryID).Update("attention", cards.Say(
		"Le moissonnage a sauté plus de %d cartes (paramètre from postérieur au dernier moissonnage) : décidez s’il faut tout redistribuer.", gapLimit).Stored()).Error
}
