package store

import (
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// gatherNotes makes the notes of the batch's decisions, with whose the two
// values are and since when. What a library keeps sending is noted once.
func (a *applying) gatherNotes() error {
	for _, e := range a.entries {
		if !e.counts() {
			continue
		}
		for i := range e.decision.Notes {
			if err := a.gatherNote(e, &e.decision.Notes[i]); err != nil {
				return err
			}
		}
		if e.beaten != nil && e.decision.Changed != 0 {
			e.notes = append(e.notes, a.numberNote(e))
		}
	}
	return nil
}

func (a *applying) gatherNote(e *entry, n *cards.Note) error {
	if !n.Taken {
		words := "note\n" + n.Field.String() + "\n" + toJSON(n.Field.Only(&n.Lost)) + "\n" + toJSON(n.Field.Only(&n.Kept))
		if first, err := a.saidFirst(e, words); err != nil || !first {
			return err
		}
	}
	stood, err := a.authorOf(e, n.Field)
	if err != nil {
		return err
	}
	row := noteRow{
		Kind: string(n.Kind), CardID: e.row.ID, LibraryID: a.batch.Library.ID, Field: n.Field.String(), Rule: int64(n.Rule),
		Kept: toJSON(n.Field.Only(&n.Kept)), Lost: toJSON(n.Field.Only(&n.Lost)),
		KeptBy: stood.LibraryID, KeptAt: micros(time.Unix(stood.Stamp, 0)), LostBy: a.batch.Library.ID, LostAt: a.saidAt(e),
	}
	if n.Taken {
		row.KeptBy, row.KeptAt, row.LostBy, row.LostAt = row.LostBy, row.LostAt, row.KeptBy, row.KeptAt
	}
	e.notes = append(e.notes, row)
	return nil
}

// saidAt is when the library made the value it sent, as well as it told.
func (a *applying) saidAt(e *entry) int64 {
	for _, at := range []int64{micros(e.item.Incoming.ChangedAt), micros(a.batch.Moment.Made)} {
		if at != 0 {
			return at
		}
	}
	return micros(a.batch.Moment.Arrived)
}

// authorOf finds whose the value is that stood before the merge.
func (a *applying) authorOf(e *entry, f cards.Field) (versionRow, error) {
	var v versionRow
	if e.current == nil {
		return v, nil
	}
	err := a.tx.Select("library_id", "stamp").Where("card_id = ? AND seq = ?", e.row.ID, e.current.Seqs[f]).Limit(1).Find(&v).Error
	return v, err
}

// numberNote tells of two libraries that replaced one card.
func (a *applying) numberNote(e *entry) noteRow {
	return noteRow{
		Kind: string(cards.NoteConflict), CardID: e.row.ID, LibraryID: a.batch.Library.ID, Field: cards.NumberField,
		Kept: toJSON(cards.Card{Number: e.row.Number}), Lost: toJSON(cards.Card{Number: e.beaten.number}),
		KeptBy: a.batch.Library.ID, KeptAt: a.saidAt(e), LostBy: e.beaten.by, LostAt: e.beaten.at,
	}
}

// saveNotes enters the notes, each with the version that stands.
func (a *applying) saveNotes() error {
	var rows []noteRow
	for _, e := range a.entries {
		for i := range e.notes {
			e.notes[i].Seq = e.row.Seq
			rows = append(rows, e.notes[i])
		}
	}
	if len(rows) == 0 {
		return nil
	}
	now, err := a.store.nowIn(a.tx)
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].Noted = micros(now)
	}
	return a.tx.CreateInBatches(&rows, rowsPerInsert).Error
}
