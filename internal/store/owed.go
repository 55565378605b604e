package store

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// What every library is owed is counted without reading the feed of each. The
// cards between one mark and the next higher one are counted once, by their
// origin, in the index alone: above a mark is what is above the next and what
// lies between, and of that a library is not owed what it is the origin of.
// What waits to be handed again, which may stand in both arms of a feed, is set
// right by reading those rows. Time so goes with how far the furthest library
// is behind, not with how many are.

// A count of more than muchWork cards is kept for ten times as long as it took,
// but no longer than keepOwed: who looks every second must not have a million
// cards counted every second.
const (
	muchWork = 100_000
	keepOwed = 10 * time.Second
)

// keptOwed is what was last counted, where that was much work.
type keptOwed struct {
	all   map[int64]owed // by library
	until time.Time
}

func (s *Store) readOwed(tx *gorm.DB, o *overview) error {
	kept := s.owedCounts.Load()
	if kept == nil || time.Now().After(kept.until) || !kept.covers(o) {
		began := time.Now()
		all, work, err := s.countOwed(tx, o)
		if err != nil {
			return err
		}
		kept = &keptOwed{all: all}
		if work > muchWork {
			kept.until = time.Now().Add(min(10*time.Since(began), keepOwed)) //nolint:mnd // see above
		}
		s.owedCounts.Store(kept)
	}
	for i := range o.list {
		kept.all[o.list[i].Library.ID].tell(&o.list[i])
	}
	return nil
}

func (c *keptOwed) covers(o *overview) bool {
	for id := range o.byID {
		if _, known := c.all[id]; !known {
			return false
		}
	}
	return true
}

// countOwed counts what each library is owed, and says how many rows it read
// for that.
func (s *Store) countOwed(tx *gorm.DB, o *overview) (all map[int64]owed, work int64, err error) {
	day := s.today(o.now.Unix())
	again, err := readAgain(tx, day)
	if err != nil {
		return nil, 0, err
	}
	marks := o.marks()
	spans, err := readSpans(tx, marks, day)
	if err != nil {
		return nil, 0, err
	}
	above := sumSpans(marks, spans)
	all, firsts := make(map[int64]owed, len(o.list)), make(map[int64]int64, len(o.list))
	for i := range o.list {
		l := &o.list[i].Library
		way, more := above[owedFrom(&o.list[i])].way(l), again[l.ID]
		all[l.ID] = owed{Behind: way.but(l.ID) + more.More, Again: more.Again, Refusing: more.Refusing, Since: more.Since}
		firsts[l.ID] = way.firstBut(l.ID)
		work = max(work, way.all) + more.Again
	}
	stamps, err := readStamps(tx, slices.Collect(maps.Values(firsts)))
	if err != nil {
		return nil, 0, err
	}
	for id, library := range all {
		if since := stamps[firsts[id]]; since > 0 && (library.Since == 0 || since < library.Since) {
			library.Since = since
			all[id] = library
		}
	}
	return all, work, nil
}

// owedFrom is the mark above which a library is owed cards.
func owedFrom(status *cards.LibraryStatus) int64 {
	if status.Library.Pushed() {
		return status.Push.Seq
	}
	return status.Pull.Seq
}

// marks lists the distinct marks, the lowest first.
func (o *overview) marks() []int64 {
	marks := make([]int64, len(o.list))
	for i := range o.list {
		marks[i] = owedFrom(&o.list[i])
	}
	slices.Sort(marks)
	return slices.Compact(marks)
}

// span is how many cards lie above one mark and not above the next, of one
// origin, and the seq of the first. Listed are those that are handed to
// libraries that fetch; all are sent to those the hub calls.
type span struct {
	Mark   int64
	Origin int64
	Listed bool
	Cards  int64
	First  int64
}

// spanQuery compares as little as it can: a million cards may lie in a span.
const spanQuery = `SELECT CAST(? AS bigint) AS mark, origin, ends >= ? AS listed, count(*) AS cards, min(seq) AS first
	FROM cards WHERE seq > ? AND seq <= ? AND (ends >= ? OR listed_until > ends) GROUP BY origin, ends >= ?`

// readSpans counts the cards between the marks. Each span is a range of its
// own for the planner: a join of ranges it may read from the wrong side.
func readSpans(tx *gorm.DB, marks []int64, day string) ([]span, error) {
	const together = 100      // SQLite takes no more than 500
	quoted := "'" + day + "'" // a date of ours: PostgreSQL must see that both are one expression
	query := strings.ReplaceAll(spanQuery, "ends >= ?", "ends >= "+quoted)
	var all []span
	for from := 0; from < len(marks); from += together {
		var queries []string
		var args []any
		for i := from; i < min(from+together, len(marks)); i++ {
			upto := noBound
			if i+1 < len(marks) {
				upto = marks[i+1]
			}
			queries = append(queries, query)
			args = append(args, marks[i], marks[i], upto)
		}
		var err error
		if all, err = appendSpans(all, tx.Raw(strings.Join(queries, " UNION ALL "), args...)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// appendSpans scans by hand: where each library stands elsewhere there are as
// many spans as libraries, squared.
func appendSpans(all []span, query *gorm.DB) ([]span, error) {
	rows, err := query.Rows()
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var sp span
		if err := rows.Scan(&sp.Mark, &sp.Origin, &sp.Listed, &sp.Cards, &sp.First); err != nil {
			return nil, err
		}
		all = append(all, sp)
	}
	return all, rows.Err()
}

// above is what lies above a mark.
type above struct{ listed, sent tally }

func (a above) way(l *cards.Library) tally {
	if l.Pushed() {
		return a.sent
	}
	return a.listed
}

// tally counts cards by their origin, and knows the first of all and the first
// of another origin than that one's. The maps are those of the libraries that
// ask: nobody else's own cards matter.
type tally struct {
	all         int64
	own         map[int64]int64
	first, next seqOf
}

type seqOf struct{ seq, origin int64 }

func (t tally) but(origin int64) int64 { return t.all - t.own[origin] }

func (t tally) firstBut(origin int64) int64 {
	if t.first.origin == origin {
		return t.next.seq
	}
	return t.first.seq
}

// add counts n cards of an origin whose first stands at seq, below all that
// was counted of other spans.
func (t *tally) add(origin, n, seq int64) {
	t.all += n
	t.own[origin] += n
	switch {
	case t.first.seq == 0 || seq < t.first.seq:
		if t.first.origin != origin {
			t.next = t.first
		}
		t.first = seqOf{seq, origin}
	case origin != t.first.origin && (t.next.seq == 0 || seq < t.next.seq):
		t.next = seqOf{seq, origin}
	}
}

// sumSpans adds the spans up from the highest mark down.
func sumSpans(marks []int64, spans []span) map[int64]above {
	byMark := make(map[int64][]span, len(marks))
	for _, sp := range spans {
		byMark[sp.Mark] = append(byMark[sp.Mark], sp)
	}
	sums := make(map[int64]above, len(marks))
	listed, sent := tally{own: map[int64]int64{}}, tally{own: map[int64]int64{}}
	for _, mark := range slices.Backward(marks) {
		if len(byMark[mark]) > 0 { // what stands in sums is not to change any more
			listed.own, sent.own = maps.Clone(listed.own), maps.Clone(sent.own)
		}
		for _, sp := range byMark[mark] {
			sent.add(sp.Origin, sp.Cards, sp.First)
			if sp.Listed {
				listed.add(sp.Origin, sp.Cards, sp.First)
			}
		}
		sums[mark] = above{listed: listed, sent: sent}
	}
	return sums
}

// waitingAgain is what hand_again adds to the feed of a library.
type waitingAgain struct {
	LibraryID int64
	Again     int64 // rows that are still to be handed
	More      int64 // cards owed that do not lie above the mark
	Refusing  int64
	Since     int64
}

// readAgain reads what waits to be handed again, with the laws of the feed's
// second arm.
func readAgain(tx *gorm.DB, day string) (map[int64]waitingAgain, error) {
	var rows []waitingAgain
	err := tx.Raw(`SELECT library_id, count(CASE WHEN again THEN 1 END) AS again, count(CASE WHEN owed AND NOT above THEN 1 END) AS more,
			count(CASE WHEN owed AND refusing THEN 1 END) AS refusing, coalesce(min(CASE WHEN owed THEN stamp END), 0) AS since
		FROM (SELECT h.library_id, h.stamp, h.attempts > 0 AND h.seq > c.seq AS refusing,
				l.push_url <> '' OR h.seq > coalesce(m.seq, 0) AS again,
				c.origin <> h.library_id AND c.seq > coalesce(m.seq, 0) AS above,
				CASE WHEN l.push_url <> '' THEN c.ends >= @day OR c.listed_until > c.ends
					ELSE h.seq > coalesce(m.seq, 0) AND c.ends >= @day AND (c.origin = h.library_id OR c.seq < h.seq) END AS owed
			FROM hand_again h JOIN cards c ON c.id = h.card_id JOIN libraries l ON l.id = h.library_id
			LEFT JOIN marks m ON m.library_id = h.library_id AND m.door = CASE WHEN l.push_url <> '' THEN @push ELSE @pull END) waiting
		GROUP BY library_id`, map[string]any{"day": day, "push": string(cards.DoorPush), "pull": string(cards.DoorPull)}).Scan(&rows).Error
	again := make(map[int64]waitingAgain, len(rows))
	for _, row := range rows {
		again[row.LibraryID] = row
	}
	return again, err
}

// readStamps looks up when the cards at the given seqs were changed.
func readStamps(tx *gorm.DB, seqs []int64) (map[int64]int64, error) {
	seqs = slices.Clone(seqs)
	slices.Sort(seqs)
	stamps := make(map[int64]int64)
	for portion := range slices.Chunk(slices.Compact(seqs), keysPerQuery) {
		var rows []struct{ Seq, Stamp int64 }
		if err := tx.Raw("SELECT seq, stamp FROM cards WHERE seq IN ? AND seq > 0", among[int64](portion)).Scan(&rows).Error; err != nil {
			return nil, err
		}
		for _, row := range rows {
			stamps[row.Seq] = row.Stamp
		}
	}
	return stamps, nil
}
