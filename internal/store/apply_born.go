package store

import (
	"errors"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
)

// A new card's row is written once, when the clock is held and all of it is
// known. Of two who bring the same number the second to hold the clock finds it
// there, and merges its batch once more, with rows made beforehand on which it
// meets whoever is concerned. So does from the beginning who speaks of former
// numbers: such a card may be another one than its number says.
//
// The two ways do not go together: who has made a row waits for the clock, and
// who holds the clock would wait for that row.

// needsRooms reports whether rows are made before anything is decided.
func (a *applying) needsRooms() bool {
	return a.thorough || a.store.dialect.reserve == "" ||
		slices.ContainsFunc(a.entries, func(e *entry) bool { return len(a.replaces(e)) > 0 })
}

// makeRooms enters rows beforehand.
func (a *applying) makeRooms(rows []cardRow) error {
	if meet := a.store.dialect.meet; meet != "" {
		if err := a.tx.Exec(meet).Error; err != nil {
			return err
		}
	}
	return roomsForCards.write(a.tx, rows)
}

// expect keeps rows, with identifiers, for when the clock is held.
func (a *applying) expect(rows []cardRow) error {
	var ids []int64
	if err := a.tx.Raw(a.store.dialect.reserve, len(rows)).Scan(&ids).Error; err != nil {
		return err
	}
	a.unborn = make(map[string]*cardRow, len(rows))
	for i := range rows {
		rows[i].ID, rows[i].unborn = ids[i], true
		a.unborn[rows[i].NumberKey] = &rows[i]
	}
	return nil
}

const uniqueViolation = "23505"

// bear enters the rows of new cards under the clock. Nobody else can enter one
// now, and whoever did, or replaced one of the numbers, since they were found
// unknown has to be seen. Erasures wait for the end of this batch.
func (a *applying) bear(rows []cardRow) error {
	if len(rows) == 0 {
		return nil
	}
	keys := make([]string, len(rows))
	for i, row := range rows {
		keys[i] = row.NumberKey
	}
	leads, err := formerNumbers(a.tx, keys)
	if err != nil {
		return err
	}
	if len(leads) > 0 {
		return errRaced
	}
	err = newCards.enter(a.tx, rows)
	if refused := new(pgconn.PgError); errors.As(err, &refused) && refused.Code == uniqueViolation {
		return errRaced
	}
	return err
}
