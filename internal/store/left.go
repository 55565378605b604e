package store

import (
	"context"
	"errors"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
	"gorm.io/gorm"
)

// left is what stands of a document whose library was taken out of the network
// before it came to its end.
const left = "Cette bibliothèque a quitté le réseau avant la fin du traitement : les cartes qui restaient n’ont pas été prises."

// endLeft ends the documents of libraries that were taken out: nobody else will,
// and what is not finished is kept for ever, an erased reader's card with it.
// One that somebody is working on comes later.
func (s *Store) endLeft(ctx context.Context) error {
	var ids []int64
	err := s.query(ctx).Raw("SELECT d.id FROM deposits d JOIN libraries l ON l.id = d.library_id WHERE l.removed > 0 AND d.finished = 0 AND (d.status = ? OR "+
		workLeft+") AND d.lease_until < "+s.nowMicros()+" ORDER BY d.id", cards.Suspended).Scan(&ids).Error
	failed := []error{s.explain(err)}
	for _, id := range ids {
		failed = append(failed, s.endLeftDeposit(ctx, id))
	}
	return errors.Join(failed...)
}

func (s *Store) endLeftDeposit(ctx context.Context, id int64) error {
	err := s.write(ctx, func(tx *gorm.DB) error {
		const rehearsed = " WHERE id = ? AND (status = ? OR status = ? AND suspended > 0 AND NOT accepted)"
		err := tx.Exec("DELETE FROM deposit_results WHERE deposit_id IN (SELECT id FROM deposits"+rehearsed+")", id, cards.Suspended, cards.Received).Error
		if err != nil {
			return err
		}
		err = tx.Exec("UPDATE deposits SET "+noDryRun+rehearsed, id, cards.Suspended, cards.Received).Error
		if err != nil {
			return err
		}
		fault := cards.Fault{Code: exchange.CodeDeclined, Message: left}
		return tx.Exec("UPDATE deposits SET status = ?, fault = ? WHERE id = ? AND status IN ?", cards.Refused, faultText(&fault), id,
			[]cards.DepositStatus{cards.Received, cards.Suspended}).Error
	})
	if err != nil {
		return err
	}
	d, err := s.Deposit(ctx, id)
	if err != nil {
		return err
	}
	return s.FinishDeposit(ctx, id, d.Status, d.Fault)
}
