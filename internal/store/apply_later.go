package store

import (
	"slices"

	"github.com/carte-reseau/hub/internal/cards"
)

// A document that waited for a person says what its library held when it was
// made. What the library was handed since is found here, where it is certain
// that it came later: see cards.MergeInput.HandedLater.

// findLater finds the cards of which the library was handed nothing between D
// then, of versions up to a mark, and the making of the document.
func (a *applying) findLater(mark int64, overtaken []int64, byID map[int64]*entry) error {
	if a.undone || forgotten(a.batch) {
		return nil
	}
	var reach, passed int64
	var lists []handing
	before := map[int64]bool{}
	versions := askKeyed(a.tx, func(row answerRow) error {
		var id, seq, stamp int64
		err := row.Scan(&id, &seq, &stamp)
		before[id] = before[id] || seq <= reach || stamp <= passed || slices.ContainsFunc(lists, func(h handing) bool { return h.holds(seq) })
		return err
	}, keyed{columns: "card_id, seq, stamp", from: "versions", key: "card_id", where: "seq > ? AND origin <> ?"}, overtaken, mark, a.batch.Library.ID)
	err := askAll(a.tx, slices.Concat([]question{a.askReach(&reach), a.askPassed(&passed), a.askListed(mark, &lists)}, versions, a.askGivenSince(mark, overtaken, before))...)
	if err != nil {
		return err
	}
	for _, id := range overtaken {
		byID[id].later = !before[id]
	}
	return nil
}

// askReach asks how far the library can have been handed anything when it made
// the document. A push that was under way then is told by the first movement
// after that: the next batch is sent once that is reported.
func (a *applying) askReach(reach *int64) question {
	args := crossing(a.batch)
	args["push"] = cards.DoorPush
	return ask(a.tx, func(row answerRow) error { return row.Scan(reach) },
		"SELECT "+furthestThen(" AND (m.door <> @push OR v.from_seq > (SELECT min(v.from_seq)"+movedThen+"))"), args)
}

// askPassed asks for the second in which a mark was moved last before that. What
// was changed by then may have been left out under the mark: it came in no list
// or push as it was before. Stamps run ahead of the clock by a second at most.
func (a *applying) askPassed(passed *int64) question {
	return ask(a.tx, func(row answerRow) error {
		var moved int64
		err := row.Scan(&moved)
		*passed = fromMicros(moved).Unix() + 1
		return err
	}, "SELECT coalesce(max(moved), 0) FROM mark_moves WHERE library_id = ? AND moved < ?", a.batch.Library.ID, micros(madeAt(a.batch)))
}

// askListed asks for what it may have been handed by then beyond a mark: by lists
// that had begun, and by pushes that broke off, whenever that was, for only the
// last time is kept.
func (a *applying) askListed(mark int64, lists *[]handing) question {
	return ask(a.tx, into(lists, func(h *handing) []any { return []any{&h.from, &h.upto} }),
		"SELECT from_seq, upto_seq FROM handings WHERE library_id = ? AND upto_seq > ? AND (handed <= ? OR ?)",
		a.batch.Library.ID, mark, micros(madeBy(a.batch)), a.batch.Library.Pushed())
}

// askGivenSince finds the cards it was given by themselves, beyond a mark or since
// it made the document: only the last time is kept.
func (a *applying) askGivenSince(mark int64, ids []int64, given map[int64]bool) []question {
	return askKeyed(a.tx, func(row answerRow) error {
		var id int64
		err := row.Scan(&id)
		given[id] = true
		return err
	}, keyed{columns: "card_id", from: "given_again", key: "card_id", library: "library_id", where: "(seq > ? OR given >= ?)"},
		ids, a.batch.Library.ID, mark, micros(madeAt(a.batch)))
}
