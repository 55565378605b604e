package store_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
	"pgregory.net/rapid"
)

// desk is a library whose readers enrol, renew, move and leave, beside the job
// that counts them.
type desk struct {
	s      *store.Store
	libs   []*cards.Library
	cards  map[string]cards.Card // as they were last sent, by number
	given  int
	erased naiveFigures
	dies   *int // commits until the hub dies; negative: it lives
}

// Whatever readers, staff and the job do in whatever order, the aggregates are
// what a direct count over all versions comes to.
func TestStatisticsAgreeWithADirectCount(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, database string) {
		dies := -1
		s, err := store.Open(ctx, store.Options{Database: database, Secret: storetest.Secret, AtCommit: func(bool) error {
			if dies--; dies == 0 {
				return errDied
			}
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		rapid.Check(t, func(t *rapid.T) {
			d := newDesk(t, s, &dies)
			t.Repeat(map[string]func(*rapid.T){
				"enrol": d.enrol, "renew": d.renew, "renew on": d.renew, "end": d.end, "correct": d.correct, "any dates": d.anyDates, "move": d.move,
				"replace": d.replace, "same person": d.samePerson, "erase": d.erase, "count": d.count, "die": d.die, "phone": d.phone,
			})
			d.compare(t)
		})
	})
}

func newDesk(t *rapid.T, s *store.Store, dies *int) *desk {
	for _, table := range []string{
		"hand_again", "corrected", "notes", "sent", "versions", "former_numbers", "likenesses", "person_keys", "erased_numbers", "erasure_letters",
		"erasures", "cards", "marks", "mark_moves", "libraries", "outbox", "statistics", "statistics_years", "statistics_towns", "statistics_cards",
		"statistics_gone",
	} {
		if err := s.Exec(ctx, "DELETE FROM "+table); err != nil {
			t.Fatal(err)
		}
	}
	d := &desk{s: s, cards: map[string]cards.Card{}, erased: naiveFigures{}, dies: dies}
	for _, code := range []string{"mours", "peyrins"} {
		l, err := s.AddLibrary(ctx, cards.Library{Code: code, Name: code, Email: "a@example.org"}, storetest.Key)
		if err != nil {
			t.Fatal(err)
		}
		d.libs = append(d.libs, l)
	}
	return d
}

// day draws one of few days, the edges of months among them.
func day(t *rapid.T, label string) string {
	days := []string{"01", "02", "15", "27", "28"}
	return fmt.Sprintf("%d-%02d-%s", rapid.IntRange(2022, 2027).Draw(t, label+" year"), rapid.SampledFrom([]int{1, 2, 3, 8, 9, 12}).Draw(t, label+" month"),
		rapid.SampledFrom(days).Draw(t, label))
}

func yearAfter(day string) string { return theDay(day, 364) }

func (d *desk) pick(t *rapid.T) (cards.Card, bool) {
	if len(d.cards) == 0 {
		return cards.Card{}, false
	}
	return d.cards[rapid.SampledFrom(slices.Sorted(maps.Keys(d.cards))).Draw(t, "card")], true
}

func (d *desk) send(t *rapid.T, c cards.Card) {
	l := rapid.SampledFrom(d.libs).Draw(t, "sender")
	in := storetest.Card(c.Number)
	in.Card = c
	in.Given = in.Given.With(cards.EnrolledAt).With(cards.FormerNumbers)
	_, err := d.s.Apply(ctx, cards.Batch{
		Library: l, Door: cards.DoorPost, Moment: cards.Moment{Arrived: time.Now()}, Items: []cards.Item{{Ordinal: 1, Incoming: in}},
	})
	if err != nil {
		t.Fatal(err)
	}
	d.cards[c.Number] = c
}

func (d *desk) enrol(t *rapid.T) {
	d.given++
	in := storetest.Card(fmt.Sprintf("C%d", d.given)).Card
	first := day(t, "first")
	in.Enrolment = cards.Registration{First: first, End: yearAfter(first)}
	in.EnrolledAt = rapid.SampledFrom([]string{"mours", "peyrins"}).Draw(t, "place")
	in.BirthDate = rapid.SampledFrom([]string{"", "2012-09-01", "1980-02-28", "2020-02-15"}).Draw(t, "birth")
	in.Address.Town = rapid.SampledFrom(slices.Sorted(maps.Keys(naiveTowns))).Draw(t, "town")
	d.send(t, in)
}

func (d *desk) renew(t *rapid.T) {
	if c, found := d.pick(t); found {
		from := theDay(c.Enrolment.End, rapid.SampledFrom([]int{-30, 0, 1, 40}).Draw(t, "when"))
		c.Enrolment.Renewed, c.Enrolment.End = max(from, c.Enrolment.First), yearAfter(from)
		if c.Enrolment.End < fmt.Sprint(naiveTo) {
			d.send(t, c)
		}
	}
}

func (d *desk) end(t *rapid.T) {
	if c, found := d.pick(t); found {
		c.Enrolment.End = theDay(max(c.Enrolment.First, c.Enrolment.Renewed), rapid.SampledFrom([]int{0, 10, 100}).Draw(t, "days"))
		d.send(t, c)
	}
}

func (d *desk) correct(t *rapid.T) {
	if c, found := d.pick(t); found {
		by := rapid.SampledFrom([]int{-5, 3, 31}).Draw(t, "days")
		switch rapid.IntRange(0, 2).Draw(t, "date") {
		case 0:
			c.Enrolment.First = theDay(c.Enrolment.First, by)
		case 1:
			if c.Enrolment.Renewed != "" {
				c.Enrolment.Renewed = theDay(c.Enrolment.Renewed, by)
			}
		case 2:
			c.Enrolment.Renewed = ""
		}
		if c.Enrolment.First <= c.Enrolment.End && c.Enrolment.Renewed <= c.Enrolment.End {
			d.send(t, c)
		}
	}
}

func (d *desk) anyDates(t *rapid.T) {
	if c, found := d.pick(t); found {
		days := []string{day(t, "a"), day(t, "b"), day(t, "c")}
		slices.Sort(days)
		c.Enrolment = cards.Registration{First: days[0], Renewed: days[1], End: days[2]}
		if rapid.Bool().Draw(t, "never renewed") {
			c.Enrolment.Renewed = ""
		}
		d.send(t, c)
	}
}

func (d *desk) move(t *rapid.T) {
	if c, found := d.pick(t); found {
		c.Address.Town = rapid.SampledFrom(slices.Sorted(maps.Keys(naiveTowns))).Draw(t, "town")
		c.EnrolledAt = rapid.SampledFrom([]string{"mours", "peyrins"}).Draw(t, "place")
		c.BirthDate = rapid.SampledFrom([]string{"2012-09-01", "1980-02-28"}).Draw(t, "birth")
		d.send(t, c)
	}
}

// replace gives a card another number: a new one, or that of a card that is
// there, which then takes it over.
func (d *desk) replace(t *rapid.T) {
	old, found := d.pick(t)
	if !found {
		return
	}
	c := old
	if rapid.Bool().Draw(t, "by a card") {
		c, _ = d.pick(t)
	} else {
		d.given++
		c.Number, c.Former = fmt.Sprintf("C%d", d.given), nil
		if rapid.Bool().Draw(t, "new record") {
			first := day(t, "first")
			c.Enrolment = cards.Registration{First: first, End: yearAfter(first)}
		}
	}
	if c.Number == old.Number {
		return
	}
	c.Former = append(slices.Clone(c.Former), old.Number)
	delete(d.cards, old.Number)
	d.send(t, c)
}

func (d *desk) samePerson(t *rapid.T) {
	for more := true; more; {
		var err error
		if more, err = d.s.FindLikenesses(ctx); err != nil {
			t.Fatal(err)
		}
	}
	list, err := d.s.Likenesses(ctx, cards.LikenessQuery{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range list {
		keep := rapid.IntRange(0, 1).Draw(t, "which goes on")
		goesOn, other := l.Cards[keep].Card.Number, l.Cards[1-keep].Card.Number
		if err := d.s.SamePerson(ctx, goesOn, other, "Claire"); err != nil {
			t.Fatal(err)
		}
		delete(d.cards, other)
	}
}

func (d *desk) erase(t *rapid.T) {
	var rows []struct {
		ID     int64
		Number string
	}
	if err := d.s.Read(ctx, &rows, "SELECT id, number FROM cards ORDER BY id"); err != nil {
		t.Fatal(err)
	}
	if len(rows) < 2 {
		return
	}
	row := rapid.SampledFrom(rows).Draw(t, "erased")
	versions, err := naiveVersions(d.s)
	if err != nil {
		t.Fatal(err)
	}
	now, err := d.s.Now(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.s.Erase(ctx, row.Number, "Claire"); err != nil {
		t.Fatal(err)
	}
	d.erased.count(versions[row.ID], now.UTC().Format(time.DateOnly))
	delete(d.cards, row.Number)
}

func (d *desk) phone(t *rapid.T) {
	if c, found := d.pick(t); found {
		d.given++
		c.Phone = fmt.Sprintf("04 75 %06d", d.given)
		d.send(t, c)
	}
}

// count has the job count a portion.
func (d *desk) count(t *rapid.T) {
	if _, err := d.s.CountPortion(ctx, rapid.IntRange(1, 4).Draw(t, "portion")); err != nil {
		t.Fatal(err)
	}
}

// die has the hub die right before or after the job's commit.
func (d *desk) die(t *rapid.T) {
	*d.dies = rapid.IntRange(1, 2).Draw(t, "commit")
	_, err := d.s.CountPortion(ctx, 3)
	if err != nil && !errors.Is(err, errDied) {
		t.Fatal(err)
	}
	*d.dies = -1
}

func (d *desk) compare(t *rapid.T) {
	for more := true; more; {
		var err error
		if more, err = d.s.CountPortion(ctx, 3); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := keptFigures(d.s)
	if err != nil {
		t.Fatal(err)
	}
	versions, err := naiveVersions(d.s)
	if err != nil {
		t.Fatal(err)
	}
	want := maps.Clone(d.erased)
	for _, card := range versions {
		want.count(card, "")
	}
	for _, key := range slices.Sorted(maps.Keys(kept)) {
		if kept[key] != want[key] {
			t.Errorf("%s: %+v, a direct count says %+v", key, kept[key], want[key])
		}
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if _, is := kept[key]; !is && want[key] != (cards.Figures{}) {
			t.Errorf("%s: nothing, a direct count says %+v", key, want[key])
		}
	}
	if t.Failed() {
		for id, card := range versions {
			t.Logf("card %d: %+v", id, card)
		}
	}
	d.compareYears(t)
	d.nothingIsLeft(t)
}

// compareYears holds the sums of years against those of months.
func (d *desk) compareYears(t *rapid.T) {
	var differ []string
	err := d.s.Read(ctx, &differ, `SELECT dimension || ' ' || value || ' ' || year FROM (
		SELECT dimension, value, year, enrolled, renewed, ended, change FROM statistics_years UNION ALL
		SELECT dimension, value, month / 12, -enrolled, -renewed, -ended, -change FROM statistics) both_tables
		GROUP BY dimension, value, year HAVING sum(enrolled) <> 0 OR sum(renewed) <> 0 OR sum(ended) <> 0 OR sum(change) <> 0`)
	if err != nil || len(differ) > 0 {
		t.Errorf("years and months differ: %s, %v", differ, err)
	}
}

// nothingIsLeft of cards that are gone.
func (d *desk) nothingIsLeft(t *rapid.T) {
	var left []int64
	err := d.s.Read(ctx, &left, "SELECT card_id FROM statistics_cards WHERE card_id NOT IN (SELECT id FROM cards) UNION ALL SELECT gone_id FROM statistics_gone")
	if err != nil || len(left) > 0 {
		t.Errorf("left of cards that are gone: %v, %v", left, err)
	}
}
