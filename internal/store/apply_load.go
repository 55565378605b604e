package store

import (
	"crypto/rand"
	"encoding/base32"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
)

// load locks the cards that are to be merged, in number order, and reads what
// the merge needs.
func (a *applying) load(said []saidCard) error {
	if err := a.setRepeatsAside(said); err != nil {
		return err
	}
	if len(a.entries) == 0 {
		return nil
	}
	keys := a.numberKeys()
	leads, err := a.loadCards(keys)
	if err != nil {
		return err
	}
	if err := a.recognise(); err != nil {
		return err
	}
	known, err := a.loadKnown(keys, leads)
	if err != nil {
		return err
	}
	return a.loadHistory(known)
}

// errRaced makes the transaction begin again: a card got another number while
// its row was waited for, or one that was taken for unchanged was changed, or
// is spoken of under another number too.
var errRaced = errors.New("a card was replaced, changed or named twice meanwhile")

// loadCards finds the row of every item's card and of the cards these replace,
// and which of their numbers led to other cards.
func (a *applying) loadCards(keys []string) (leads map[string]formerRow, err error) {
	leads = map[string]formerRow{}
	var found []numberedRow
	if err := askAll(a.tx, append(askFormer(a.tx, keys, leads), a.askNumbered(keys, &found)...)...); err != nil {
		return nil, err
	}
	if a.writes() {
		if found, err = a.makeRoom(keys, leads, found); err != nil {
			return nil, err
		}
	}
	byKey, err := a.lockCards(keys, leads, found)
	if err != nil {
		return nil, err
	}
	return leads, a.assign(byKey, leads)
}

// known is what is known of a library beside its cards.
type known struct {
	marks []markRow  // held
	mark  cards.Mark // its furthest
	since sinceMade
	asked deliveryRow // its last request for everything
}

// loadKnown reads S, and where the library stands.
func (a *applying) loadKnown(keys []string, leads map[string]formerRow) (k known, err error) {
	again := map[string]formerRow{}
	var questions []question
	if a.writes() {
		// Whoever replaced one of them while it was waited for has committed.
		questions = askFormer(a.tx, keys, again)
	}
	ids, byID := a.entriesByCard()
	var sent []sentBefore
	if len(ids) > 0 {
		questions = append(questions, a.askSent(ids, &sent)...)
		questions = append(questions, a.askDelivery(&k.asked), a.store.holdMarks(a.tx, a.batch.Library.ID, &k.marks))
		questions = append(questions, k.since.ask(a.tx, a.batch, ids)...)
	}
	if err := askAll(a.tx, questions...); err != nil {
		return k, err
	}
	if a.writes() && !maps.Equal(leads, again) {
		return k, errRaced
	}
	k.mark = furthest(a.batch.Library.ID, k.marks)
	if err := a.readSent(sent, byID); err != nil {
		return k, err
	}
	return k, a.doubtRestored(k.asked, byID)
}

// numberKeys are the keys of all numbers the batch speaks of, in their order.
func (a *applying) numberKeys() []string {
	var keys []string
	for _, e := range a.entries {
		keys = append(keys, e.key)
		for _, number := range a.replaces(e) {
			keys = append(keys, cards.NumberKey(number))
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

const cardColumns = "id, oai_id, number, number_key, content, field_seqs, provenance, seq, stamp, origin, ends, listed_until, created"

// askNumbered asks for the cards that have the numbers.
func (a *applying) askNumbered(keys []string, found *[]numberedRow) []question {
	return askPortions(a.tx, into(found, func(r *numberedRow) []any { return []any{&r.ID, &r.NumberKey} }),
		"SELECT id, number_key FROM cards WHERE number_key IN ?", keys)
}

// withReplaced are, in number order, the cards found by their numbers and those
// that other numbers lead to.
func (a *applying) withReplaced(found []numberedRow, leads map[string]formerRow) ([]int64, error) {
	led := make([]int64, 0, len(leads))
	for _, lead := range leads {
		led = append(led, lead.CardID)
	}
	slices.Sort(led)
	renumbered, err := inPortions[numberedRow](a.tx, "SELECT id, number_key FROM cards WHERE id IN ?", slices.Compact(led))
	if err != nil {
		return nil, err
	}
	found = slices.Concat(found, renumbered)
	slices.SortFunc(found, func(x, y numberedRow) int { return strings.Compare(x.NumberKey, y.NumberKey) })
	ids := make([]int64, len(found))
	for i, row := range found {
		ids[i] = row.ID
	}
	return slices.Compact(ids), nil
}

type numberedRow struct {
	ID        int64
	NumberKey string
}

// lockCards locks the cards of all numbers and of those that were replaced, by
// each of their numbers.
func (a *applying) lockCards(keys []string, leads map[string]formerRow, found []numberedRow) (map[string]*cardRow, error) {
	ids, err := a.withReplaced(found, leads)
	if err != nil {
		return nil, err
	}
	lock := ""
	if a.writes() {
		lock = a.store.dialect.forUpdate
	}
	rows, err := inPortions[cardRow](a.tx, "SELECT "+cardColumns+" FROM cards WHERE id IN ? ORDER BY number_key"+lock, ids)
	if err != nil {
		return nil, err
	}
	if a.spokenOf(rows) {
		return nil, errRaced
	}
	byKey := make(map[string]*cardRow, len(rows))
	byID := make(map[int64]*cardRow, len(rows))
	for i := range rows {
		byKey[rows[i].NumberKey], byID[rows[i].ID] = &rows[i], &rows[i]
		if rows[i].Seq == 0 {
			a.rooms = append(a.rooms, rows[i].ID)
		}
	}
	for key, lead := range leads {
		if row := byID[lead.CardID]; row != nil {
			byKey[key] = row
		}
	}
	for _, key := range keys {
		switch {
		case byKey[key] != nil:
		case a.unborn[key] != nil:
			byKey[key] = a.unborn[key]
		case a.writes():
			return nil, errRaced
		default: // what is not to be kept needs no row in the database
			byKey[key] = &cardRow{Number: key, NumberKey: key}
		}
	}
	return byKey, nil
}

// makeRoom sees to a row for every unknown number: one to be inserted under the
// clock, or, where writers have to meet on it (see apply_born.go), an empty one
// of seq 0 at once. No reader sees seq 0, and such a row goes if the
// transaction fails. It returns which cards have the numbers then.
func (a *applying) makeRoom(keys []string, leads map[string]formerRow, found []numberedRow) ([]numberedRow, error) {
	have := make(map[string]bool, len(found))
	for _, row := range found {
		have[row.NumberKey] = true
	}
	var rows []cardRow
	now := micros(a.store.Clock())
	for _, key := range keys {
		if _, replaced := leads[key]; !replaced && !have[key] {
			rows = append(rows, cardRow{OAIID: newOAIID(), Number: key, NumberKey: key, XML: []byte{}, Created: now})
		}
	}
	switch {
	case len(rows) == 0:
		return found, nil
	case a.needsRooms():
		if err := a.makeRooms(rows); err != nil {
			return nil, err
		}
		found = nil
		err := askAll(a.tx, a.askNumbered(keys, &found)...)
		return found, err
	}
	return found, a.expect(rows)
}

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

// sentBefore is what a library sent last of a card.
type sentBefore struct {
	said    saidRow
	content string
}

// askSent asks for S: what the library sent last of each card.
func (a *applying) askSent(ids []int64, rows *[]sentBefore) []question {
	return askKeyed(a.tx, into(rows, func(r *sentBefore) []any {
		return []any{&r.content, &r.said.CardID, &r.said.Seq, &r.said.Made, &r.said.Arrived}
	}), keyed{
		columns: "t.content, t.card_id, coalesce(s.seq, 0) AS seq, coalesce(s.made, 0) AS made, coalesce(s.arrived, 0) AS arrived",
		from:    "sent t LEFT JOIN said s ON s.library_id = t.library_id AND s.card_id = t.card_id", key: "t.card_id", library: "t.library_id",
	}, ids, a.batch.Library.ID)
}

// askDelivery asks for the library's last request for everything; nothing is read
// where it made none.
func (a *applying) askDelivery(asked *deliveryRow) question {
	return ask(a.tx, func(row answerRow) error {
		return row.Scan(&asked.Requested, &asked.Seq, &asked.LastCard, &asked.Finished)
	}, "SELECT requested, seq, last_card, finished FROM deliveries WHERE library_id = ?", a.batch.Library.ID)
}

func (a *applying) readSent(rows []sentBefore, byID map[int64]*entry) error {
	for _, row := range rows {
		e := byID[row.said.CardID]
		e.sent = new(cards.Sent)
		if err := fromJSON(row.content, e.sent, "sending"); err != nil {
			return err
		}
		e.sent.CameWith(row.said.Seq)
		if row.said.Arrived > 0 && row.said.Arrived != micros(e.sent.Moment.Arrived) { // what was said again since moved nothing but the moment
			e.sent.Moment = row.said.moment(a.batch.Library)
		}
		if !madeAt(a.batch).After(e.sent.Moment.Arrived) { // what was given by itself on the way is found once: only its last time is kept
			e.crossed |= e.sent.Crossed & e.item.Incoming.Given
		}
	}
	return nil
}

// doubtRestored stops trusting what a library sent before it asked for
// everything again: its system went back to an old backup, and what it sends
// now comes from there and is no edit. A library that is pushed to is trusted
// again once the card was pushed to it; one that fetches, once it has sent the
// card itself, for fetching does not prove that its system took the card.
func (a *applying) doubtRestored(asked deliveryRow, byID map[int64]*entry) error {
	doubted := map[int64]*entry{}
	for id, e := range byID {
		if e.sent != nil && micros(e.sent.Moment.Arrived) < asked.Requested {
			doubted[id] = e
		}
	}
	if err := a.trustPushed(asked, doubted); err != nil {
		return err
	}
	for _, e := range doubted {
		e.sent.Crossed |= e.sent.Given
	}
	return nil
}

// trustPushed takes out the cards that were pushed to the library since it
// asked for everything: where it fetched then, those that its push has come to.
// A card that had ended by then was pushed only if it had been published with a
// later end. Nor is a record trusted that was changed before its push came: its
// system took the card, and kept of its own what a desk had done over the backup.
func (a *applying) trustPushed(asked deliveryRow, doubted map[int64]*entry) error {
	if len(doubted) == 0 || !a.batch.Library.Pushed() {
		return nil
	}
	library, ids := a.batch.Library.ID, slices.Collect(maps.Keys(doubted))
	waits, given := map[int64]bool{}, map[int64]int64{}
	wait := func(row answerRow) error {
		var id int64
		err := row.Scan(&id)
		waits[id] = true
		return err
	}
	again := askKeyed(a.tx, wait, keyed{columns: "card_id", from: "hand_again", key: "card_id", library: "library_id"}, ids, library)
	first := askKeyed(a.tx, wait, keyed{
		columns: "card_id", from: "versions", key: "card_id",
		where: "origin <> ? AND seq <= ? AND seq > (SELECT coalesce(max(m.seq), 0) FROM marks m WHERE m.library_id = ? AND m.door = ?)",
	}, ids, library, asked.Seq, library, cards.DoorPush)
	pushed := askKeyed(a.tx, func(row answerRow) error {
		var id, at int64
		err := row.Scan(&id, &at)
		given[id] = fromMicros(at).Unix()
		return err
	}, keyed{columns: "card_id, given", from: "given_again", key: "card_id", library: "library_id"}, ids, library)
	err := askAll(a.tx, slices.Concat(again, first, pushed)...)
	day := a.store.today(fromMicros(asked.Requested).Unix())
	maps.DeleteFunc(doubted, func(id int64, e *entry) bool {
		queued := asked.Finished > 0 || id <= asked.LastCard
		changed := e.item.Incoming.ChangedAt
		before := !changed.IsZero() && changed.Unix() < given[id]
		return queued && !waits[id] && !before && (e.row.Ends >= day || e.row.ListedUntil > e.row.Ends)
	})
	return err
}
