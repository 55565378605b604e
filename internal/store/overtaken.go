package store

import (
	"fmt"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// A library can be handed an older version of a card while its own change of
// it is on the way: a file waits for the next round of the FTP drop while its
// sender already harvests, or an edit is fetched while a push is under way.
// Its system then puts the old value back, though the hub knows the new one
// as the library's own. Whichever of the two ends last notices, and the
// library is handed its own change.

// What a library says of a document's making is trusted within cards.ClockSlack,
// and cards.FileAge where it says nothing: too much only hands over a card that
// was not missing.

// madeAt is the earliest moment a document can have been made, by our clock.
func madeAt(b *cards.Batch) time.Time {
	made, arrived := b.Moment.Made, b.Moment.Arrived
	if b.Door != cards.DoorFTP {
		if made.IsZero() || made.After(arrived) {
			return arrived
		}
		return made
	}
	if made.IsZero() || b.Moment.Wrong() {
		return arrived.Add(-cards.FileAge)
	}
	if made.After(arrived) {
		made = arrived
	}
	return made.Add(-cards.ClockSlack)
}

// madeBy is the latest moment a document can have been made, by our clock.
func madeBy(b *cards.Batch) time.Time {
	made, arrived := b.Moment.Made.Add(cards.ClockSlack), b.Moment.Arrived
	if b.Moment.Made.IsZero() || made.After(arrived) {
		return arrived
	}
	return made
}

// crossedVersions goes through the versions of cards, made by somebody else,
// that the library's mark passed, or that it was handed, since it made the
// document, but for those that had been replaced by then. Of what it was handed
// again it does not matter who made it, and its place is where it was queued.
// Where it is not known any more what the library was handed, all versions count.
// handed is false of a card that had expired by then: only a library that is
// pushed to is handed those.
func (s *Store) crossedVersions(tx *gorm.DB, b *cards.Batch, cardIDs []int64, each func(cardID int64, version *cards.Card, handed bool)) error {
	var since sinceMade
	if err := askAll(tx, since.ask(tx, b, cardIDs)...); err != nil {
		return err
	}
	return s.crossedSince(tx, b, since, cardIDs, each)
}

// sinceMade tells whether anything happened to a library since it made a
// document.
type sinceMade struct {
	moved  int64 // from where its mark was moved: the least it can have been then
	most   int64 // the most it can have been
	handed int64 // lists it was handed, and cards it was pushed
}

// ask asks for it. Of what happened longest ago only the last is kept (see
// Purge): that tells that it did, and not from where.
func (since *sinceMade) ask(tx *gorm.DB, b *cards.Batch, cardIDs []int64) []question {
	return append(askKeyed(tx, since.handedOne, keyed{columns: "card_id", from: "given_again", key: "card_id", library: "library_id", where: "given >= ?"},
		cardIDs, b.Library.ID, micros(madeAt(b))),
		ask(tx, func(row answerRow) error {
			var lists int64
			err := row.Scan(&since.moved, &since.most, &lists)
			since.handed += lists
			if since.moved != noBound && forgotten(b) {
				since.moved = 0
			}
			return err
		}, `SELECT coalesce((SELECT min(from_seq) FROM mark_moves WHERE library_id = @library AND moved >= @made), @never) AS moved, `+furthestThen("")+` AS most,
			(SELECT count(*) FROM handings WHERE library_id = @library AND handed >= @made) AS handed`, crossing(b)))
}

func (since *sinceMade) handedOne(answerRow) error {
	since.handed++
	return nil
}

// movedThen are the movements of a mark m after the document was made.
const movedThen = " FROM mark_moves v WHERE v.library_id = m.library_id AND v.door = m.door AND v.moved > @latest"

// furthestThen is the furthest that one of the library's marks can have been when
// it made the document: from where it was moved next. next is what more that
// movement must be.
func furthestThen(next string) string {
	return "(SELECT coalesce(max(coalesce((SELECT min(v.from_seq)" + movedThen + next + "), m.seq)), 0) FROM marks m WHERE m.library_id = @library)"
}

// forgotten reports whether a document is so old that it may not be known any more
// what its library was handed since: any of its cards may have been given to it.
func forgotten(b *cards.Batch) bool { return madeAt(b).Before(b.Moment.Arrived.Add(-keepMoves)) }

func crossing(b *cards.Batch) map[string]any {
	return map[string]any{
		"library": b.Library.ID, "made": micros(madeAt(b)), "latest": micros(madeBy(b)), "never": noBound,
	}
}

func (s *Store) crossedSince(tx *gorm.DB, b *cards.Batch, since sinceMade, cardIDs []int64, each func(cardID int64, version *cards.Card, handed bool)) error {
	if since.moved == noBound && since.handed == 0 {
		return nil
	}
	args := crossing(b)
	args["keys"], args["moved"], args["forgotten"] = among[int64](cardIDs), since.moved, forgotten(b)
	const (
		moved  = ` > @moved AND %[1]s <= (SELECT max(seq) FROM marks WHERE library_id = @library)`
		list   = ` FROM handings h WHERE h.library_id = @library AND h.handed >= @made AND %[1]s > h.from_seq AND %[1]s <= h.upto_seq`
		placed = " JOIN versions v ON v.card_id = g.card_id AND v.seq = (SELECT max(o.seq) FROM versions o WHERE o.card_id = g.card_id AND o.seq <= %[1]s)"
		again  = "(%[1]s" + moved + " OR EXISTS (SELECT 1" + list + "))"
		// standing leaves out a version that had been replaced at the end of what passed it.
		standing = " AND NOT EXISTS (SELECT 1 FROM versions l WHERE l.card_id = v.card_id AND l.seq > v.seq AND l.seq <= %s)"
		// movement is the end of a mark's movement that passed a version, at the earliest.
		movement = "coalesce((SELECT min(n.from_seq) FROM mark_moves n WHERE n.library_id = m.library_id AND n.door = m.door AND n.moved >= @made AND n.from_seq >= v.seq), m.seq)"
	)
	byMark := "EXISTS (SELECT 1 FROM marks m WHERE m.library_id = @library AND v.seq > @moved AND v.seq <= m.seq" + fmt.Sprintf(standing, movement) + ")"
	inList := "EXISTS (SELECT 1" + fmt.Sprintf(list, "v.seq") + fmt.Sprintf(standing, "h.upto_seq") + ")"
	passed := keyed{
		columns: "v.card_id, v.content", from: "versions v", key: "v.card_id",
		where: "(@forgotten OR v.origin <> @library AND (" + byMark + " OR " + inList + "))",
	}
	placedAt := func(table, seq, where string) string {
		k := keyed{columns: "v.card_id, v.content", from: table + " g" + fmt.Sprintf(placed, seq), key: "g.card_id", library: "g.library_id", where: where}
		return " UNION ALL " + k.named(tx)
	}
	rows, err := tx.Raw(passed.named(tx)+placedAt("hand_again", "g.seq", fmt.Sprintf(again, "g.seq"))+
		placedAt("hand_again", "g.shown_seq", fmt.Sprintf(again, "g.shown_seq"))+placedAt("given_again", "g.seq", "g.given >= @made"), args).Rows()
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	day := s.today(madeAt(b).Unix())
	for rows.Next() {
		var id int64
		var content string
		if err := rows.Scan(&id, &content); err != nil {
			return err
		}
		var version cards.Card
		if err := fromJSON(content, &version, "version"); err != nil {
			return err
		}
		each(id, &version, b.Library.Pushed() || !version.ExpiredOn(day))
	}
	return rows.Err()
}

// reasonOvertaken is told to staff beside a card that is handed again.
var reasonOvertaken = cards.Say("modifiée par la bibliothèque pendant qu’une version plus ancienne lui était remise")

// overtakenByList finds the cards the library changed itself while a list was
// under way in which they may still have stood as they were before. began is
// the seq the list began behind.
func overtakenByList(tx *gorm.DB, mark cards.Mark, began int64) ([]int64, error) {
	var ids []int64
	err := tx.Raw(`SELECT c.id FROM cards c WHERE c.origin = ? AND c.seq > ? AND c.seq <= ?
		AND EXISTS (SELECT 1 FROM versions v WHERE v.card_id = c.id AND v.origin <> ? AND v.seq > ? AND v.seq <= ?) ORDER BY c.seq`,
		mark.LibraryID, mark.Seq, mark.FinishedSeq, mark.LibraryID, began, mark.Seq).Scan(&ids).Error
	return ids, err
}

// reasonOlder is told to staff beside a card that is handed again.
var reasonOlder = cards.Say("une version plus ancienne lui a été remise après celle qui est en vigueur")

// handOver hands cards of a batch again over whose newer version the library's
// system has put an older one, or may have: those that the library had changed
// itself meanwhile, and those of which it had the newer version before, as its
// mark says. That one was sent by another hub, while ours slept past its lease
// with this batch in its hands.
func (s *Store) handOver(tx *gorm.DB, libraryID int64, delivered []cards.FeedItem) error {
	own, older, err := pushedOver(tx, libraryID, delivered)
	if err != nil {
		return err
	}
	if err := s.handAgain(tx, libraryID, own, reasonOvertaken); err != nil {
		return err
	}
	return s.handAgain(tx, libraryID, older, reasonOlder)
}

// pushedOver goes through what changed since the cards were read: mostly nothing.
func pushedOver(tx *gorm.DB, libraryID int64, delivered []cards.FeedItem) (own, older []int64, err error) {
	if len(delivered) == 0 {
		return nil, nil, nil
	}
	sent, since := make(map[int64]int64, len(delivered)), noBound
	for i := range delivered {
		item := &delivered[i]
		sent[item.CardID] = item.Version
		since = min(since, max(item.Since, item.Version))
	}
	err = askAll(tx, ask(tx, func(row answerRow) error {
		var id, seq, origin int64
		err := row.Scan(&id, &seq, &origin)
		if version, ours := sent[id]; !ours || seq <= version {
			return err
		}
		if origin == libraryID {
			own = append(own, id)
		} else {
			older = append(older, id)
		}
		return err
	}, `SELECT c.id, c.seq, c.origin FROM cards c WHERE c.seq > ?
		AND (c.origin = ? OR c.seq <= (SELECT m.seq FROM marks m WHERE m.library_id = ? AND m.door = ?)) ORDER BY c.seq`,
		since, libraryID, libraryID, cards.DoorPush))
	return own, older, err
}
