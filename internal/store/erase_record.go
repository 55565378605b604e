package store

import (
	"context"
	"fmt"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

type erasureRow struct {
	ID        int64 `gorm:"primaryKey"`
	Masked    string
	Requested int64
	DecidedBy string
	Finished  int64
	Work      []byte
}

func (erasureRow) TableName() string { return "erasures" }

// erasureSeal binds what is sealed of an erasure to its purpose.
const erasureSeal = "effacement"

// letterKey begins the key of the mails that ask libraries to erase a card:
// once sent they are deleted, because they name its numbers.
const letterKey = "effacement-"

func keyOfLetter(erasure, library int64) string {
	return fmt.Sprintf("%s%d-%d", letterKey, erasure, library)
}

// Erasures lists erasures with who was asked and who has confirmed, newest
// first; those before an ID, or with 0 from the newest.
func (s *Store) Erasures(ctx context.Context, before int64, limit int) ([]cards.Erasure, error) {
	return s.erasures(ctx, "WHERE id < ? ORDER BY id DESC LIMIT ?", orNoBound(before), limit)
}

// Erasure finds one erasure.
func (s *Store) Erasure(ctx context.Context, id int64) (*cards.Erasure, error) {
	list, err := s.erasures(ctx, "WHERE id = ?", id)
	if err == nil && len(list) == 0 {
		err = cards.Errorf(cards.NotFound, "Cet effacement n’existe pas.")
	}
	if err != nil {
		return nil, err
	}
	return &list[0], nil
}

func (s *Store) erasures(ctx context.Context, where string, args ...any) ([]cards.Erasure, error) {
	var rows []erasureRow
	if err := s.query(ctx).Raw("SELECT id, masked, requested, decided_by, finished FROM erasures "+where, args...).Scan(&rows).Error; err != nil {
		return nil, s.explain(err)
	}
	list := make([]cards.Erasure, len(rows))
	for i, row := range rows {
		list[i] = cards.Erasure{
			ID: row.ID, Masked: row.Masked, Requested: fromMicros(row.Requested), By: row.DecidedBy, Finished: fromMicros(row.Finished),
		}
		var err error
		if list[i].Letters, err = s.letters(ctx, row.ID); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (s *Store) letters(ctx context.Context, erasure int64) ([]cards.ErasureLetter, error) {
	var rows []struct {
		LibraryID   int64
		Code        string
		Waits       bool
		Withdrawn   bool
		Confirmed   int64
		ConfirmedBy string
	}
	err := s.query(ctx).Raw(`SELECT e.library_id, l.code, e.confirmed, e.confirmed_by, e.withdrawn,
			EXISTS (SELECT 1 FROM outbox o WHERE o.unique_key = ? || e.erasure_id || '-' || e.library_id) AS waits
		FROM erasure_letters e JOIN libraries l ON l.id = e.library_id WHERE e.erasure_id = ? ORDER BY l.code`, letterKey, erasure).Scan(&rows).Error
	if err != nil {
		return nil, s.explain(err)
	}
	list := make([]cards.ErasureLetter, len(rows))
	for i, row := range rows {
		list[i] = cards.ErasureLetter{
			LibraryID: row.LibraryID, Library: row.Code, Sent: !row.Waits && !row.Withdrawn, Withdrawn: row.Withdrawn,
			Confirmed: fromMicros(row.Confirmed), ConfirmedBy: row.ConfirmedBy,
		}
	}
	return list, nil
}

// ConfirmErasure takes down that a library has erased a card too; by is the
// member of staff it told. The first time counts. A letter that was not sent
// yet has become needless.
func (s *Store) ConfirmErasure(ctx context.Context, erasure int64, library, by string) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		var ids []int64
		err := tx.Raw(`SELECT e.library_id FROM erasure_letters e JOIN libraries l ON l.id = e.library_id
			WHERE e.erasure_id = ? AND l.code = ?`, erasure, plain(library)).Scan(&ids).Error
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			return cards.Errorf(cards.NotFound, "Cette bibliothèque n’a pas eu à effacer cette carte.")
		}
		for _, id := range ids {
			err := tx.Exec("UPDATE erasure_letters SET confirmed = "+s.nowMicros()+", confirmed_by = ? WHERE erasure_id = ? AND library_id = ? AND confirmed = 0",
				plain(by), erasure, id).Error
			if err != nil {
				return err
			}
			if err := withdrawLetter(tx, erasure, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// withdrawLetter takes a letter that waits out of the outbox, and notes that. One
// that is being sent at that moment leaves all the same: see letterSent.
func withdrawLetter(tx *gorm.DB, erasure, library int64) error {
	waited := tx.Exec("DELETE FROM outbox WHERE unique_key = ?", keyOfLetter(erasure, library))
	if waited.Error != nil || waited.RowsAffected == 0 {
		return waited.Error
	}
	return tx.Exec("UPDATE erasure_letters SET withdrawn = ? WHERE erasure_id = ? AND library_id = ?", true, erasure, library).Error
}

func letterSent(tx *gorm.DB, m *cards.Message) error {
	if err := tx.Exec("DELETE FROM outbox WHERE id = ?", m.ID).Error; err != nil {
		return err
	}
	return tx.Exec("UPDATE erasure_letters SET withdrawn = ? WHERE ? = ? || erasure_id || '-' || library_id", false, m.Key, letterKey).Error
}
