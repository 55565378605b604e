package store

import (
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// handFailed hands cards again to a library that integrated nothing of what it
// fetched, and whose next harvest begins behind it: those of all lists since
// the one it reports on, or since its last confirmation if that is earlier, up
// to its mark. Where those lists are not known any more, or hold too many
// cards, staff are asked.
func (s *Store) handFailed(tx *gorm.DB, mark cards.Mark, c *cards.Confirmation) error {
	if mark.Seq == 0 {
		return nil // all it may have fetched pages of is listed again
	}
	after, known, err := failedAfter(tx, mark.LibraryID, c.Date)
	if err != nil {
		return err
	}
	if known {
		ids, err := s.fetchedBetween(tx, mark, after)
		if err != nil {
			return err
		}
		if len(ids) <= gapLimit {
			return s.handAgain(tx, mark.LibraryID, ids, cards.Say("moissonnée, mais la bibliothèque dit ne pas l’avoir intégrée"))
		}
	}
	return tx.Model(&libraryRow{}).Where("id = ?", mark.LibraryID).Update("attention", cards.Say(
		"Son logiciel dit ne pas avoir intégré ce qu’il a moissonné (« %s »). Voyez la cause avec la bibliothèque, puis redonnez-lui tout (« Tout redonner »).",
		c.Failed).Stored()).Error
}

// failedAfter is the seq behind which those lists began; not known where none
// is remembered. A list is noted after its date, whose second is closed by
// then.
func failedAfter(tx *gorm.DB, libraryID int64, date time.Time) (after int64, known bool, err error) {
	dated := noBound
	if !date.IsZero() {
		dated = micros(date)
	}
	var row struct{ Began, Confirmed int64 }
	err = tx.Raw(`SELECT coalesce(min(from_seq), @none) AS began, coalesce((SELECT seq FROM confirmations WHERE library_id = @library), @none) AS confirmed
		FROM handings WHERE library_id = @library AND handed >= (
			SELECT CASE WHEN max(handed) < @dated THEN max(handed) ELSE @dated END FROM handings WHERE library_id = @library)`,
		map[string]any{"library": libraryID, "dated": dated, "none": noBound}).Scan(&row).Error
	return min(row.Began, row.Confirmed), row.Began < noBound, err
}

// fetchedBetween lists the cards a library fetched between a seq and its mark,
// those handed again then too. What has changed since comes by itself.
func (s *Store) fetchedBetween(tx *gorm.DB, mark cards.Mark, after int64) ([]int64, error) {
	now, err := s.nowIn(tx)
	if err != nil {
		return nil, err
	}
	var ids []int64
	err = tx.Raw(`SELECT card_id FROM (SELECT card_id, seq FROM `+bothArms+`
			UNION ALL SELECT g.card_id, g.seq FROM given_again g JOIN cards c ON c.id = g.card_id
				WHERE g.library_id = @library AND g.seq > @after AND g.seq <= @upper AND c.seq <= @upper AND c.ends >= @day
					AND NOT EXISTS (SELECT 1 FROM hand_again h WHERE h.library_id = @library AND h.card_id = c.id)) fetched
		GROUP BY card_id ORDER BY max(seq) LIMIT @limit`,
		feedArgs(cards.FeedRange{LibraryID: mark.LibraryID, After: after, Upper: mark.Seq, Day: s.today(now.Unix()), Limit: gapLimit + 1})).Scan(&ids).Error
	return ids, err
}
