package store

import (
	"crypto/sha256"
	"slices"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// save writes what the merge decided. Everything that can be made ready before
// the clock is taken is.
func (a *applying) save() error {
	if err := a.keepLaterEnds(); err != nil {
		return err
	}
	moved, err := a.decideWhatMoves()
	if err != nil {
		return err
	}
	if err := a.gatherNotes(); err != nil {
		return err
	}
	if err := a.leaveRooms(); err != nil {
		return err
	}
	if err := a.saveNames(); err != nil {
		return err
	}
	if err := a.saveFirstSent(); err != nil {
		return err
	}
	if err := a.saveMoved(moved); err != nil {
		return err
	}
	if err := a.saveRetired(); err != nil {
		return err
	}
	if err := a.rememberOthers(); err != nil {
		return err
	}
	if err := a.saveNotes(); err != nil {
		return err
	}
	return a.saveSent()
}

// saveMoved files the report and, where cards move, takes the clock on the same
// way to the database, and writes them.
func (a *applying) saveMoved(moved int) error {
	if moved == 0 {
		return a.fileResults()
	}
	var t tick
	if err := a.fileResults(a.store.askClock(a.tx, moved, &t)); err != nil {
		return err
	}
	a.moved = true
	return a.saveCards(t)
}

// decideWhatMoves counts the changes the clock has to number: new versions,
// and cards that are handed again.
func (a *applying) decideWhatMoves() (moved int, err error) {
	var known *given
	for _, e := range a.entries {
		if e.decision.Changed != 0 {
			a.render(e)
			moved++
			continue
		}
		if !e.behind() {
			continue
		}
		if known == nil {
			if known, err = a.store.givenTo(a.tx, a.batch.Library.ID); err != nil {
				return 0, err
			}
		}
		if e.row.Origin != a.batch.Library.ID && !known.perhaps(e.row.Seq) {
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

// behind reports whether the library sent something else than what stands, be
// it only the card's number.
func (e *entry) behind() bool {
	out := &e.decision
	return out.Behind != 0 || out.Result == cards.Unchanged && cards.NumberKey(out.Card.Number) != e.key
}

// correctedFirst reports whether this stale value, against this current one,
// has not been answered yet: a system that keeps sending it is not answered
// for ever.
func (a *applying) correctedFirst(e *entry) (bool, error) {
	said := []string{"numero\n" + e.key + "\n" + e.row.NumberKey}
	if e.decision.Behind != 0 {
		said = nil
	}
	for _, f := range e.decision.Behind.Fields() {
		said = append(said, f.String()+"\n"+toJSON(f.Only(&e.item.Incoming.Card))+"\n"+toJSON(f.Only(&e.current.Card)))
	}
	fresh := false
	for _, words := range said {
		first, err := a.saidFirst(e, words)
		if err != nil {
			return false, err
		}
		fresh = fresh || first
	}
	return fresh, nil
}

// saidFirst reports whether something was not said before of a card and the
// library, and remembers that it is now.
func (a *applying) saidFirst(e *entry, words string) (bool, error) {
	hash := sha256.Sum256([]byte(words))
	done := a.tx.Exec("INSERT INTO corrected (library_id, card_id, hash) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
		a.batch.Library.ID, e.row.ID, hash[:])
	return done.RowsAffected > 0, done.Error
}

// render makes a changed card's row ready but for seq and stamp.
func (a *applying) render(e *entry) {
	if e.decision.ByHub {
		e.row.write(&e.decision.Card, cards.HubID, "", "")
		return
	}
	e.row.write(&e.decision.Card, a.batch.Library.ID, a.batch.Library.Code, provenanceText(e.item.Provenance))
}

// leaveRooms drops the rows made for numbers that became no card's.
func (a *applying) leaveRooms() error {
	taken := map[int64]bool{}
	for _, e := range a.entries {
		if e.decision.Changed != 0 {
			taken[e.row.ID] = true
		}
	}
	var empty []int64
	for _, id := range a.rooms {
		if !taken[id] {
			empty = append(empty, id)
		}
	}
	for portion := range slices.Chunk(empty, keysPerQuery) {
		if err := a.tx.Exec("DELETE FROM cards WHERE id IN ? AND seq = 0", among[int64](portion)).Error; err != nil {
			return err
		}
	}
	return nil
}

func (a *applying) saveCards(t tick) error {
	var rows, born []cardRow
	var versions []versionRow
	var again []handAgainRow
	today := a.store.today(t.stamp)
	seq := t.first
	for _, e := range a.entries {
		switch {
		case e.again:
			again = append(again, handAgainRow{
				LibraryID: a.batch.Library.ID, CardID: e.row.ID, Seq: seq, Stamp: t.stamp, Reason: reasonStale.Stored(),
			})
		case e.decision.Changed != 0:
			if err := a.takeOver(e); err != nil {
				return err
			}
			if e.current == nil {
				e.current = new(cards.Current)
			}
			e.row.place(seq, t.stamp, today, e.current, e.decision.Changed)
			if e.row.unborn {
				born = append(born, *e.row)
			} else {
				rows = append(rows, *e.row)
			}
			versions = append(versions, a.versionOf(e))
		default:
			continue
		}
		seq++
	}
	if err := a.bear(born); err != nil {
		return err
	}
	if err := a.saveVersions(rows, versions); err != nil || len(again) == 0 {
		return err
	}
	return putHandAgain(a.tx, again)
}

// takeOver moves what is kept of the cards that a changed card replaces to it.
func (a *applying) takeOver(e *entry) error {
	for _, row := range e.gone {
		e.row.ListedUntil = max(e.row.ListedUntil, row.ListedUntil)
		if err := moveHistory(a.tx, e.row.ID, row.ID); err != nil {
			return err
		}
	}
	return nil
}

// saveVersions writes changed cards and their versions: many at once by COPY,
// few with what else is written at the end.
func (a *applying) saveVersions(rows []cardRow, versions []versionRow) error {
	before := a.endWaiting(rows)
	if copied(a.tx, len(versions)) {
		return saveVersions(a.tx, rows, versions, before...)
	}
	a.last = slices.Concat(before, changedCards.writing(a.tx, rows), versionTable.entering(a.tx, versions))
	return nil
}

// endWaiting drops what the library was to be handed again of cards it has
// just become the origin of: it holds every field of them.
func (a *applying) endWaiting(rows []cardRow) []statement {
	var ids []int64
	for _, row := range rows {
		if row.Origin == a.batch.Library.ID {
			ids = append(ids, row.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	drop := a.tx.Session(&gorm.Session{}).Raw("DELETE FROM hand_again WHERE library_id = ? AND card_id IN ?", a.batch.Library.ID, among[int64](ids)).Statement
	return []statement{{drop.SQL.String(), drop.Vars}}
}

// reasonStale is told to staff beside a card that is handed again.
var reasonStale = cards.Say("la bibliothèque a envoyé une valeur dépassée")

func (a *applying) versionOf(e *entry) versionRow {
	v := e.row.version(e.decision.Changed, e.decision.Reasons)
	v.LibraryID, v.Door, v.DepositID = a.batch.Library.ID, string(a.batch.Door), a.batch.Deposit
	return v
}

// saveVersions writes changed cards and the versions that stand of them, behind
// what is to be done before.
func saveVersions(tx *gorm.DB, rows []cardRow, versions []versionRow, before ...statement) error {
	return versionTable.enter(tx, versions, append(before, changedCards.writing(tx, rows)...)...)
}

// saveRetired has the numbers that were replaced lead to the cards that go on.
func (a *applying) saveRetired() error {
	if len(a.retired) == 0 {
		return nil
	}
	now, err := a.store.nowIn(a.tx)
	if err != nil {
		return err
	}
	var rows []formerRow
	for key, e := range a.retired {
		if !e.counts() || e.row.NumberKey == key {
			continue
		}
		rows = append(rows, formerRow{NumberKey: key, Number: e.spelling(key), CardID: e.row.ID, LibraryID: a.batch.Library.ID, Replaced: micros(now)})
	}
	return retire(a.tx, rows)
}
