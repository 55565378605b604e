package store

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// TwoPersons closes a likeness for good: the two numbers are of two persons.
// by is who decided.
func (s *Store) TwoPersons(ctx context.Context, number, other, by string) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		pair, err := s.lockPair(tx, number, other)
		if err != nil {
			return err
		}
		done := tx.Exec("UPDATE likenesses SET verdict = ?, decided = "+s.nowMicros()+", decided_by = ? WHERE id = ?",
			cards.VerdictTwo, plain(by), pair.ID)
		return done.Error
	})
}

// SamePerson makes one card of two that belong to one person: the card of the
// number that goes on takes over the history of the other, whose number leads
// to it from then on.
func (s *Store) SamePerson(ctx context.Context, goesOn, other, by string) error {
	err := s.write(ctx, func(tx *gorm.DB) error {
		pair, err := s.lockPair(tx, goesOn, other)
		if err != nil {
			return err
		}
		return s.takeOver(tx, pair.first.ID, pair.second.ID, plain(by))
	})
	if err == nil {
		s.tellChanged()
	}
	return err
}

// lockedPair is a likeness under way to its verdict, its cards in the order
// they were named.
type lockedPair struct {
	likenessRow
	first, second cardRow
}

// lockPair locks two cards and finds their likeness, not decided yet. Numbers
// that nobody found alike are refused: one that was mistyped would make one
// card of two readers.
func (s *Store) lockPair(tx *gorm.DB, number, other string) (*lockedPair, error) {
	first, second := plain(cards.NumberKey(number)), plain(cards.NumberKey(other))
	var rows []cardRow
	err := tx.Raw("SELECT id, number, number_key FROM cards WHERE number_key IN ? AND seq > 0 ORDER BY number_key"+s.dialect.forUpdate,
		[]string{first, second}).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	if len(rows) != 2 {
		return nil, cards.Errorf(cards.Conflict, "L’un des deux numéros n’est pas, ou n’est plus, celui d’une carte du réseau, ou c’est deux fois le même.")
	}
	pair := &lockedPair{first: rows[0], second: rows[1]}
	if pair.first.NumberKey != first {
		pair.first, pair.second = pair.second, pair.first
	}
	low, high := min(rows[0].ID, rows[1].ID), max(rows[0].ID, rows[1].ID)
	var open []likenessRow
	err = tx.Raw("SELECT k.id, k.low_id, k.high_id, k.found FROM "+openLikenesses+" AND k.low_id = ? AND k.high_id = ?", low, high).Scan(&open).Error
	if err != nil {
		return nil, err
	}
	if len(open) == 0 {
		return nil, cards.Errorf(cards.Conflict, "Ces deux cartes ne sont pas parmi les doublons à trancher : "+
			"elles ne se ressemblent pas, ou quelqu’un en a déjà décidé.")
	}
	pair.likenessRow = open[0]
	return pair, nil
}

// inheritLikenesses keeps what was decided of a card that goes, for the one
// that takes it over: whoever was another person than the one is another than
// the other.
func inheritLikenesses(tx *gorm.DB, keepID, goneID int64) error {
	var rows []struct {
		Other     int64
		Found     int64
		Decided   int64
		DecidedBy string
	}
	err := tx.Raw(`SELECT low_id + high_id - ? AS other, found, decided, decided_by FROM likenesses
		WHERE verdict = ? AND (low_id = ? OR high_id = ?)`, goneID, cards.VerdictTwo, goneID, goneID).Scan(&rows).Error
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.Other == keepID {
			continue
		}
		err := tx.Exec(`INSERT INTO likenesses (low_id, high_id, found, verdict, decided, decided_by) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (low_id, high_id) DO UPDATE SET verdict = excluded.verdict, decided = excluded.decided, decided_by = excluded.decided_by
			WHERE likenesses.verdict = ''`,
			min(keepID, row.Other), max(keepID, row.Other), row.Found, cards.VerdictTwo, row.Decided, row.DecidedBy).Error
		if err != nil {
			return err
		}
	}
	return nil
}
