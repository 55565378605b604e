package store

import (
	"context"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// ConfirmPull records the report of a library that fetched its cards, as a run
// staff can see: those its system refused are handed again.
func (s *Store) ConfirmPull(ctx context.Context, libraryID int64, c cards.Confirmation) error {
	run := rowOfRun(cards.Run{
		LibraryID: libraryID, Job: cards.JobConfirm, Started: time.Now(), Finished: time.Now(), OK: len(c.Refused) == 0, Counts: c.Counts,
	})
	if !run.OK {
		run.Error = "Le logiciel de la bibliothèque a refusé des cartes moissonnées ; elles lui seront redonnées."
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		run.ID = 0
		if err := tx.Create(&run).Error; err != nil || run.OK {
			return err
		}
		refused, err := refusalsOf(tx, c.Refused)
		if err != nil {
			return err
		}
		return s.queueRefused(tx, libraryID, refused)
	})
}

// refusalsOf finds the cards named; a number the network does not know is
// passed over.
func refusalsOf(tx *gorm.DB, named []cards.NumberRefusal) ([]cards.Refusal, error) {
	refused := make([]cards.Refusal, 0, len(named))
	for _, r := range named {
		var ids []int64
		if err := tx.Raw("SELECT id FROM cards WHERE number_key = ? AND seq > 0", cards.NumberKey(r.Number)).Scan(&ids).Error; err != nil {
			return nil, err
		}
		for _, id := range ids {
			refused = append(refused, cards.Refusal{CardID: id, Reason: r.Reason})
		}
	}
	return refused, nil
}
