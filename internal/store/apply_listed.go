package store

import "github.com/carte-reseau/hub/internal/cards"

// What a list may have shown a library since it sent a card, if ever, even if it
// never finished the list, is found here: see cards.MergeInput.Listed.

// askHandings asks for the lists that began before the library made the
// document, the latest first.
func (a *applying) askHandings(lists *[]handing) question {
	return ask(a.tx, into(lists, func(h *handing) []any { return []any{&h.from, &h.upto, &h.at} }),
		"SELECT from_seq, upto_seq, handed FROM handings WHERE library_id = ? AND handed <= ? ORDER BY handed DESC", a.batch.Library.ID, micros(madeBy(a.batch)))
}

// askListedAgain finds the cards that were in one of the lists where they wait to
// be handed again, or where they waited before: there in any list, for of several
// such places only the last is known. lists must have been filled by then.
func (a *applying) askListedAgain(ids []int64, byID map[int64]*entry, lists *[]handing) []question {
	return askKeyed(a.tx, func(row answerRow) error {
		var id, seq, before, shown int64
		err := row.Scan(&id, &seq, &before, &shown)
		if e := byID[id]; e != nil {
			a.noteListed(e, *lists, seq, &e.current.Card)
			a.noteListed(e, []handing{{before - 1, before, shown}}, before, &e.current.Card)
		}
		return err
	}, keyed{columns: `card_id, seq, shown_seq, (SELECT coalesce(max(l.handed), 0) FROM handings l
		WHERE l.library_id = hand_again.library_id AND shown_seq > l.from_seq AND shown_seq <= l.upto_seq)`,
		from: "hand_again", key: "card_id", library: "library_id"}, ids, a.batch.Library.ID)
}

// noteListed notes that a version stood at a place that lists may have held since
// the library sent the card, if ever. What had ended when the list began was not
// in it.
func (a *applying) noteListed(e *entry, lists []handing, seq int64, version *cards.Card) {
	listed := lastHanded(lists, seq)
	if listed > e.sentAt() && !version.ExpiredOn(a.store.today(fromMicros(listed).Unix())) {
		e.listed = max(e.listed, seq)
	}
}

// sentAt is when the library sent the card last, in Unix microseconds; 0 where it
// never did.
func (e *entry) sentAt() int64 {
	if e.sent == nil {
		return 0
	}
	return micros(e.sent.Moment.Arrived)
}

// lastHanded is when a place in the feed was in one of the lists last, in Unix
// microseconds; 0 where it was in none.
func lastHanded(lists []handing, seq int64) int64 {
	for _, h := range lists {
		if h.holds(seq) {
			return h.at
		}
	}
	return 0
}
