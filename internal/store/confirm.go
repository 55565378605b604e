package store

import (
	"context"
	"slices"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// ConfirmPull records the report of a library that fetched its cards, as a run
// staff can see: those its system refused are handed again, and all others of
// the lists up to the one it reports on are confirmed. Where it integrated
// nothing none is: see handFailed. A report that refuses a card nobody finds is
// turned away: that card would count as integrated.
func (s *Store) ConfirmPull(ctx context.Context, libraryID int64, c cards.Confirmation) error {
	now := s.Clock()
	run := rowOfRun(cards.Run{
		LibraryID: libraryID, Job: cards.JobConfirm, Started: now, Finished: now, OK: len(c.Refused) == 0 && c.Failed.IsZero(),
		Counts: c.Counts, Error: whyUnconfirmed(&c),
	})
	refused, unknown, err := s.refusalsOf(ctx, c.Refused)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		if len(unknown) > 0 && c.Failed.IsZero() {
			if err := s.onlyErased(tx, unknown); err != nil {
				return err
			}
		}
		run.ID = 0
		if err := tx.Create(&run).Error; err != nil {
			return err
		}
		mark, err := s.lockMark(tx, libraryID, cards.DoorPull)
		if err != nil {
			return err
		}
		if c.Failed.IsZero() {
			err = s.keepConfirmed(tx, mark, c.Date)
		} else {
			err = s.handFailed(tx, mark, &c)
		}
		if err != nil {
			return err
		}
		fresh, err := s.queueRefused(tx, libraryID, refused)
		if err != nil {
			return err
		}
		return s.addActivity(tx, activityRow{LibraryID: libraryID, Refused: fresh, RunsOK: oneIf(run.OK), RunsFailed: oneIf(!run.OK)})
	})
}

func whyUnconfirmed(c *cards.Confirmation) cards.Sentence {
	switch {
	case !c.Failed.IsZero():
		return cards.Say("Le logiciel de la bibliothèque dit ne pas avoir intégré ce qu’il a moissonné : « %s ».", c.Failed)
	case len(c.Refused) > 0:
		return cards.Say("Le logiciel de la bibliothèque a refusé des cartes moissonnées ; elles lui seront redonnées.")
	}
	return cards.Sentence{}
}

// keepConfirmed remembers up to where, and when, a library last reported. date
// is that of the list it reports on: it may have fetched others since.
func (s *Store) keepConfirmed(tx *gorm.DB, mark cards.Mark, date time.Time) error {
	seq := mark.Seq
	if !date.IsZero() && date.Unix() < mark.Stamp {
		upper, err := s.seqAt(tx, date.Unix())
		if err != nil {
			return err
		}
		seq = min(seq, upper)
	}
	return tx.Exec("INSERT INTO confirmations (library_id, seq, confirmed) VALUES (?, ?, "+s.nowMicros()+`)
		ON CONFLICT (library_id) DO UPDATE SET seq = `+s.dialect.greatest+"(confirmations.seq, excluded.seq), confirmed = excluded.confirmed",
		mark.LibraryID, seq).Error
}

// refusalsOf finds the cards named. A number that was replaced names the card
// that goes on; those the network does not know are unknown.
func (s *Store) refusalsOf(ctx context.Context, named []cards.NumberRefusal) (refused []cards.Refusal, unknown []string, err error) {
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
			UNION ALL SELECT card_id, number_key FROM former_numbers WHERE number_key IN @keys`, map[string]any{"keys": among[string](keys)}).Scan(&rows).Error
		if err != nil {
			return nil, nil, s.explain(err)
		}
		found := make(map[string]bool, len(rows))
		for _, row := range rows {
			refused = append(refused, cards.Refusal{CardID: row.ID, Reason: reasons[row.NumberKey]})
			found[row.NumberKey] = true
		}
		unknown = append(unknown, slices.DeleteFunc(keys, func(key string) bool { return found[key] })...)
	}
	return refused, unknown, nil
}

// onlyErased reports an error unless all numbers are those of erased cards:
// these were the network's when the library fetched them.
func (s *Store) onlyErased(tx *gorm.DB, keys []string) error {
	erased, err := s.erasedAmong(tx, keys)
	if err == nil && slices.ContainsFunc(keys, func(key string) bool { return !erased[key] }) {
		err = cards.ErrNobodysCard
	}
	return err
}
