package store

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// A card that is handed again lies behind the mark of its library already: that
// it was handed since, and when, is kept beside.

const keepGiven = " ON CONFLICT (library_id, card_id) DO UPDATE SET seq = excluded.seq, given = excluded.given"

// noteGiven keeps that waiting cards were delivered by push; seqs are those
// they were sent with, by card.
func (s *Store) noteGiven(tx *gorm.DB, libraryID int64, waiting []handAgainRow, seqs map[int64]int64) error {
	for _, row := range waiting {
		if row.Seq > seqs[row.CardID] {
			continue // entered meanwhile, and still waits
		}
		err := tx.Exec("INSERT INTO given_again (library_id, card_id, seq, given) VALUES (?, ?, ?, "+s.nowMicros()+")"+keepGiven,
			libraryID, row.CardID, row.Seq).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// noteFetched does so for rows that a library fetched; which begins with FROM
// and selects them. When it fetched them is told by the movements of its mark.
func (s *Store) noteFetched(tx *gorm.DB, which string, args ...any) error {
	return tx.Exec("INSERT INTO given_again (library_id, card_id, seq, given) SELECT library_id, card_id, seq, "+s.nowMicros()+which+keepGiven, args...).Error
}

// NoteAsked keeps that a library asked for one card as it stands: its system may
// put that in the place of a change of its own that is on its way. No mark moves
// by it.
func (s *Store) NoteAsked(ctx context.Context, libraryID int64, item *cards.FeedItem) error {
	return s.explain(s.write(ctx, func(tx *gorm.DB) error {
		return tx.Exec("INSERT INTO given_again (library_id, card_id, seq, given) SELECT ?, id, ?, "+s.nowMicros()+" FROM cards WHERE id = ?"+keepGiven,
			libraryID, item.Version, item.CardID).Error
	}))
}
