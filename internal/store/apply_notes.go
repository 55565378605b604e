package store

import "github.com/carte-reseau/hub/internal/cards"

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
	if !n.Taken && n.Rule != cards.RuleJoined {
		words := "note\n" + n.Field.String() + "\n" + toJSON(n.Field.Only(&n.Lost)) + "\n" + toJSON(n.Field.Only(&n.Kept))
		if first, err := a.saidFirst(e, words); err != nil || !first {
			return err
		}
	}
	kept, lost, err := a.claims(e, n)
	if err != nil {
		return err
	}
	e.notes = append(e.notes, noteOf(n, e.row.ID, a.batch.Library.ID, kept, lost))
	return nil
}

// claims tells whose the two values of a note are: one is the document's,
// unless both are of records that were joined.
func (a *applying) claims(e *entry, n *cards.Note) (kept, lost claimRow, err error) {
	sent := claimRow{LibraryID: a.batch.Library.ID, At: a.saidAt(e)}
	switch {
	case n.Rule == cards.RuleJoined:
		cardIDs := []int64{e.row.ID}
		for _, row := range e.gone {
			cardIDs = append(cardIDs, row.ID)
		}
		kept, lost, err = joinedClaims(a.tx, n, cardIDs...)
		if n.KeptSeq == 0 {
			kept = sent
		}
	case n.Taken:
		kept = sent
		lost, err = a.stood(e, n.Field)
	default:
		lost = sent
		kept, err = a.stood(e, n.Field)
	}
	return kept, lost, err
}

// stood tells whose the value is that stood before the merge.
func (a *applying) stood(e *entry, f cards.Field) (claimRow, error) {
	if e.current == nil {
		return claimRow{}, nil
	}
	return claimOf(a.tx, e.current.Seqs[f], e.row.ID)
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
	return a.store.enterNotes(a.tx, rows)
}
