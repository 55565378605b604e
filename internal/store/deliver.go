package store

import (
	"context"
	"errors"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// "Deliver everything again" is a request that stands in the database with how
// far it has got: whatever dies on the way, TakeUp goes on where it stood.

type deliveryRow struct {
	LibraryID   int64 `gorm:"primaryKey;autoIncrement:false"`
	Requested   int64
	RequestedBy string
	Seq         int64 // the network's latest change then
	LastCard    int64
	Handed      int64
	Finished    int64
}

func (deliveryRow) TableName() string { return "deliveries" }

func (r deliveryRow) delivery() *cards.Delivery {
	return &cards.Delivery{Requested: fromMicros(r.Requested), By: r.RequestedBy, Handed: r.Handed, Finished: fromMicros(r.Finished)}
}

// DeliverAgain hands a library every valid card once more, its own included, as
// after it restored an old backup. Such a backup may also hold cards as valid
// that have ended early since: a library that is pushed to is sent those too,
// any other is told of them by letter. It returns how many cards it hands, and
// takes away the note that asked staff to decide so. Where a request is still
// under way it begins anew.
func (s *Store) DeliverAgain(ctx context.Context, libraryID int64, by string) (int, error) {
	err := s.write(ctx, func(tx *gorm.DB) error {
		now, err := s.nowIn(tx)
		if err != nil {
			return err
		}
		if err := oweEnds(tx, libraryID, s.today(now.Unix())); err != nil {
			return err
		}
		if err := tx.Exec("UPDATE libraries SET attention = '' WHERE id = ?", libraryID).Error; err != nil {
			return err
		}
		if err := forgetAnswers(tx, libraryID); err != nil {
			return err
		}
		seq, _, err := s.clockRow(tx)
		if err != nil {
			return err
		}
		return tx.Save(&deliveryRow{LibraryID: libraryID, Requested: micros(now), RequestedBy: plain(by), Seq: seq}).Error
	})
	if err != nil {
		return 0, err
	}
	handed, err := s.deliver(ctx, libraryID)
	return int(handed), err
}

// forgetAnswers has the library answered anew when it sends something of old: its
// system may have gone back to before it was. Whose card is whose stays known.
func forgetAnswers(tx *gorm.DB, libraryID int64) error {
	return tx.Exec("DELETE FROM corrected WHERE library_id = ? AND hash <> ? AND hash <> ?", libraryID, otherPersonHash[:], turnedDownHash[:]).Error
}

// deliver goes on with a request from where it stands to its end.
func (s *Store) deliver(ctx context.Context, libraryID int64) (int64, error) {
	for {
		var row deliveryRow
		err := s.write(ctx, func(tx *gorm.DB) error {
			row = deliveryRow{}
			return s.deliverPortion(tx, libraryID, &row)
		})
		if err != nil {
			return row.Handed, err
		}
		if row.Finished == 0 && row.Requested > 0 {
			continue
		}
		s.tellChanged()
		return row.Handed, s.Wake(ctx, cards.JobPush, libraryID)
	}
}

// deliverPortion queues the next cards: a large network is taken in several
// transactions, so that nobody waits long for the clock.
func (s *Store) deliverPortion(tx *gorm.DB, libraryID int64, row *deliveryRow) error {
	const portion = 1000
	err := tx.Raw("SELECT * FROM deliveries WHERE library_id = ?"+s.dialect.forUpdate, libraryID).Scan(row).Error
	if err != nil || row.Requested == 0 || row.Finished > 0 {
		return err
	}
	now, err := s.nowIn(tx)
	if err != nil {
		return err
	}
	var ids []int64
	err = tx.Raw(`SELECT id FROM cards WHERE id > ? AND seq > 0 AND (ends >= ?
			OR listed_until > ends AND EXISTS (SELECT 1 FROM libraries l WHERE l.id = ? AND l.push_url <> '')) ORDER BY id LIMIT ?`,
		row.LastCard, s.today(now.Unix()), libraryID, portion).Scan(&ids).Error
	if err != nil {
		return err
	}
	if err := s.handAgain(tx, libraryID, ids, cards.Say("tout redonné à la demande")); err != nil {
		return err
	}
	if len(ids) > 0 {
		row.LastCard, row.Handed = ids[len(ids)-1], row.Handed+int64(len(ids))
	}
	if len(ids) < portion {
		row.Finished = micros(now)
	}
	return tx.Save(row).Error
}

// takeUpDeliveries goes on with requests that a crash left half done.
func (s *Store) takeUpDeliveries(ctx context.Context) error {
	var libraries []int64
	if err := s.query(ctx).Raw("SELECT library_id FROM deliveries WHERE finished = 0 ORDER BY library_id").Scan(&libraries).Error; err != nil {
		return s.explain(err)
	}
	var failed []error
	for _, id := range libraries {
		_, err := s.deliver(ctx, id)
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// deliveryOf is a library's last request; nil where it never made one.
func (s *Store) deliveryOf(ctx context.Context, libraryID int64) (*cards.Delivery, error) {
	var rows []deliveryRow
	if err := s.query(ctx).Where("library_id = ?", libraryID).Find(&rows).Error; err != nil || len(rows) == 0 {
		return nil, s.explain(err)
	}
	return rows[0].delivery(), nil
}
