package store

import (
	"crypto/rand"
	"encoding/base32"
	"strings"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm/clause"
)

// load locks the batch's cards in number order and reads what the merge needs.
func (a *applying) load() error {
	if len(a.entries) == 0 {
		return nil
	}
	if err := a.loadCards(); err != nil {
		return err
	}
	if err := a.loadSent(); err != nil {
		return err
	}
	return a.loadHanded()
}

// loadCards makes room for the cards the network does not know, so that two
// writers who bring the same new card meet on its row, then locks all of them.
func (a *applying) loadCards() error {
	keys := make([]string, len(a.entries))
	byKey := make(map[string]*entry, len(a.entries))
	for i, e := range a.entries {
		keys[i], byKey[e.key] = e.key, e
	}
	if a.writes() {
		if err := a.makeRoom(keys); err != nil {
			return err
		}
	}
	lock := ""
	if a.writes() {
		lock = a.store.dialect.forUpdate
	}
	var rows []cardRow
	err := a.tx.Raw("SELECT id, oai_id, number, number_key, content, field_seqs, provenance, seq, stamp, origin, ends, listed_until, created"+
		" FROM cards WHERE number_key IN ? ORDER BY number_key"+lock, keys).Scan(&rows).Error
	if err != nil {
		return err
	}
	for i := range rows {
		e := byKey[rows[i].NumberKey]
		e.row = &rows[i]
		if e.row.Seq == 0 {
			continue
		}
		e.current = new(cards.Current)
		if err := fromJSON(e.row.Content, &e.current.Card, "card"); err != nil {
			return err
		}
		if err := fromJSON(e.row.FieldSeqs, &e.current.Seqs, "card"); err != nil {
			return err
		}
	}
	return nil
}

// makeRoom inserts an empty row, of seq 0, for every unknown number. No reader
// sees seq 0, and the row goes if the transaction does.
func (a *applying) makeRoom(keys []string) error {
	var known []string
	if err := a.tx.Raw("SELECT number_key FROM cards WHERE number_key IN ?", keys).Scan(&known).Error; err != nil {
		return err
	}
	have := make(map[string]bool, len(known))
	for _, key := range known {
		have[key] = true
	}
	var rows []cardRow
	now := micros(time.Now())
	for _, e := range a.entries {
		if !have[e.key] {
			rows = append(rows, cardRow{OAIID: newOAIID(), Number: e.item.Incoming.Number, NumberKey: e.key, XML: []byte{}, Created: now})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return a.tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "number_key"}}, DoNothing: true}).
		CreateInBatches(&rows, rowsPerInsert).Error
}

// rowsPerInsert keeps a statement under the databases' limits on parameters.
const rowsPerInsert = 500

// newOAIID makes a card's opaque identifier: nobody can tell a number, an age
// or an order from it.
func newOAIID() string {
	var raw [15]byte
	_, _ = rand.Read(raw[:]) // crypto/rand.Read never fails
	return strings.ToLower(base32.StdEncoding.EncodeToString(raw[:]))
}

func (a *applying) entriesByCard() (ids []int64, byID map[int64]*entry) {
	byID = make(map[int64]*entry, len(a.entries))
	for _, e := range a.entries {
		if e.current != nil {
			ids = append(ids, e.row.ID)
			byID[e.row.ID] = e
		}
	}
	return ids, byID
}

// loadSent reads S: what the library sent last of each card.
func (a *applying) loadSent() error {
	ids, byID := a.entriesByCard()
	if len(ids) == 0 {
		return nil
	}
	var rows []sentRow
	if err := a.tx.Where("library_id = ? AND card_id IN ?", a.batch.Library.ID, ids).Find(&rows).Error; err != nil {
		return err
	}
	for _, row := range rows {
		e := byID[row.CardID]
		e.sent = new(cards.Sent)
		if err := fromJSON(row.Content, e.sent, "sending"); err != nil {
			return err
		}
	}
	return nil
}

// loadHanded reads D, the version last handed to the library, for the cards
// whose merge asks for it.
func (a *applying) loadHanded() error {
	var ids []int64
	for _, e := range a.entries {
		if cards.NeedsHanded(a.mergeInput(e)) {
			ids = append(ids, e.row.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	if err := a.store.holdMarks(a.tx, a.batch.Library.ID); err != nil {
		return err
	}
	handed, err := a.store.handedVersions(a.tx, a.batch.Library.ID, ids)
	if err != nil {
		return err
	}
	overtaken, err := overtakenCards(a.tx, a.batch, ids)
	if err != nil {
		return err
	}
	for _, e := range a.entries {
		if e.row != nil {
			e.handed, e.overtaken = handed[e.row.ID], overtaken[e.row.ID]
		}
	}
	return nil
}
