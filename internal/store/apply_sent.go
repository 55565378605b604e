package store

import "slices"

// S is kept in full and in short, also where nothing changed by it. Of a new card
// it is in full half of what is written, and is written before the clock is
// taken: it says no seq there, which is that of the row in short (see readSent).

// saveFirstSent keeps in full what the library sent of new cards.
func (a *applying) saveFirstSent() error {
	var rows []sentRow
	for _, e := range a.entries {
		if e.counts() && e.row.unborn {
			var row sentRow
			row, e.said = a.remember(e, 0)
			rows = append(rows, row)
		}
	}
	return sentTable.enter(a.tx, rows)
}

// saveSent keeps the rest. A document older than the one S came from leaves it
// alone.
func (a *applying) saveSent() error {
	var sent []sentRow
	var known, born []saidRow
	for _, e := range a.entries {
		switch {
		case !e.counts():
		case e.row.unborn:
			e.said.Seq = e.row.Seq
			born = append(born, e.said)
		default:
			full, short := a.remember(e, e.row.Seq)
			sent, known = append(sent, full), append(known, short)
		}
	}
	before := slices.Concat(a.last, sentTable.writing(a.tx, sent), saidTable.writing(a.tx, known))
	if len(a.repeats) == 0 && !copied(a.tx, len(born)) {
		return execAll(a.tx, slices.Concat(before, saidTable.entering(a.tx, born), a.counting()))
	}
	if err := saidTable.enter(a.tx, born, before...); err != nil {
		return err
	}
	if err := a.saveRepeats(); err != nil {
		return err
	}
	return execAll(a.tx, a.counting())
}

// remember makes S of an entry that was merged. seq is the card's.
func (a *applying) remember(e *entry, seq int64) (full sentRow, short saidRow) {
	library := a.batch.Library
	said := e.item.Incoming
	said.Given &^= library.NotHeld
	next := e.sent.Remember(library, &said, a.batch.Moment, a.store.place, seq, e.crossed)
	short = saidRow{
		CardID: e.row.ID, LibraryID: library.ID, Fingerprint: []byte{}, Seq: seq,
		Made: micros(a.batch.Moment.Made), Arrived: micros(a.batch.Moment.Arrived),
	}
	if next.Repeatable(&said, library, &e.decision.Card) {
		fingerprint := said.Fingerprint(library)
		short.Fingerprint = fingerprint[:]
	}
	return sentRow{LibraryID: library.ID, CardID: e.row.ID, Content: toJSON(next)}, short
}
