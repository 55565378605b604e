package store_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
)

// The direct count: from all versions, day by day, by what cards.Periods says it
// means rather than by what it does. A start counts where no later version of
// its number denies it; a card is valid on a day where one of its numbers says
// so and its last version does not deny it.

// naiveFigures are figures by "dimension|value|month".
type naiveFigures map[string]cards.Figures

const naiveFrom, naiveTo = 2021, 2030 // the years the figures are compared in

func naiveMonths() (first, last cards.Month) {
	return cards.MonthOf(naiveFrom, 1), cards.MonthOf(naiveTo, 12)
}

type naiveVersion struct {
	number           string
	first, last, end string // last is the latest start it names; "" none
	renewed          bool   // last was given as a renewal
	place, town      string
	birth            string
}

// naiveVersions reads all versions of the cards that are there, by card.
func naiveVersions(s *store.Store) (map[int64][]naiveVersion, error) {
	var rows []struct {
		CardID  int64
		Content string
	}
	if err := s.Read(ctx, &rows, "SELECT card_id, content FROM versions ORDER BY card_id, seq"); err != nil {
		return nil, err
	}
	all := map[int64][]naiveVersion{}
	for _, row := range rows {
		var c cards.Card
		if err := json.Unmarshal([]byte(row.Content), &c); err != nil {
			return nil, err
		}
		all[row.CardID] = append(all[row.CardID], naiveOf(cards.EnrolmentVersionOf(&c)))
	}
	return all, nil
}

func naiveOf(v cards.EnrolmentVersion) naiveVersion {
	return naiveVersion{
		number: strings.ToLower(v.Number), first: v.Enrolment.First, last: v.Enrolment.Renewed, end: v.Enrolment.End,
		place: v.EnrolledAt, town: naiveTowns[v.Town], birth: v.BirthDate,
	}
}

// naiveTowns are the towns of the play in their spellings, folded by hand.
var naiveTowns = map[string]string{
	"Romans-sur-Isère": "ROMANSSURISERE", "ROMANS SUR ISERE": "ROMANSSURISERE", "St-Paul": "SAINTPAUL", "SAINT PAUL": "SAINTPAUL", "Mours": "MOURS", "": "",
}

// naiveStart is a start of one number, with all that is known of it.
type naiveStart struct {
	day, end string
	renewal  bool
	version  int // of all the card's versions
}

// naiveNumber is one number's history: at holds the indexes of its versions.
type naiveNumber struct {
	versions []naiveVersion
	at       []int
}

// resolve gives every version the start it speaks of.
func (n *naiveNumber) resolve() {
	for i := range n.versions {
		v := &n.versions[i]
		if v.last != "" && v.last > v.first {
			v.renewed = true
			continue
		}
		v.last = v.first
		if i == 0 {
			continue
		}
		// Without a renewal's date it means the latest start known, but not one it ends before, nor one it takes back.
		known := n.starts(i - 1)
		known = slices.DeleteFunc(known, func(day string) bool { return day <= v.first || !n.saidRenewal(day, i-1) })
		for len(known) > 0 {
			latest := known[len(known)-1]
			known = known[:len(known)-1]
			previous := v.first
			if len(known) > 0 {
				previous = known[len(known)-1]
			}
			if v.end >= latest && v.end > n.endKnown(previous, v.first, i) {
				v.last = latest
				break
			}
		}
	}
}

// endKnown is the end of a start as it was known before version i, which may
// have moved the first one there.
func (n *naiveNumber) endKnown(day, first string, i int) string {
	if day == first && n.versions[i-1].first != first {
		if slices.Contains(n.starts(i-1), day) {
			if end := n.end(day, i-1); end != "" {
				return end
			}
		}
		if old := n.versions[i-1].first; old < first || !n.saidRenewal(old, i-1) {
			if end := n.end(old, i-1); end >= day {
				return end
			}
		}
		return ""
	}
	return n.end(day, i-1)
}

// saidRenewal reports whether a version said that a renewal began on the day,
// and none since that this cannot be.
func (n *naiveNumber) saidRenewal(day string, i int) bool {
	for j := i; j >= 0; j-- {
		if n.versions[j].renewed && n.versions[j].last == day {
			return true
		}
		if day < n.versions[j].first || day > n.versions[j].last {
			return false
		}
	}
	return false
}

// starts are those that count after version i, in order.
func (n *naiveNumber) starts(i int) []string {
	days := []string{n.versions[i].first}
	for j := 0; j <= i; j++ {
		if day := n.versions[j].last; n.versions[j].renewed && n.saidRenewal(day, i) {
			days = append(days, day)
		}
	}
	slices.Sort(days)
	return slices.Compact(days)
}

// since is from which version up to i the start has counted without a break.
func (n *naiveNumber) since(day string, i int) int {
	for i > 0 && slices.Contains(n.starts(i-1), day) {
		i--
	}
	return i
}

// end is the last end told of a start while it counted; where the first
// enrolment's day was corrected, that of the day it had before.
func (n *naiveNumber) end(day string, i int) string {
	from := n.since(day, i)
	for j := i; j >= from; j-- {
		if n.versions[j].last == day {
			return n.versions[j].end
		}
	}
	for j := i; j >= 0; j-- {
		if n.versions[j].first != day {
			continue
		}
		for j > 0 && n.versions[j-1].first == day {
			j--
		}
		if j > 0 && !n.saidRenewal(n.versions[j-1].first, j) {
			if end := n.end(n.versions[j-1].first, j-1); end >= day {
				return end
			}
		}
		return ""
	}
	return ""
}

func (n *naiveNumber) furthest(day string, i int) string {
	furthest := ""
	for j := n.since(day, i); j <= i; j++ {
		if n.versions[j].last == day {
			furthest = max(furthest, n.versions[j].end)
		}
	}
	return furthest
}

// version is the last one that spoke of a start.
func (n *naiveNumber) version(day string, i int) int {
	from := n.since(day, i)
	for j := i; j >= from; j-- {
		if n.versions[j].last == day {
			return n.at[j]
		}
	}
	if from > 0 && n.versions[from].first == day && n.versions[from-1].first != day && !n.saidRenewal(n.versions[from-1].first, from) {
		return n.version(n.versions[from-1].first, from-1)
	}
	return n.at[from]
}

// all are the number's starts as they are at the end.
func (n *naiveNumber) all() []naiveStart {
	i := len(n.versions) - 1
	days := n.starts(i)
	var list []naiveStart
	for k, day := range days {
		renewal := day != n.versions[i].first
		if k+1 < len(days) && renewal && n.furthest(days[k+1], i) <= n.end(day, i) {
			continue // the next one is this one's correction
		}
		list = append(list, naiveStart{day: day, end: n.end(day, i), renewal: renewal, version: n.version(day, i)})
	}
	for k := range list[:max(len(list)-1, 0)] {
		if next := list[k+1].day; list[k].end >= next {
			list[k].end = theDay(next, -1)
		}
	}
	return list
}

func theDay(day string, later int) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return t.AddDate(0, 0, later).Format(time.DateOnly)
}

// count adds a card's figures. A card that was erased on a day ends there, and
// nothing begins after it.
func (f naiveFigures) count(versions []naiveVersion, erased string) {
	lastEnd := versions[len(versions)-1].end
	if erased != "" && erased < lastEnd {
		lastEnd = erased
	}
	var told []naiveStart
	var numbers []string
	for _, v := range versions {
		if slices.Contains(numbers, v.number) {
			continue
		}
		numbers = append(numbers, v.number)
		n := &naiveNumber{}
		for i, w := range versions {
			if w.number == v.number {
				n.versions, n.at = append(n.versions, w), append(n.at, i)
			}
		}
		n.resolve()
		told = append(told, n.all()...)
	}
	u := naiveUnion(told)
	u.counts = slices.DeleteFunc(u.counts, func(p naiveStart) bool { return erased != "" && p.day > erased })
	f.enter(versions, u, lastEnd)
}

// naiveSpan is a union of days told by several numbers, with the starts that
// count among them.
type naiveSpan struct {
	told   []naiveStart // whose ends say when the card was valid
	counts []naiveStart
}

func naiveUnion(told []naiveStart) naiveSpan {
	slices.SortStableFunc(told, func(a, b naiveStart) int {
		if a.day != b.day {
			return map[bool]int{true: -1, false: 1}[a.day < b.day]
		}
		return a.version - b.version
	})
	var u naiveSpan
	for i, p := range told { // of those told twice the later word counts
		if i+1 < len(told) && told[i+1].day == p.day {
			told[i+1].renewal = told[i+1].renewal || p.renewal
			if told[i+1].end == "" {
				told[i+1].end = p.end
			}
			continue
		}
		u.told = append(u.told, p)
	}
	enrolled := false
	for i, p := range u.told {
		double := enrolled && !p.renewal && slices.ContainsFunc(u.told[:i], func(q naiveStart) bool { return q.end >= p.day })
		if double {
			continue
		}
		wasRenewal := p.renewal
		p.renewal = p.renewal || enrolled
		enrolled = enrolled || !wasRenewal
		u.counts = append(u.counts, p)
	}
	return u
}

func (u naiveSpan) valid(day string) bool {
	return slices.ContainsFunc(u.told, func(p naiveStart) bool { return p.day <= day && day <= p.end })
}

// of is the period a day belongs to.
func (u naiveSpan) of(day string) naiveStart {
	var found naiveStart
	for _, p := range u.counts {
		if p.day <= day {
			found = p
		}
	}
	return found
}

func (f naiveFigures) enter(versions []naiveVersion, u naiveSpan, lastEnd string) {
	valid := func(day string) bool { return day <= lastEnd && u.valid(day) }
	birth := versions[len(versions)-1].birth
	add := func(p naiveStart, day string, g cards.Figures) {
		v := versions[p.version]
		for dimension, value := range map[cards.Dimension]string{
			cards.ByNothing: "", cards.ByEstablishment: v.place, cards.ByTown: v.town, cards.ByAge: naiveAge(birth, p.day),
		} {
			key := fmt.Sprintf("%s|%s|%s", dimension, value, day[:len("2006-01")])
			f[key] = f[key].Plus(g)
		}
	}
	for _, p := range u.counts {
		if p.renewal {
			add(p, p.day, cards.Figures{Renewed: 1})
		} else {
			add(p, p.day, cards.Figures{Enrolled: 1})
		}
	}
	first, last := naiveMonths()
	for m := first; m <= last; m++ {
		if day := m.LastDay(); valid(day) {
			add(u.of(day), day, cards.Figures{Active: 1})
		}
		for day := m.String() + "-01"; day <= m.LastDay(); day = theDay(day, 1) {
			next := theDay(day, 1)
			if valid(day) && !valid(next) && !slices.ContainsFunc(u.counts, func(p naiveStart) bool { return p.day == next }) {
				add(u.of(day), day, cards.Figures{Ended: 1})
			}
		}
	}
}

// naiveAge counts birthdays.
func naiveAge(birth, day string) string {
	if birth == "" {
		return ""
	}
	age := -1
	for b, _ := time.Parse(time.DateOnly, birth); b.Format(time.DateOnly) <= day; age++ {
		b = b.AddDate(1, 0, 0)
	}
	for _, band := range []struct {
		last int
		name string
	}{{5, "0-5"}, {10, "6-10"}, {14, "11-14"}, {24, "15-24"}, {64, "25-64"}, {130, "65+"}} {
		if age <= band.last {
			return band.name
		}
	}
	return ""
}

// kept reads the aggregates as figures of the compared months.
func keptFigures(s *store.Store) (naiveFigures, error) {
	var rows []struct {
		Dimension, Value                        string
		Month, Enrolled, Renewed, Ended, Change int64
	}
	if err := s.Read(ctx, &rows, "SELECT * FROM statistics ORDER BY month"); err != nil {
		return nil, err
	}
	f := naiveFigures{}
	for _, row := range rows {
		f.spread(row.Dimension, row.Value, cards.Month(row.Month), cards.Count{
			Enrolled: row.Enrolled, Renewed: row.Renewed, Ended: row.Ended, Change: row.Change,
		})
	}
	return f, nil
}

// spread enters a row of the aggregates in its month, and what it changes of
// the active cards in all later ones.
func (f naiveFigures) spread(dimension, value string, month cards.Month, n cards.Count) {
	first, last := naiveMonths()
	if month < first {
		panic("figures in " + month.String() + ", which the play does not reach")
	}
	g := cards.Figures{Enrolled: n.Enrolled, Renewed: n.Renewed, Ended: n.Ended, Active: n.Change}
	for m := month; m <= last; m++ {
		key := fmt.Sprintf("%s|%s|%s", dimension, value, m)
		f[key] = f[key].Plus(g)
		g = cards.Figures{Active: n.Change}
	}
}
