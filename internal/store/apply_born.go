package store

import (
	"errors"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
)

// A new card's row is normally inserted once, under the clock, when all of it
// is known. Where two batches bring the same new number, the second to hold the
// clock finds the row there, and is merged again the other way: it inserts
// empty rows, "rooms", before it decides anything, and writers meet on those. A
// batch that names former numbers goes that way from the beginning, for its
// cards may be others than their numbers say.
//
// The two ways must not go on at once: whoever has inserted a room waits for
// the clock, and whoever holds the clock would wait for that room. A lock keeps
// them apart: see reserve and meet in dialect.go.

// needsRooms reports whether rows are made before anything is decided.
func (a *applying) needsRooms() bool {
	return a.thorough || a.store.dialect.reserve == "" ||
		slices.ContainsFunc(a.entries, func(e *entry) bool { return len(a.replaces(e)) > 0 })
}

// makeRooms inserts empty rows.
func (a *applying) makeRooms(rows []cardRow) error {
	if meet := a.store.dialect.meet; meet != "" {
		if err := a.tx.Exec(meet).Error; err != nil {
			return err
		}
	}
	return roomsForCards.write(a.tx, rows)
}

// expect gives identifiers to rows that bear will insert.
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

// bear inserts the rows of new cards under the clock, where nobody else can
// insert one. It returns errRaced where one of their numbers was inserted or
// replaced since it was found unknown. Erasures wait for the end of this batch.
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
