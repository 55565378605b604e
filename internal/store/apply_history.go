package store

import (
	"maps"
	"slices"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
)

// loadHistory reads what the library was handed of the batch's cards, and for
// those whose merge asks for it what they were before.
func (a *applying) loadHistory(k known) error {
	ids, byID := a.entriesByCard()
	if len(ids) == 0 {
		return nil
	}
	if err := a.loadCrossed(k.since, ids, byID); err != nil {
		return err
	}
	var asking []int64
	for _, id := range ids {
		if cards.NeedsHistory(a.mergeInput(byID[id])) {
			asking = append(asking, id)
		}
	}
	if len(asking) == 0 {
		return nil
	}
	var handed []versionRow
	var lists []handing
	others := func(id int64) { byID[id].other = true }
	questions := askHanded(a.tx, k.mark, asking, &handed)
	if !a.batch.Library.Pushed() { // what a push may have handed over is doubted when it breaks off: see DoubtPush
		questions = append(append(questions, a.askHandings(&lists)), a.askListedAgain(asking, byID, &lists)...)
	}
	err := askAll(a.tx, slices.Concat(questions, a.askPast(asking, byID, k, &lists), a.askOthers(asking, others),
		a.askRefused(asking, byID), a.askGiven(asking, byID))...)
	if err != nil {
		return err
	}
	if err := a.readHanded(handed, asking, byID, k); err != nil {
		return err
	}
	return a.loadSettled(asking, byID)
}

// loadCrossed finds the versions that the library was handed, or its mark
// passed, since it made the document.
func (a *applying) loadCrossed(since sinceMade, ids []int64, byID map[int64]*entry) error {
	return a.store.crossedSince(a.tx, a.batch, since, ids, func(cardID int64, version *cards.Card, handed bool) {
		e := byID[cardID]
		if e.over = true; handed {
			e.crossed |= a.crossedBy(e, version)
		}
	})
}

// readHanded finds D of the cards. A library that was handed none and never sent
// the card meets it, whatever its mark has passed. Where a mark has passed the
// card since the document was made, it also finds what D was then.
func (a *applying) readHanded(rows []versionRow, ids []int64, byID map[int64]*entry, k known) error {
	handed, err := a.store.handedOf(a.tx, k.marks, k.mark, rows)
	if err != nil {
		return err
	}
	for id, version := range handed {
		e := byID[id]
		switch {
		case version != nil && e.mayHold(version, a.batch.Library):
			e.handed = version
		case version == nil && e.sent == nil:
			e.met = e.besides
		}
	}
	if err := a.redelivered(k.asked, byID); err != nil {
		return err
	}
	overtaken := slices.DeleteFunc(slices.Clone(ids), func(id int64) bool { return !byID[id].over })
	if len(overtaken) == 0 {
		return nil
	}
	mark := k.mark
	if before := k.since.moved; before < mark.Seq {
		mark.Seq, mark.FinishedSeq = before, before
	}
	then, err := a.store.handedVersions(a.tx, k.marks, mark, overtaken)
	for id, version := range then {
		if e := byID[id]; version != nil && e.mayHold(version, a.batch.Library) {
			e.then = version
		}
	}
	if err != nil {
		return err
	}
	return a.findLater(mark.Seq, overtaken, byID)
}

// crossedFirst are the fields that count as crossed from the beginning, even
// where the card is new: all, if the library has asked for everything again
// since it made the document. Its system went back to an old backup, and is not
// known to hold what the document says.
func (a *applying) crossedFirst(item *cards.Item) cards.FieldSet {
	if a.undone {
		return item.Incoming.Given
	}
	return 0
}

// crossedBy are the fields in which a version says something else than the
// document. Most values of a version are older than it is, so all widths the
// library's system ever had count (seq 0).
func (a *applying) crossedBy(e *entry, version *cards.Card) cards.FieldSet {
	return e.item.Incoming.Given &^ e.item.Incoming.Recalls(version, 0, a.batch.Library)
}

// askPast reads all versions of the cards, and of those they replace, one row
// at a time: a card may have had many. lists must have been filled by
// askHandings by then, which is asked before.
func (a *applying) askPast(ids []int64, byID map[int64]*entry, k known, lists *[]handing) []question {
	heirs := map[int64]*entry{}
	for _, id := range ids {
		for _, gone := range byID[id].gone {
			heirs[gone.ID] = byID[id]
		}
	}
	all := slices.AppendSeq(slices.Clone(ids), maps.Keys(heirs))
	return askKeyed(a.tx, func(row answerRow) error {
		var id, seq, stamp, origin int64
		var content string
		var takenOver bool
		if err := row.Scan(&id, &seq, &stamp, &content, &origin, &takenOver); err != nil {
			return err
		}
		var version cards.Card
		if err := fromJSON(content, &version, "version"); err != nil {
			return err
		}
		e := byID[id]
		if e == nil {
			heir := heirs[id]
			heir.replaced |= heir.item.Incoming.Recalls(&version, seq, a.batch.Library)
			return nil
		}
		// One that had ended before it came was in no list, though marks have passed it.
		if seq <= k.since.most && !version.ExpiredOn(a.store.today(stamp)) {
			e.met = max(e.met, seq)
			if takenOver {
				e.besides = max(e.besides, seq)
			}
		}
		if origin != a.batch.Library.ID {
			a.noteListed(e, *lists, seq, &version)
		}
		e.past |= e.item.Incoming.Recalls(&version, seq, a.batch.Library)
		return nil
	}, keyed{columns: "card_id, seq, stamp, content, origin, taken_over", from: "versions", key: "card_id"}, all)
}

// askGiven finds the cards the library was given by themselves before it made
// the document, whatever its mark has passed: those it has met, and those it may
// have been shown since it sent them.
func (a *applying) askGiven(ids []int64, byID map[int64]*entry) []question {
	certain := micros(madeAt(a.batch))
	return askKeyed(a.tx, func(row answerRow) error {
		var id, seq, given int64
		err := row.Scan(&id, &seq, &given)
		e := byID[id]
		if e != nil && given < certain {
			e.met, e.besides = max(e.met, seq), max(e.besides, seq)
		}
		if e != nil && given > e.sentAt() {
			e.listed = max(e.listed, seq)
		}
		return err
	}, keyed{columns: "card_id, seq, given", from: "given_again", key: "card_id", library: "library_id", where: "given <= ?"},
		ids, a.batch.Library.ID, micros(madeBy(a.batch)))
}

// loadSettled finds, of the cards the library meets for the first time, those
// their library of enrolment has sent itself.
func (a *applying) loadSettled(ids []int64, byID map[int64]*entry) error {
	var meeting []int64
	var codes []string
	for _, id := range ids {
		if e := byID[id]; e.sent == nil && e.met == 0 {
			meeting, codes = append(meeting, id), append(codes, e.current.Card.EnrolledAt)
		}
	}
	if len(meeting) == 0 {
		return nil
	}
	speakers, err := a.speakers(codes)
	if err != nil {
		return err
	}
	return askAll(a.tx, askKeyed(a.tx, func(row answerRow) error {
		var id, library int64
		if err := row.Scan(&id, &library); err != nil {
			return err
		}
		if current := byID[id].current; slices.Contains(speakers[current.Card.EnrolledAt], library) {
			current.Settled = true
		}
		return nil
	}, keyed{columns: "card_id, library_id", from: "sent", key: "card_id"}, meeting)...)
}

// speakers finds the libraries that speak for establishments.
func (a *applying) speakers(codes []string) (map[string][]int64, error) {
	var rows []libraryRow
	if err := a.tx.Select("id", "code", "serves").Find(&rows).Error; err != nil {
		return nil, err
	}
	speakers := map[string][]int64{}
	for _, code := range codes {
		if _, done := speakers[code]; done {
			continue
		}
		speakers[code] = []int64{}
		for _, row := range rows {
			if row.Code == code || strings.Contains(row.Serves, `"`+code+`"`) {
				speakers[code] = append(speakers[code], row.ID)
			}
		}
	}
	return speakers, nil
}

// mayHold reports whether a version that the library's mark has passed came to
// it, or from it.
func (e *entry) mayHold(v *handedVersion, l *cards.Library) bool {
	return e.met > 0 || v.origin == l.ID
}
