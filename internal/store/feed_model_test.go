package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
	"pgregory.net/rapid"
)

// held is a card as a library's own system has it.
type held struct{ phone, end string }

// system is a library with its own system: what it holds, and how far it has
// got with what it is fetching or being sent.
type system struct {
	lib   *cards.Library
	cards map[string]held
	// from is where its next harvest begins; overlap where it begins at the
	// second of the last answer, not behind it.
	from    int64
	overlap bool
	list    *cards.FeedRange // under way
	missed  bool             // the end of a list got lost: only its beginning mends that
	closed  int64
	size    int64
	got     int64
	refuses []cards.NumberRefusal

	batch []cards.FeedItem
}

// network plays libraries on a store. Time goes by when tick says so.
type network struct {
	t       *rapid.T
	s       *store.Store
	systems []*system
	phones  int
}

// end gives a day nobody ever gave: a value that comes back is one staff must
// judge, by the rules of the merge.
func (n *network) end(base string) string {
	day, _ := time.Parse(time.DateOnly, base)
	return day.AddDate(0, 0, n.phones).Format(time.DateOnly)
}

const liveEnd, pastEnd = "2099-01-01", "2024-10-01"

// GoString keeps what a failing run tells readable.
func (y *system) GoString() string {
	return fmt.Sprintf("%s from %d, list %+v, holds %v, batch of %d", y.lib.Code, y.from, y.list, y.cards, len(y.batch))
}

// A network of libraries that edit, fetch in pages, give up in the middle,
// skip, refuse and are pushed to ends with every library holding every valid
// card as it stands, and none was handed what it made itself.
func TestFeedLosesNothingAndEchoesNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		rapid.Check(t, func(t *rapid.T) {
			n := newNetwork(t, s)
			t.Repeat(map[string]func(*rapid.T){
				"edit": n.edit, "again": n.edit, "resend": n.resend, "tick": n.tick, "begin": n.begin, "page": n.page,
				"page on": n.page, "give up": n.giveUp, "skip": n.skip, "take a batch": n.takeBatch, "deliver": n.deliver,
			})
			n.everyoneCatchesUp()
		})
	})
}

func newNetwork(t *rapid.T, s *store.Store) *network {
	for _, table := range []string{"hand_again", "corrected", "notes", "sent", "versions", "cards", "marks", "mark_moves", "handings", "libraries"} {
		if err := s.Exec(ctx, "DELETE FROM "+table); err != nil {
			t.Fatal(err)
		}
	}
	n := &network{t: t, s: s}
	for i, kind := range []string{"pull", "pull", "push"} {
		l := cards.Library{Code: fmt.Sprintf("bib-%d", i), Name: "Bibliothèque", Email: "a@example.org"}
		if kind == "push" {
			l.PushURL = "http://ils.example.org/cartes"
		}
		added, err := s.AddLibrary(ctx, l, storetest.Key)
		if err != nil {
			t.Fatal(err)
		}
		n.systems = append(n.systems, &system{lib: added, cards: map[string]held{}, overlap: rapid.Bool().Draw(t, "overlaps")})
	}
	return n
}

func (n *network) any(t *rapid.T, pushed bool) *system {
	var list []*system
	for _, y := range n.systems {
		if y.lib.Pushed() == pushed {
			list = append(list, y)
		}
	}
	return rapid.SampledFrom(list).Draw(t, "library")
}

// edit changes, renews, ends or enrols a card at a desk and sends it.
func (n *network) edit(t *rapid.T) {
	y := rapid.SampledFrom(n.systems).Draw(t, "library")
	number := rapid.SampledFrom([]string{"A1", "A2", "A3", "A4", "A5"}).Draw(t, "number")
	c, known := y.cards[number]
	n.phones++
	if !known {
		c.end = n.end(liveEnd)
	}
	switch rapid.IntRange(0, 5).Draw(t, "change") {
	case 0:
		c.end = n.end(pastEnd)
	case 1:
		c.end = n.end(liveEnd)
	default:
		c.phone = fmt.Sprintf("04 75 %06d", n.phones)
	}
	if c.phone == "" {
		c.phone = fmt.Sprintf("04 75 %06d", n.phones)
	}
	y.cards[number] = c
	n.send(y, number)
}

func (n *network) resend(t *rapid.T) {
	y := rapid.SampledFrom(n.systems).Draw(t, "library")
	for number := range y.cards {
		n.send(y, number)
	}
}

func (n *network) send(y *system, number string) {
	c := y.cards[number]
	in := storetest.Card(number, func(k *cards.Card) {
		k.Phone, k.EnrolledAt = c.phone, "bib-0"
		k.Enrolment = cards.Registration{First: "2024-09-03", End: c.end}
	})
	in.Given = in.Given.With(cards.EnrolledAt)
	_, err := n.s.Apply(ctx, cards.Batch{
		Library: y.lib, Door: cards.DoorPost, Moment: cards.Moment{Arrived: time.Now()}, Items: []cards.Item{{Ordinal: 1, Incoming: in}},
	})
	if err != nil {
		n.t.Fatal(err)
	}
}

// tick lets a second go by, and the waiting of refused cards with it.
func (n *network) tick(t *rapid.T) {
	for _, change := range []string{"UPDATE clock SET closed = stamp WHERE closed < stamp", "UPDATE hand_again SET due = 0"} {
		if err := n.s.Exec(ctx, change); err != nil {
			t.Fatal(err)
		}
	}
}

func (n *network) begin(t *rapid.T) {
	y := n.any(t, false)
	if y.list == nil {
		n.beginAt(t, y, y.from)
	}
}

// skip begins later than it should: the harvester's own clock is fast. One that
// also lost the end of a list is beyond help: to the hub it has fetched it.
func (n *network) skip(t *rapid.T) {
	y := n.any(t, false)
	if y.list != nil || y.missed {
		return
	}
	closed, err := n.s.CloseSecond(ctx)
	if err != nil {
		t.Fatal(err)
	}
	n.beginAt(t, y, closed)
}

func (n *network) beginAt(t *rapid.T, y *system, from int64) {
	if err := n.s.BridgeGap(ctx, y.lib.ID, from); err != nil {
		t.Fatal(err)
	}
	closed, err := n.s.CloseSecond(ctx)
	if err != nil {
		t.Fatal(err)
	}
	r := cards.FeedRange{LibraryID: y.lib.ID, From: from, Until: closed, Day: "2026-11-21", Limit: 3}
	if closed < from {
		return // nothing can be there yet
	}
	upper, size, err := n.s.ListBounds(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	r.Upper = upper
	y.list, y.closed, y.size, y.got = &r, closed, size, 0
	if size == 0 {
		n.ended(t, y)
		return
	}
	if err := n.s.BeginList(ctx, cards.List{LibraryID: y.lib.ID, From: from, Until: closed, UpperSeq: upper}); err != nil {
		t.Fatal(err)
	}
}

func (n *network) giveUp(t *rapid.T) {
	y := n.any(t, false)
	y.list, y.refuses = nil, nil
}

// page fetches the next page. It may be the last and get lost on the way, when
// the hub takes the list for ended and the library asks again.
func (n *network) page(t *rapid.T) {
	y := n.any(t, false)
	if y.list == nil {
		return
	}
	items, err := storetest.Feed(ctx, n.s, *y.list)
	if err != nil {
		t.Fatal(err)
	}
	last := len(items) < y.list.Limit
	lost := rapid.IntRange(0, 5).Draw(t, "lost") == 0
	if lost {
		if last {
			n.finish(t, y)
			y.missed = true
		}
		if rapid.Bool().Draw(t, "begins anew") {
			y.list, y.refuses = nil, nil
		}
		return
	}
	for _, item := range items {
		n.check(t, y, item)
		if rapid.IntRange(0, 9).Draw(t, "refuses") == 0 {
			y.refuses = append(y.refuses, cards.NumberRefusal{Number: item.Number, Reason: cards.Quote("non")})
			continue
		}
		y.take(item)
	}
	y.got += int64(len(items))
	if y.got > y.size {
		t.Fatalf("a list of %d cards said to have %d", y.got, y.size)
	}
	if last {
		n.ended(t, y)
		return
	}
	y.list.After = items[len(items)-1].Seq
}

// check looks at one card that is handed over by a list.
func (n *network) check(t *rapid.T, y *system, item cards.FeedItem) {
	if item.Stamp < y.list.From || item.Stamp > y.list.Until {
		t.Fatalf("a datestamp of %d in a list from %d until %d", item.Stamp, y.list.From, y.list.Until)
	}
	var again int64
	if err := n.s.Read(ctx, &again, "SELECT count(*) FROM hand_again WHERE library_id = ? AND card_id = ?", y.lib.ID, item.CardID); err != nil {
		t.Fatal(err)
	}
	if item.Origin == y.lib.ID && again == 0 {
		t.Fatalf("%s is handed its own %s", y.lib.Code, item.Number)
	}
}

func (y *system) take(item cards.FeedItem) {
	y.cards[item.Number] = held{phone: between(string(item.XML), "<telephone>", "</telephone>"), end: between(string(item.XML), "<fin>", "</fin>")}
}

func between(text, open, end string) string {
	_, rest, _ := strings.Cut(text, open)
	value, _, _ := strings.Cut(rest, end)
	return value
}

func (n *network) finish(t *rapid.T, y *system) {
	l := cards.List{LibraryID: y.lib.ID, From: y.list.From, Until: y.list.Until, UpperSeq: y.list.Upper}
	if err := n.s.FinishList(ctx, l); err != nil {
		t.Fatal(err)
	}
}

func (n *network) ended(t *rapid.T, y *system) {
	n.finish(t, y)
	if err := n.s.ConfirmPull(ctx, y.lib.ID, cards.Confirmation{Refused: y.refuses}); err != nil {
		t.Fatal(err)
	}
	y.from = y.closed
	if !y.overlap {
		y.from++
	}
	y.list, y.refuses, y.missed = nil, nil, false
}

// takeBatch is the hub reading what it is about to push.
func (n *network) takeBatch(t *rapid.T) {
	y := n.any(t, true)
	if y.batch == nil {
		y.batch = n.feedOf(t, y)
	}
}

func (n *network) feedOf(t *rapid.T, y *system) []cards.FeedItem {
	mark, err := n.s.Mark(ctx, y.lib.ID, cards.DoorPush)
	if err != nil {
		t.Fatal(err)
	}
	items, err := n.s.PushFeed(ctx, cards.FeedRange{LibraryID: y.lib.ID, After: mark.Seq, Day: "2026-11-21", Limit: 3})
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range items {
		if item.Origin == y.lib.ID {
			t.Fatalf("%s is pushed its own %s", y.lib.Code, item.Number)
		}
	}
	return items
}

// deliver is the library's system taking the batch, and its report, then what
// waits to be handed again.
func (n *network) deliver(t *rapid.T) {
	y := n.any(t, true)
	n.settle(t, y, y.batch, true, true)
	y.batch = nil
	n.handAgain(t, y, true)
}

func (n *network) handAgain(t *rapid.T, y *system, mayRefuse bool) {
	due, err := n.s.HandAgainDue(ctx, y.lib.ID, "2026-11-21", 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range due {
		n.settle(t, y, []cards.FeedItem{row.FeedItem}, false, mayRefuse)
	}
}

func (n *network) settle(t *rapid.T, y *system, batch []cards.FeedItem, feed, mayRefuse bool) {
	if len(batch) == 0 {
		return
	}
	var taken []cards.FeedItem
	var refused []cards.Refusal
	for _, item := range batch {
		if mayRefuse && rapid.IntRange(0, 4).Draw(t, "refuses") == 0 {
			refused = append(refused, cards.Refusal{CardID: item.CardID, Reason: cards.Quote("non")})
			continue
		}
		y.take(item)
		taken = append(taken, item)
	}
	upper := int64(0)
	if feed {
		upper = batch[len(batch)-1].Seq
	}
	if err := n.s.SettlePush(ctx, y.lib.ID, upper, taken, refused); err != nil {
		t.Fatal(err)
	}
}

// everyoneCatchesUp is the evening: what was under way ends, all fetch or are
// sent the rest, and then hold the same.
func (n *network) everyoneCatchesUp() {
	for range 6 {
		for _, y := range n.systems {
			n.tick(n.t)
			if y.lib.Pushed() {
				n.settle(n.t, y, y.batch, true, false)
				y.batch = n.feedOf(n.t, y)
				n.settle(n.t, y, y.batch, true, false)
				y.batch = nil
				n.handAgain(n.t, y, false)
				continue
			}
			n.fetchAll(y)
		}
	}
	n.compare()
}

func (n *network) fetchAll(y *system) {
	y.list, y.refuses = nil, nil
	n.beginAt(n.t, y, y.from)
	for y.list != nil {
		items, err := storetest.Feed(ctx, n.s, *y.list)
		if err != nil {
			n.t.Fatal(err)
		}
		for _, item := range items {
			n.check(n.t, y, item)
			y.take(item)
		}
		if y.got += int64(len(items)); len(items) < y.list.Limit {
			if y.got != y.size {
				n.t.Fatalf("a list of %d cards said to have %d", y.got, y.size)
			}
			n.ended(n.t, y)
			break
		}
		y.list.After = items[len(items)-1].Seq
	}
}

func (n *network) compare() {
	var rows []struct {
		Number string
		XML    []byte `gorm:"column:xml"`
	}
	if err := n.s.Read(ctx, &rows, "SELECT number, xml FROM cards WHERE ends >= '2026-11-21'"); err != nil {
		n.t.Fatal(err)
	}
	for _, row := range rows {
		want := held{phone: between(string(row.XML), "<telephone>", "</telephone>"), end: between(string(row.XML), "<fin>", "</fin>")}
		for _, y := range n.systems {
			if y.cards[row.Number] != want {
				n.t.Errorf("%s holds %s as %+v, the network as %+v", y.lib.Code, row.Number, y.cards[row.Number], want)
			}
		}
	}
	for _, y := range n.systems {
		status, err := n.s.LibraryStatus(ctx, y.lib.Code)
		if err != nil || status.Behind != 0 {
			n.t.Errorf("%s is behind by %d, %v", y.lib.Code, status.Behind, err)
		}
	}
}
