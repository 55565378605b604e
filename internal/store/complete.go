package store

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// completeRow is a row of complete_cards.
type completeRow struct {
	DepositID int64
	NumberKey string
	Differs   bool
}

// noteComplete remembers which cards a complete document holds, the rejected
// ones too: the library has them, however badly. Those that are not as the
// network has them, nor a poorer form of it, are marked.
func (a *applying) noteComplete() error {
	if !a.batch.Complete || a.batch.Deposit == 0 {
		return nil
	}
	merged := make(map[string]*entry, len(a.entries))
	for _, e := range slices.Concat(a.repeats, a.entries) {
		merged[e.key] = e
	}
	rows := make(map[string]completeRow, len(a.batch.Items))
	for _, item := range a.batch.Items {
		key := cards.NumberKey(item.Incoming.Number)
		if key == "" || a.tainted[key] {
			continue
		}
		e := merged[key]
		rows[key] = completeRow{DepositID: a.batch.Deposit, NumberKey: key, Differs: e == nil || e.decision.Result == cards.Rejected || e.behind()}
	}
	return completeTable.write(a.tx, slices.Collect(maps.Values(rows)))
}

// reasonMissing is told to staff beside a card that is handed again.
var reasonMissing = cards.Say("absente d’un document complet de la bibliothèque")

// HandMissing hands a library again the valid cards it should hold, because
// they were handed to it or are its own, and that its complete document, all of
// it applied, does not have; and takes the library's drift. A card missing from
// the document is never deleted, and what the library was handed since it made
// the document is not missing from it. Where more than gapLimit are missing, the
// document is likelier to be at fault: staff are asked.
//
// Once the drift is taken, or the deposit finished, it changes nothing more.
func (s *Store) HandMissing(ctx context.Context, deposit int64) error {
	day, err := s.Today(ctx)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		c, err := s.completed(tx, deposit, day)
		if err != nil || c == nil {
			return err
		}
		if err := s.takeDrift(tx, c); err != nil {
			return err
		}
		ids, err := c.missing(tx)
		if err != nil {
			return err
		}
		if len(ids) <= gapLimit {
			return s.handAgain(tx, c.library, ids, reasonMissing)
		}
		return tx.Model(&libraryRow{}).Where("id = ?", c.library).Update("attention", cards.Say(
			"Le dernier document complet ne contient pas plus de %d cartes du réseau : vérifiez-le, puis décidez s’il faut tout redistribuer.", gapLimit).Stored()).Error
	})
}

// completed is a complete document that came to its end.
type completed struct {
	deposit int64
	library int64
	day     string
	mark    cards.Mark // the furthest
	// held is what the library had been handed when it made the document, and
	// made that moment.
	held int64
	made time.Time
}

// completed looks a complete document up; nil where its drift was taken before,
// or it is finished and its cards are known no more. It stays as it is until
// the transaction ends, whoever else works on it.
func (s *Store) completed(tx *gorm.DB, deposit int64, day string) (*completed, error) {
	if err := s.lockDeposit(tx, deposit); err != nil {
		return nil, err
	}
	var row struct {
		LibraryID int64
		Door      string
		Arrived   int64
		Made      int64
		Taken     int64
	}
	err := tx.Raw(`SELECT d.library_id, d.door, d.arrived, d.made, coalesce((SELECT deposit_id FROM drifts f WHERE f.library_id = d.library_id), 0) AS taken
		FROM deposits d WHERE d.id = ? AND d.finished = 0`, deposit).Scan(&row).Error
	if err != nil || row.LibraryID == 0 || row.Taken == deposit {
		return nil, err
	}
	c := &completed{deposit: deposit, library: row.LibraryID, day: day}
	if c.mark, err = s.furthestMark(tx, c.library); err != nil {
		return nil, err
	}
	c.made = madeAt(&cards.Batch{Door: cards.Door(row.Door), Moment: cards.Moment{Made: fromMicros(row.Made), Arrived: fromMicros(row.Arrived)}})
	err = tx.Raw("SELECT coalesce(min(from_seq), ?) FROM mark_moves WHERE library_id = ? AND moved >= ?", c.mark.Seq, c.library, micros(c.made)).Scan(&c.held).Error
	return c, err
}

func (c *completed) args() map[string]any {
	return map[string]any{
		"deposit": c.deposit, "library": c.library, "day": c.day, "held": c.held, "made": c.made.Unix(), "moment": micros(c.made), "mark": c.mark.Seq,
		"pushed": c.mark.Door == cards.DoorPush, "limit": gapLimit + 1,
	}
}

// missing lists the cards the library should have had, in whatever version, and
// had not, that do not wait to be handed again already. One that somebody changed
// since comes to it anyway, but until then the library is not taken to hold what
// it had of it. One it has under a number that was replaced was answered when it
// sent it.
func (c *completed) missing(tx *gorm.DB) ([]int64, error) {
	var ids []int64
	err := tx.Raw(`SELECT c.id FROM cards c WHERE c.seq > 0 AND c.ends >= @day AND (c.seq <= @held OR EXISTS (
			SELECT 1 FROM versions v WHERE v.card_id = c.id AND (v.seq <= @held OR (v.origin = @library AND v.stamp <= @made))))
		AND NOT EXISTS (SELECT 1 FROM complete_cards d WHERE d.deposit_id = @deposit AND d.number_key = c.number_key)
		AND NOT EXISTS (SELECT 1 FROM former_numbers f JOIN complete_cards d ON d.number_key = f.number_key WHERE d.deposit_id = @deposit AND f.card_id = c.id)
		AND NOT EXISTS (SELECT 1 FROM hand_again h WHERE h.library_id = @library AND h.card_id = c.id AND (h.seq > @mark OR @pushed))
		AND NOT EXISTS (SELECT 1 FROM given_again g WHERE g.library_id = @library AND g.card_id = c.id AND g.given >= @moment)
		ORDER BY c.seq LIMIT @limit`, c.args()).Scan(&ids).Error
	return ids, err
}
