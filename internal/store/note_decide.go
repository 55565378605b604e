package store

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// KeepValue closes a dispute: what stands stays. by is who decided.
func (s *Store) KeepValue(ctx context.Context, id int64, by string) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		_, err := s.closeDispute(tx, id, cards.VerdictKept, by)
		return err
	})
}

// ChooseOther closes a dispute by putting the other value in place of the one
// that stands: a new version, with the hub as origin. Where the field has
// changed since, seen must be the dispute's Version as the person saw it; 0
// says that none was looked at. Conflict where something else stands by then,
// or somebody else has decided.
func (s *Store) ChooseOther(ctx context.Context, id, seen int64, by string) error {
	err := s.write(ctx, func(tx *gorm.DB) error {
		row, err := s.closeDispute(tx, id, cards.VerdictOther, by)
		if err != nil {
			return err
		}
		d, err := row.dispute()
		if err != nil {
			return err
		}
		switch {
		case seen != 0 && seen != d.Version:
			return cards.Errorf(cards.Conflict, "Ce champ vient de changer : relisez le conflit %d avant de décider.", id)
		case seen == 0 && d.Overtaken():
			return cards.Errorf(cards.Conflict, "Le champ a changé depuis : ce qui est en place n’est plus la valeur gardée. "+
				"Pour la remplacer quand même, confirmez que vous l’avez vue (version %d).", d.Version)
		}
		return s.choose(tx, row.CardID, d, plain(by))
	})
	if err == nil {
		s.tellChanged()
	}
	return err
}

func (s *Store) choose(tx *gorm.DB, cardID int64, d *cards.Dispute, by string) error {
	if d.Field == cards.NumberField {
		return s.renumber(tx, cardID, d.Lost.Value.Number, by)
	}
	f, err := cards.ParseField(d.Field)
	if err != nil {
		return err
	}
	if now := d.Current; f.Choose(&now, d.Lost) == 0 {
		return nil // it stands already
	}
	return s.rewrite(tx, cardID, by, func(c *cards.Card) cards.FieldSet { return f.Choose(c, d.Lost) }, nil)
}

// closeDispute writes the verdict on a dispute nobody has decided yet, and reads it
// as it stands. The card is locked first, as writers do: what is read stays
// true until the transaction ends.
func (s *Store) closeDispute(tx *gorm.DB, id int64, verdict cards.Verdict, by string) (*disputeRow, error) {
	row, err := disputeOf(tx, id)
	if err != nil {
		return nil, err
	}
	if _, err := s.lockByID(tx, row.CardID); err != nil {
		return nil, err
	}
	done := tx.Exec("UPDATE notes SET verdict = ?, decided = "+s.nowMicros()+", decided_by = ? WHERE id = ? AND card_id = ? AND verdict = ''",
		verdict, plain(by), id, row.CardID)
	if done.Error != nil {
		return nil, done.Error
	}
	if done.RowsAffected == 0 {
		return nil, cards.Errorf(cards.Conflict, "Le conflit %d est déjà tranché, ou sa carte vient d’être remplacée : relisez-le.", id)
	}
	return disputeOf(tx, id)
}
