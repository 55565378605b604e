package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
	"gorm.io/gorm"
)

// A document that would modify too many cards goes this way:
//
//	recu ──HoldDeposit──▶ recu, suspended > 0: its dry run is filed
//	     ──SuspendDeposit──▶ suspendu ──AcceptDeposit──▶ recu, accepted: integrated like any other
//	                                  ──RefuseDeposit──▶ refuse, finished = 0: its library is told
//
// It is finished only when nothing is left to be done, and Purge leaves its
// bytes alone until then.

// EverSent counts the cards a library ever sent. With it comes how many cards
// the network has, counted no further than atMost: no document modifies more.
func (s *Store) EverSent(ctx context.Context, libraryID int64, atMost int) (sent, known int, err error) {
	var row struct{ Sent, Known int }
	err = s.query(ctx).Raw(`SELECT (SELECT count(*) FROM sent WHERE library_id = ?) AS sent,
		(SELECT count(*) FROM (SELECT 1 FROM cards WHERE seq > 0 LIMIT ?) c) AS known`, libraryID, atMost).Scan(&row).Error
	return row.Sent, row.Known, s.explain(err)
}

// HoldDeposit keeps that a deposit is to be suspended, before the first line
// of its dry run is filed: whoever takes it up after a crash goes on with that.
func (s *Store) HoldDeposit(ctx context.Context, deposit int64) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE deposits SET suspended = "+s.nowMicros()+" WHERE id = ? AND suspended = 0 AND status = ? AND NOT accepted AND done = 0",
			deposit, cards.Received).Error
	})
}

// SuspendDeposit ends the dry run of a deposit: from here on it waits for a
// person. The letters that say so are queued in the same transaction; where it
// was suspended, or judged, before, nothing happens.
func (s *Store) SuspendDeposit(ctx context.Context, deposit int64, letters ...cards.Message) error {
	err := s.write(ctx, func(tx *gorm.DB) error {
		done := tx.Exec("UPDATE deposits SET status = ?, suspended = CASE WHEN suspended = 0 THEN "+s.nowMicros()+
			" ELSE suspended END, owner = '', lease_until = 0 WHERE id = ? AND status = ? AND NOT accepted", cards.Suspended, deposit, cards.Received)
		if done.Error != nil || done.RowsAffected == 0 {
			return done.Error
		}
		for _, letter := range letters {
			if err := s.queueMail(tx, letter); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || len(letters) == 0 {
		return err
	}
	return s.Wake(ctx, cards.JobMail, cards.HubID)
}

// AcceptDeposit lets a suspended deposit through: it is integrated, with its
// own moment, by the work that takes up what is not finished. Its dry run was
// for the person who decided, and goes. Conflict where it is not suspended.
func (s *Store) AcceptDeposit(ctx context.Context, id int64, by string) error {
	err := s.write(ctx, func(tx *gorm.DB) error {
		if _, err := s.suspended(tx, id, true); err != nil {
			return err
		}
		return s.endSuspension(tx, id, by, "status = ?, accepted = ?", cards.Received, true)
	})
	if err != nil {
		return err
	}
	return s.Wake(ctx, cards.JobDeposits, cards.HubID)
}

// RefuseDeposit sets a suspended deposit aside for good. The reason is told to
// its library. Conflict where it is not suspended.
func (s *Store) RefuseDeposit(ctx context.Context, id int64, by, reason string) error {
	reason = strings.TrimSpace(plain(reason))
	if reason == "" {
		return cards.Errorf(cards.Invalid, "Un motif est attendu : il est transmis à la bibliothèque.")
	}
	err := s.write(ctx, func(tx *gorm.DB) error {
		d, err := s.suspended(tx, id, false)
		if err != nil {
			return err
		}
		set, finished := "status = ?, fault = ?", ""
		if d.Gone { // nobody is left to be told
			finished = ", finished = " + s.nowMicros()
		}
		return s.endSuspension(tx, id, by, set+finished, cards.Refused, toJSON(declined(&d.Row, reason)))
	})
	if err != nil {
		return err
	}
	return s.Wake(ctx, cards.JobDeposits, cards.HubID)
}

// declined is what stands in the report of a deposit that was refused.
func declined(d *depositRow, reason string) cards.Fault {
	text := "Le document, qui aurait modifié %s, a été écarté par l’équipe du réseau : aucune carte n’a été créée ni modifiée. Motif : %s"
	if d.Door == string(cards.DoorHarvest) {
		text = "Cette partie de la moisson, qui aurait modifié %s, a été écartée par l’équipe du réseau : aucune carte n’a été créée ni modifiée. Motif : %s"
	}
	count := cards.Grouped(d.Modified, cards.French) + " carte"
	if d.Modified > 1 {
		count += "s"
	}
	return cards.Fault{Code: exchange.CodeDeclined, Message: fmt.Sprintf(text, count, reason)}
}

// noDryRun clears what a dry run has counted.
const noDryRun = "done = 0, received = 0, created = 0, modified = 0, unchanged = 0, rejected = 0, touched = ''"

// endSuspension writes a decision and clears the dry run away.
func (s *Store) endSuspension(tx *gorm.DB, id int64, by, set string, args ...any) error {
	err := tx.Exec("UPDATE deposits SET "+set+", judged = "+s.nowMicros()+", judged_by = ?, "+noDryRun+
		", owner = '', lease_until = 0 WHERE id = ?", append(args, plain(by), id)...).Error
	if err != nil {
		return err
	}
	return tx.Exec("DELETE FROM deposit_results WHERE deposit_id = ?", id).Error
}

// suspendedRow is a deposit that waits for a decision.
type suspendedRow struct {
	Row  depositRow `gorm:"embedded"`
	Gone bool       // its library left the network
}

// suspended locks a deposit that may be judged, so that two persons do not
// judge it both.
func (s *Store) suspended(tx *gorm.DB, id int64, forIntegration bool) (*suspendedRow, error) {
	var rows []suspendedRow
	err := tx.Raw("SELECT d.*, EXISTS (SELECT 1 FROM libraries l WHERE l.id = d.library_id AND l.removed > 0) AS gone FROM deposits d WHERE d.id = ?"+
		s.dialect.forUpdate, id).Scan(&rows).Error
	switch {
	case err != nil:
		return nil, err
	case len(rows) == 0:
		return nil, cards.Errorf(cards.NotFound, "Aucun dépôt ne porte le n° %d.", id)
	case rows[0].Row.Status != string(cards.Suspended):
		return nil, cards.Errorf(cards.Conflict, "Le dépôt n° %d n’attend pas de décision (état : %s).", id, rows[0].Row.Status)
	case forIntegration && rows[0].Gone:
		return nil, cards.Errorf(cards.Conflict, "La bibliothèque du dépôt n° %d n’est plus dans le réseau : il ne peut qu’être refusé.", id)
	}
	return &rows[0], nil
}

// noteTouched adds up, in a dry run, in how many cards each field would
// change: what staff look at first.
func noteTouched(tx *gorm.DB, b *cards.Batch, outcomes []cards.Outcome) error {
	if !b.Simulate {
		return nil
	}
	touched := map[string]int{}
	for _, o := range outcomes {
		if o.Result != cards.Modified {
			continue
		}
		for _, f := range o.Changed.Fields() {
			touched[f.String()]++
		}
	}
	if len(touched) == 0 {
		return nil
	}
	var before []string
	if err := tx.Raw("SELECT touched FROM deposits WHERE id = ?", b.Deposit).Scan(&before).Error; err != nil {
		return err
	}
	for _, text := range before {
		sum := map[string]int{}
		if text == "" {
			continue
		}
		if err := fromJSON(text, &sum, "dry run of a deposit"); err != nil {
			return err
		}
		for field, n := range sum {
			touched[field] += n
		}
	}
	return tx.Exec("UPDATE deposits SET touched = ? WHERE id = ?", toJSON(touched), b.Deposit).Error
}
