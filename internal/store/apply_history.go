package store

import (
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
)

// loadHistory reads what the library was handed of the batch's cards, and for
// those whose merge asks for it what they were before.
func (a *applying) loadHistory() error {
	ids, byID := a.entriesByCard()
	if len(ids) == 0 {
		return nil
	}
	if err := a.store.holdMarks(a.tx, a.batch.Library.ID); err != nil {
		return err
	}
	if err := a.loadCrossed(ids, byID); err != nil {
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
	handed, err := a.store.handedVersions(a.tx, a.batch.Library.ID, asking)
	if err != nil {
		return err
	}
	for id, version := range handed {
		byID[id].handed = version
	}
	if err := a.loadPast(asking, byID); err != nil {
		return err
	}
	if err := a.loadOthers(asking, byID); err != nil {
		return err
	}
	return a.loadSettled(asking, byID)
}

// loadCrossed finds what the library was handed, or passed by, since it made the
// document.
func (a *applying) loadCrossed(ids []int64, byID map[int64]*entry) error {
	return a.store.crossedVersions(a.tx, a.batch, ids, func(cardID int64, version *cards.Card, handed bool) {
		e := byID[cardID]
		if e.over = true; handed {
			e.crossed |= a.crossedBy(e, version)
		}
	})
}

// crossedBy are the fields in which a version says something else than the
// document.
func (a *applying) crossedBy(e *entry, version *cards.Card) cards.FieldSet {
	return e.item.Incoming.Given &^ e.item.Incoming.Recalls(version, a.batch.Library)
}

// loadPast goes through all versions of the cards, one at a time: a card may
// have had many.
func (a *applying) loadPast(ids []int64, byID map[int64]*entry) error {
	mark, err := a.store.furthestMark(a.tx, a.batch.Library.ID)
	if err != nil {
		return err
	}
	rows, err := a.tx.Raw("SELECT card_id, seq, content FROM versions WHERE card_id IN ?", among[int64](ids)).Rows()
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, seq int64
		var content string
		if err := rows.Scan(&id, &seq, &content); err != nil {
			return err
		}
		var version cards.Card
		if err := fromJSON(content, &version, "version"); err != nil {
			return err
		}
		e := byID[id]
		e.met = e.met || seq <= mark.Seq
		e.past |= e.item.Incoming.Recalls(&version, a.batch.Library)
	}
	return rows.Err()
}

// loadSettled finds, of the cards the library meets for the first time, those
// their library of enrolment has sent itself.
func (a *applying) loadSettled(ids []int64, byID map[int64]*entry) error {
	var meeting []*entry
	var codes []string
	for _, id := range ids {
		if e := byID[id]; e.sent == nil && !e.met {
			meeting, codes = append(meeting, e), append(codes, e.current.Card.EnrolledAt)
		}
	}
	if len(meeting) == 0 {
		return nil
	}
	speakers, err := a.speakers(codes)
	if err != nil {
		return err
	}
	for _, e := range meeting {
		var n int64
		err := a.tx.Raw("SELECT count(*) FROM sent WHERE card_id = ? AND library_id IN ?", e.row.ID, speakers[e.current.Card.EnrolledAt]).Scan(&n).Error
		if err != nil {
			return err
		}
		e.current.Settled = n > 0
	}
	return nil
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
