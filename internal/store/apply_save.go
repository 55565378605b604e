package store

import (
	"crypto/sha256"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
	"gorm.io/gorm/clause"
)

// save writes what the merge decided. Everything that can be made ready before
// the clock is taken is.
func (a *applying) save() error {
	moved, err := a.decideWhatMoves()
	if err != nil {
		return err
	}
	if moved == 0 {
		return a.saveSent()
	}
	t, err := a.store.takeClock(a.tx, moved)
	if err != nil {
		return err
	}
	if err := a.saveCards(t); err != nil {
		return err
	}
	a.moved = true
	return a.saveSent()
}

// decideWhatMoves counts the changes the clock has to number: new versions,
// and cards that are handed again.
func (a *applying) decideWhatMoves() (int, error) {
	moved := 0
	var mark *cards.Mark
	for _, e := range a.entries {
		if e.decision.Changed != 0 {
			a.render(e)
			moved++
			continue
		}
		if e.decision.Behind == 0 {
			continue
		}
		if mark == nil {
			m, err := a.store.furthestMark(a.tx, a.batch.Library.ID)
			if err != nil {
				return 0, err
			}
			mark = &m
		}
		if e.row.Seq > mark.Seq && e.row.Origin != a.batch.Library.ID {
			continue // it will be handed this version anyway
		}
		fresh, err := a.correctedFirst(e)
		if err != nil {
			return 0, err
		}
		if fresh {
			e.again = true
			moved++
		}
	}
	return moved, nil
}

// correctedFirst reports whether this stale value, against this current one,
// has not been answered yet: a system that keeps sending it is not answered
// for ever.
func (a *applying) correctedFirst(e *entry) (bool, error) {
	fresh := false
	for _, f := range e.decision.Behind.Fields() {
		hash := sha256.Sum256([]byte(f.String() + "\n" + toJSON(f.Only(&e.item.Incoming.Card)) + "\n" + toJSON(f.Only(&e.current.Card))))
		done := a.tx.Exec("INSERT INTO corrected (library_id, card_id, hash) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
			a.batch.Library.ID, e.row.ID, hash[:])
		if done.Error != nil {
			return false, done.Error
		}
		fresh = fresh || done.RowsAffected > 0
	}
	return fresh, nil
}

// render makes a changed card's row ready but for seq and stamp.
func (a *applying) render(e *entry) {
	card, row := &e.decision.Card, e.row
	row.Origin = a.batch.Library.ID
	origin := a.batch.Library.Code
	row.Provenance = provenanceText(e.item.Provenance)
	if e.decision.ByHub {
		row.Origin, origin, row.Provenance = cards.HubID, "", ""
	}
	row.Number = card.Number
	row.Content = toJSON(card)
	row.XML = exchange.AppendCarte(nil, card, origin)
	row.Ends = card.Enrolment.End
}

func (a *applying) saveCards(t tick) error {
	var rows []cardRow
	var versions []versionRow
	var again []handAgainRow
	var notes []noteRow
	today := a.store.today(t.stamp)
	seq := t.first
	for _, e := range a.entries {
		switch {
		case e.again:
			again = append(again, handAgainRow{
				LibraryID: a.batch.Library.ID, CardID: e.row.ID, Seq: seq, Stamp: t.stamp, Reason: reasonStale,
			})
		case e.decision.Changed != 0:
			e.number(seq, t.stamp, today)
			rows = append(rows, *e.row)
			versions = append(versions, a.versionOf(e))
		default:
			continue
		}
		notes = append(notes, a.notesOf(e, seq, t.stamp)...)
		seq++
	}
	if err := a.endWaiting(rows); err != nil {
		return err
	}
	return a.write(rows, versions, again, notes)
}

// endWaiting drops what the library was to be handed again of cards it has
// just become the origin of: it holds every field of them.
func (a *applying) endWaiting(rows []cardRow) error {
	var ids []int64
	for _, row := range rows {
		if row.Origin == a.batch.Library.ID {
			ids = append(ids, row.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return a.tx.Exec("DELETE FROM hand_again WHERE library_id = ? AND card_id IN ?", a.batch.Library.ID, ids).Error
}

// reasonStale is told to staff beside a card that is handed again.
const reasonStale = "la bibliothèque a envoyé une valeur dépassée"

// number gives a changed card its place in the feed.
func (e *entry) number(seq, stamp int64, today string) {
	e.row.Seq, e.row.Stamp = seq, stamp
	if e.row.Ends >= today && e.row.Ends > e.row.ListedUntil {
		e.row.ListedUntil = e.row.Ends
	}
	if e.current == nil {
		e.current = new(cards.Current)
	}
	for _, f := range e.decision.Changed.Fields() {
		e.current.Seqs[f] = seq
	}
	e.row.FieldSeqs = toJSON(e.current.Seqs)
}

func (a *applying) versionOf(e *entry) versionRow {
	return versionRow{
		CardID: e.row.ID, Seq: e.row.Seq, Stamp: e.row.Stamp, Content: e.row.Content, Changed: int64(e.decision.Changed),
		Origin: e.row.Origin, LibraryID: a.batch.Library.ID, Door: string(a.batch.Door), DepositID: a.batch.Deposit,
		Provenance: e.row.Provenance,
	}
}

func (a *applying) notesOf(e *entry, seq, stamp int64) []noteRow {
	var rows []noteRow
	for _, n := range e.decision.Notes {
		rows = append(rows, noteRow{
			Kind: string(n.Kind), CardID: e.row.ID, LibraryID: a.batch.Library.ID, Field: n.Field.String(),
			Kept: toJSON(n.Field.Only(&n.Kept)), Lost: toJSON(n.Field.Only(&n.Lost)), Seq: seq, Noted: micros(time.Unix(stamp, 0)),
		})
	}
	return rows
}

func (a *applying) write(rows []cardRow, versions []versionRow, again []handAgainRow, notes []noteRow) error {
	if len(rows) > 0 {
		current := []string{"number", "content", "field_seqs", "xml", "provenance", "seq", "stamp", "origin", "ends", "listed_until"}
		err := a.tx.Clauses(clause.OnConflict{
			Columns: []clause.Column{{Name: "id"}}, DoUpdates: clause.AssignmentColumns(current),
		}).CreateInBatches(&rows, rowsPerInsert).Error
		if err != nil {
			return err
		}
		if err := a.tx.CreateInBatches(&versions, rowsPerInsert).Error; err != nil {
			return err
		}
	}
	if len(again) > 0 {
		if err := putHandAgain(a.tx, again); err != nil {
			return err
		}
	}
	if len(notes) > 0 {
		return a.tx.CreateInBatches(&notes, rowsPerInsert).Error
	}
	return nil
}

// saveSent keeps S, also where nothing changed by it. A document older than
// the one S came from leaves it alone.
func (a *applying) saveSent() error {
	var rows []sentRow
	for _, e := range a.entries {
		if e.decision.Result == cards.Stale {
			continue
		}
		next := e.sent.Remember(&e.item.Incoming, a.batch.Moment, e.row.Seq)
		rows = append(rows, sentRow{LibraryID: a.batch.Library.ID, CardID: e.row.ID, Content: toJSON(next)})
	}
	if len(rows) == 0 {
		return nil
	}
	return a.tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "library_id"}, {Name: "card_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"content"}),
	}).CreateInBatches(&rows, rowsPerInsert).Error
}
