package store

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// nameRow is a name a card is found by, a row of card_names.
type nameRow struct {
	CardID   int64
	AtBirth  bool
	LastKey  string
	FirstKey string
	Birth    string
}

// naming are the fields a card is found by.
var naming = cards.FieldsOf(cards.LastName, cards.BirthName, cards.FirstName, cards.BirthDate)

// namesOf are a card's: the name in use, and the one at birth where it is
// another.
func namesOf(id int64, c *cards.Card) []nameRow {
	inUse := nameRow{CardID: id, LastKey: cards.FoldName(c.LastName), FirstKey: cards.FoldName(c.FirstName), Birth: c.BirthDate}
	atBirth := inUse
	atBirth.AtBirth, atBirth.LastKey = true, cards.FoldName(c.BirthName)
	if atBirth.LastKey == "" || atBirth.LastKey == inUse.LastKey {
		return []nameRow{inUse}
	}
	return []nameRow{inUse, atBirth}
}

// saveNames writes the names of the cards on which one of the naming fields
// changes. The clock is not needed for it: the rows that are there are locked,
// and of those still to come nobody else knows the identifiers.
func (a *applying) saveNames() error {
	var known, born []nameRow
	var single []int64
	for _, e := range a.entries {
		if e.decision.Changed&naming == 0 {
			continue
		}
		names := namesOf(e.row.ID, &e.decision.Card)
		if e.row.unborn {
			born = append(born, names...)
			continue
		}
		known = append(known, names...)
		if len(names) == 1 && !e.row.isRoom() {
			single = append(single, e.row.ID)
		}
	}
	if err := nameTable.enter(a.tx, born); err != nil {
		return err
	}
	return saveNames(a.tx, known, single)
}

// saveNames writes rows, and drops the names at birth of cards that have none
// any more.
func saveNames(tx *gorm.DB, rows []nameRow, single []int64) error {
	if len(single) > 0 {
		if err := tx.Exec("DELETE FROM card_names WHERE card_id IN ? AND at_birth", among[int64](single)).Error; err != nil {
			return err
		}
	}
	return nameTable.write(tx, rows)
}

// saveNamesOf does it for one card.
func saveNamesOf(tx *gorm.DB, id int64, c *cards.Card) error {
	rows := namesOf(id, c)
	var single []int64
	if len(rows) == 1 {
		single = []int64{id}
	}
	return saveNames(tx, rows, single)
}

// takeUpNames enters the names of the cards that were there before names were,
// a portion a transaction.
func (s *Store) takeUpNames(ctx context.Context) error {
	for {
		missing, err := s.namesMissing(ctx)
		if err != nil || !missing {
			return err
		}
		if err := s.write(ctx, s.enterNames); err != nil {
			return err
		}
	}
}

// namesMissing reports whether some cards cannot be found by name yet.
func (s *Store) namesMissing(ctx context.Context) (bool, error) {
	var n int64
	err := s.query(ctx).Raw("SELECT count(*) FROM card_names_missing").Scan(&n).Error
	return n > 0, s.explain(err)
}

// enterNames takes the next portion. The cards are locked, in number order as
// everywhere: one that is renamed meanwhile keeps its new name.
func (s *Store) enterNames(tx *gorm.DB) error {
	const portion = 1000
	var todo []struct{ LastCard, Upto int64 }
	if err := tx.Raw("SELECT last_card, upto FROM card_names_missing" + s.dialect.forUpdate).Scan(&todo).Error; err != nil || len(todo) == 0 {
		return err
	}
	var ids []int64
	err := tx.Raw("SELECT id FROM cards WHERE id > ? AND id <= ? ORDER BY id LIMIT ?", todo[0].LastCard, todo[0].Upto, portion).Scan(&ids).Error
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		return tx.Exec("DELETE FROM card_names_missing").Error
	}
	var locked []cardRow
	err = tx.Raw("SELECT id, content FROM cards WHERE id IN ? AND seq > 0 ORDER BY number_key"+s.dialect.forUpdate, among[int64](ids)).Scan(&locked).Error
	if err != nil {
		return err
	}
	var rows []nameRow
	for _, row := range locked {
		var card cards.Card
		if err := fromJSON(row.Content, &card, "card"); err != nil {
			return err
		}
		rows = append(rows, namesOf(row.ID, &card)...)
	}
	if err := saveNames(tx, rows, nil); err != nil {
		return err
	}
	return tx.Exec("UPDATE card_names_missing SET last_card = ?", ids[len(ids)-1]).Error
}
