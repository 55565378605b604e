package store

import (
	"context"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// A library's system can take what it is pushed without the hub ever hearing of
// it: the reply is lost, or the hub dies before it is read. Most of it mends
// itself, because the mark stays and the cards are pushed once more. Not so a
// card the library has changed itself meanwhile: what was pushed has put the
// older value back there, and its own change is never pushed to it. It is
// handed that change, as where a report came (see overtaken.go).

// DoubtPush records that what was sent may have been taken, though no report
// says so.
func (s *Store) DoubtPush(ctx context.Context, libraryID int64, sent []cards.FeedItem) error {
	if len(sent) == 0 {
		return nil
	}
	first, last := versionSpan(sent)
	return s.write(ctx, func(tx *gorm.DB) error {
		// Locked, so that a document that arrives just now sees what was sent, or is seen here.
		if _, err := s.lockMark(tx, libraryID, cards.DoorPush); err != nil {
			return err
		}
		if err := s.noteDoubt(tx, libraryID, first-1, last); err != nil {
			return err
		}
		return s.handOver(tx, libraryID, sent)
	})
}

// doubtRun does the same for a push that began at a moment and whose hub died:
// nobody knows how far it came. Everything the library changed since is handed
// back to it.
func (s *Store) doubtRun(tx *gorm.DB, libraryID, begun int64) error {
	mark, err := s.lockMark(tx, libraryID, cards.DoorPush)
	if err != nil {
		return err
	}
	seq, _, err := s.clockRow(tx)
	if err != nil {
		return err
	}
	var from int64
	if err := tx.Raw("SELECT coalesce(min(seq) - 1, ?) FROM hand_again WHERE library_id = ?", mark.Seq, libraryID).Scan(&from).Error; err != nil {
		return err
	}
	if err := s.noteDoubt(tx, libraryID, min(from, mark.Seq), seq); err != nil {
		return err
	}
	var own []int64
	second := fromMicros(begun).Add(-time.Second).Unix()
	err = tx.Raw("SELECT id FROM cards WHERE origin = ? AND stamp >= ? AND seq > ? ORDER BY seq", libraryID, second, mark.Seq).Scan(&own).Error
	if err != nil {
		return err
	}
	return s.handAgain(tx, libraryID, own, reasonOvertaken)
}

// noteDoubt keeps that versions were perhaps handed over. A system that fails
// at the same cards for hours leaves one row.
func (s *Store) noteDoubt(tx *gorm.DB, libraryID, from, upto int64) error {
	done := tx.Exec("UPDATE handings SET handed = "+s.nowMicros()+" WHERE library_id = ? AND from_seq = ? AND upto_seq = ?", libraryID, from, upto)
	if done.Error != nil || done.RowsAffected > 0 {
		return done.Error
	}
	return s.noteHanded(tx, libraryID, from, upto)
}
