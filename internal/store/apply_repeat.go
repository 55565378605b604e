package store

import (
	"bytes"
	"maps"
	"slices"

	"github.com/carte-reseau/hub/internal/cards"
)

// saidRow is what a library said last of a card, in short.
type saidRow struct {
	CardID      int64
	LibraryID   int64
	Fingerprint []byte // empty where it is not repeatable
	Seq         int64  // the card's, once it was merged
	Made        int64
	Arrived     int64
}

// moment is that of the document it was said in. Where a harvested library did
// not say when it made it, the hub had asked for it: findRepeats takes no other
// such document.
func (r *saidRow) moment(l *cards.Library) cards.Moment {
	return cards.Moment{Made: fromMicros(r.Made), Arrived: fromMicros(r.Arrived), Asked: r.Made == 0 && l.Harvested()}
}

// saidCard is what a library said last of a card that did not change since.
type saidCard struct {
	Said      saidRow
	Number    string
	NumberKey string
}

// setRepeatsAside takes the entries out that say again what changed nothing the
// last time, of cards nobody has changed since: only the moment of such a
// document is kept. The cards are neither read nor locked for it. Where another
// entry turns out to speak of one of them, or one moves meanwhile, which
// saveRepeats finds, all are merged.
func (a *applying) setRepeatsAside(said []saidCard) error {
	repeats := a.findRepeats(said)
	if len(repeats) == 0 {
		return nil
	}
	if err := a.dropOvertaken(repeats); err != nil {
		return err
	}
	a.repeats = make([]*entry, 0, len(repeats))
	a.entries = slices.DeleteFunc(a.entries, func(e *entry) bool {
		aside := e.row != nil && repeats[e.row.ID] == e
		if aside {
			e.decision = cards.Decision{Result: cards.Unchanged, Card: cards.Card{Number: e.row.Number}}
			a.repeats = append(a.repeats, e)
		}
		return aside
	})
	return nil
}

// askSaid asks what the library said last of the cards of these numbers, where
// they did not change since.
func (a *applying) askSaid(keys []string, said *[]saidCard) []question {
	return askKeyed(a.tx, into(said, func(c *saidCard) []any {
		return []any{&c.Said.CardID, &c.Said.Fingerprint, &c.Said.Seq, &c.Said.Made, &c.Said.Arrived, &c.Number, &c.NumberKey}
	}), keyed{
		columns: "s.card_id, s.fingerprint, s.seq, s.made, s.arrived, c.number, c.number_key",
		from:    "cards c JOIN said s ON s.card_id = c.id AND s.seq = c.seq", key: "c.number_key", library: "s.library_id",
	}, keys, a.batch.Library.ID)
}

// findRepeats finds them by their fingerprints, by card. There are none in a
// document that was made before its library asked for everything again, in one
// that may be older than what its library said last, nor in one of a harvested
// library that came otherwise and does not say when it was made.
func (a *applying) findRepeats(said []saidCard) map[int64]*entry {
	moment := a.batch.Moment
	if a.undone || moment.Made.IsZero() && !moment.Asked && a.batch.Library.Harvested() {
		return nil
	}
	byKey := make(map[string]*entry, len(a.entries))
	for _, e := range a.entries {
		if len(e.item.Incoming.Former) == 0 {
			byKey[e.key] = e
		}
	}
	repeats := make(map[int64]*entry, len(said))
	for _, row := range said {
		e := byKey[row.NumberKey]
		if e == nil {
			continue // rejected
		}
		e.fingerprint = e.item.Incoming.Fingerprint(a.batch.Library)
		if bytes.Equal(row.Said.Fingerprint, e.fingerprint[:]) && moment.After(row.Said.moment(a.batch.Library), a.store.place) == cards.Later {
			e.row = &cardRow{ID: row.Said.CardID, Number: row.Number, NumberKey: row.NumberKey}
			repeats[e.row.ID] = e
		}
	}
	return repeats
}

// dropOvertaken leaves out the cards of which the library was handed something
// else since it made the document.
func (a *applying) dropOvertaken(repeats map[int64]*entry) error {
	return a.store.crossedVersions(a.tx, a.batch, slices.Collect(maps.Keys(repeats)), func(cardID int64, version *cards.Card, handed bool) {
		if e := repeats[cardID]; handed && e != nil && a.crossedBy(e, version) != 0 {
			delete(repeats, cardID)
		}
	})
}

// spokenOf reports whether one of the rows is that of a card set aside.
func (a *applying) spokenOf(rows []cardRow) bool {
	aside := make(map[int64]bool, len(a.repeats))
	for _, e := range a.repeats {
		aside[e.row.ID] = true
	}
	return slices.ContainsFunc(rows, func(row cardRow) bool { return aside[row.ID] })
}

// saveRepeats keeps the moment of what was said again. It comes last in the
// transaction: whoever takes a card away holds the clock while it waits for
// these rows.
func (a *applying) saveRepeats() error {
	notLater := "arrived <= @arrived"
	if !a.batch.Moment.Made.IsZero() {
		notLater = "CASE WHEN made > 0 THEN made <= @made ELSE arrived <= @arrived END"
	}
	for portion := range slices.Chunk(a.repeats, keysPerQuery) {
		ids := make([]int64, len(portion))
		repeats := make(map[int64]*entry, len(portion))
		for i, e := range portion {
			ids[i], repeats[e.row.ID] = e.row.ID, e
		}
		var kept []saidRow
		// What LIMIT closes off is read first: see keyed.
		err := a.tx.Raw(`UPDATE said SET made = @made, arrived = @arrived
			FROM (SELECT id, seq, CAST(@library AS bigint) AS library FROM cards WHERE id IN @cards LIMIT @count) c
			WHERE said.card_id = c.id AND said.library_id = c.library AND said.seq = c.seq AND `+notLater+` RETURNING card_id, fingerprint`, map[string]any{
			"made": micros(a.batch.Moment.Made), "arrived": micros(a.batch.Moment.Arrived), "library": a.batch.Library.ID,
			"cards": among[int64](ids), "count": len(ids),
		}).Scan(&kept).Error
		if err != nil {
			return err
		}
		for _, row := range kept {
			if !bytes.Equal(row.Fingerprint, repeats[row.CardID].fingerprint[:]) { // another document of the library has come meanwhile
				return errRaced
			}
		}
		if len(kept) != len(portion) {
			return errRaced
		}
	}
	return nil
}
