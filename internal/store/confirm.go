package store

import (
	"context"
	"slices"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// ConfirmPull records the report of a library that fetched its cards, as a run
// staff can see: those its system refused are handed again, and all others up
// to its mark are confirmed.
func (s *Store) ConfirmPull(ctx context.Context, libraryID int64, c cards.Confirmation) error {
	run := rowOfRun(cards.Run{
		LibraryID: libraryID, Job: cards.JobConfirm, Started: time.Now(), Finished: time.Now(), OK: len(c.Refused) == 0, Counts: c.Counts,
	})
	if !run.OK {
		run.Error = "Le logiciel de la bibliothèque a refusé des cartes moissonnées ; elles lui seront redonnées."
	}
	refused, err := s.refusalsOf(ctx, c.Refused)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		run.ID = 0
		if err := tx.Create(&run).Error; err != nil {
			return err
		}
		if err := s.keepConfirmed(tx, libraryID); err != nil {
			return err
		}
		fresh, err := s.queueRefused(tx, libraryID, refused)
		if err != nil {
			return err
		}
		return s.addActivity(tx, activityRow{LibraryID: libraryID, Refused: fresh, RunsOK: oneIf(run.OK), RunsFailed: oneIf(!run.OK)})
	})
}

// keepConfirmed remembers up to where, and when, a library last reported.
func (s *Store) keepConfirmed(tx *gorm.DB, libraryID int64) error {
	return tx.Exec(`INSERT INTO confirmations (library_id, seq, confirmed)
		SELECT ?, coalesce((SELECT seq FROM marks WHERE library_id = ? AND door = ?), 0), `+s.nowMicros()+` WHERE true
		ON CONFLICT (library_id) DO UPDATE SET seq = excluded.seq, confirmed = excluded.confirmed`,
		libraryID, libraryID, cards.DoorPull).Error
}

// refusalsOf finds the cards named. A number that was replaced names the card
// that goes on; one the network does not know is passed over.
func (s *Store) refusalsOf(ctx context.Context, named []cards.NumberRefusal) ([]cards.Refusal, error) {
	var refused []cards.Refusal
	for portion := range slices.Chunk(named, rowsPerInsert) {
		keys, reasons := make([]string, len(portion)), make(map[string]cards.Sentence, len(portion))
		for i, r := range portion {
			keys[i] = plain(cards.NumberKey(r.Number))
			reasons[keys[i]] = r.Reason
		}
		var rows []struct {
			ID        int64
			NumberKey string
		}
		err := s.query(ctx).Raw(`SELECT id, number_key FROM cards WHERE number_key IN @keys AND seq > 0
			UNION ALL SELECT card_id, number_key FROM former_numbers WHERE number_key IN @keys`, map[string]any{"keys": keys}).Scan(&rows).Error
		if err != nil {
			return nil, s.explain(err)
		}
		for _, row := range rows {
			refused = append(refused, cards.Refusal{CardID: row.ID, Reason: reasons[row.NumberKey]})
		}
	}
	return refused, nil
}
