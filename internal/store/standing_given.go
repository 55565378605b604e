package store

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// A card that is handed again lies behind the mark of its library already: that
// it was handed since, and when, is kept beside.

const keepGiven = " ON CONFLICT (library_id, card_id) DO UPDATE SET seq = excluded.seq, given = excluded.given"

// deliveredAgain are the columns of rows of one library in hand_again whose
// cards were delivered: seq is what a card was sent with. A row with a higher one
// was entered meanwhile, and still waits.
var deliveredAgain = table[handAgainRow]{columns: []column[handAgainRow]{
	integers("library_id", func(r *handAgainRow) int64 { return r.LibraryID }),
	integers("card_id", func(r *handAgainRow) int64 { return r.CardID }),
	integers("seq", func(r *handAgainRow) int64 { return r.Seq }),
}}

// noteGiven keeps that cards that waited for a library were delivered by push,
// and which of them its system had turned down before.
func (s *Store) noteGiven(tx *gorm.DB, delivered []handAgainRow) error {
	if err := noteTurnedDown(tx, delivered); err != nil {
		return err
	}
	return deliveredAgain.given(tx, delivered, `INSERT INTO given_again (library_id, card_id, seq, given)
		SELECT h.library_id, h.card_id, h.seq, `+s.nowMicros()+` FROM given g JOIN hand_again h ON h.library_id = g.library_id AND h.card_id = g.card_id
		WHERE h.seq <= g.seq`+keepGiven, nil)
}

// noteTurnedDown keeps which of the cards delivered, of which there are some, the
// library's system had turned down.
func noteTurnedDown(tx *gorm.DB, delivered []handAgainRow) error {
	var ids []int64
	for _, row := range delivered {
		if row.Attempts > 0 {
			ids = append(ids, row.CardID)
		}
	}
	return rememberOf(tx, delivered[0].LibraryID, turnedDownHash, ids...)
}

// noteFetched does both for rows that a library fetched; which begins with FROM
// and selects them. When it fetched them is told by the movements of its mark.
func (s *Store) noteFetched(tx *gorm.DB, which string, args ...any) error {
	turnedDown := "INSERT INTO corrected (library_id, card_id, hash) SELECT library_id, card_id, ?" + which + " AND attempts > 0 ON CONFLICT DO NOTHING"
	if err := tx.Exec(turnedDown, append([]any{turnedDownHash[:]}, args...)...).Error; err != nil {
		return err
	}
	return tx.Exec("INSERT INTO given_again (library_id, card_id, seq, given) SELECT library_id, card_id, seq, "+s.nowMicros()+which+keepGiven, args...).Error
}

// NoteAsked keeps that a library asked for one card as it stands: its system may
// put that in the place of a change of its own that is on its way. No mark moves
// by it. NotFound where the card was erased meanwhile: the library would hold it,
// and nobody would ask it to erase it too. The card's row is locked, so that who
// is just erasing it is waited for.
func (s *Store) NoteAsked(ctx context.Context, libraryID int64, item *cards.FeedItem) error {
	return s.explain(s.write(ctx, func(tx *gorm.DB) error {
		done := tx.Exec("INSERT INTO given_again (library_id, card_id, seq, given) SELECT ?, id, ?, "+s.nowMicros()+" FROM cards WHERE id = ?"+s.dialect.forShare+keepGiven,
			libraryID, item.Version, item.CardID)
		if done.Error == nil && done.RowsAffected == 0 {
			return cards.Errorf(cards.NotFound, "Cette carte n’existe pas.")
		}
		return done.Error
	}))
}
