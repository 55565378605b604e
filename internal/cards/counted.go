package cards

import "slices"

// CountedPeriod is what a period adds to the statistics: months and values, no
// days and no name. It is kept for each card, so that what a card added can be
// taken out again when it changes.
type CountedPeriod struct {
	Start   Month `json:"s"`
	Renewal bool  `json:"r,omitempty"`
	// Stop is the first month on whose last day the card was not valid any more;
	// 0 where the end is not known.
	Stop Month `json:"x,omitempty"`
	// Ended is the month in which the card ended without being renewed in time; 0
	// where it went on.
	Ended         Month  `json:"e,omitempty"`
	Establishment string `json:"l,omitempty"`
	Town          string `json:"t,omitempty"` // folded
	Age           string `json:"a,omitempty"`
}

// CountCard works out what a card adds to the statistics. The birth date is
// that of the last version: it was never another one, only unknown or wrong.
// until is the day the card was erased on, after which it was no reader's; empty
// where it goes on.
func CountCard(versions []EnrolmentVersion, until string) []CountedPeriod {
	if len(versions) == 0 {
		return nil
	}
	birth := versions[len(versions)-1].BirthDate
	periods := Periods(versions)
	if until != "" {
		periods = slices.DeleteFunc(periods, func(p Period) bool { return p.Start > until })
	}
	cutAfter(periods, until)
	counted := make([]CountedPeriod, len(periods))
	for i, p := range periods {
		v := versions[p.Version]
		c := CountedPeriod{
			Start: MonthOfDay(p.Start), Renewal: p.Renewal, Establishment: v.EnrolledAt, Town: FoldTown(v.Town), Age: AgeBand(birth, p.Start),
		}
		if p.End != "" {
			c.Stop = stopOf(p.End)
			if i+1 == len(periods) || dayBeside(p.End, 1) != periods[i+1].Start {
				c.Ended = MonthOfDay(p.End)
			}
		}
		counted[i] = c
	}
	return counted
}

// stopOf is the first month on whose last day a card that ends on a day is not
// valid.
func stopOf(end string) Month {
	m := MonthOfDay(end)
	if m.LastDay() == end {
		return m + 1
	}
	return m
}

// CountKey is a figure's place in the aggregates.
type CountKey struct {
	Dimension Dimension
	Value     string
	Month     Month
}

// Count is what stands there. Change is by how much more cards are active on
// the month's last day than on that of the month before, so that a period costs
// two figures however long it lasts.
type Count struct {
	Enrolled int64
	Renewed  int64
	Ended    int64
	Change   int64
}

// IsZero reports whether there is nothing to count.
func (c Count) IsZero() bool { return c == Count{} }

// Plus adds two.
func (c Count) Plus(d Count) Count {
	return Count{c.Enrolled + d.Enrolled, c.Renewed + d.Renewed, c.Ended + d.Ended, c.Change + d.Change}
}

// Tally gathers what periods add to the aggregates.
type Tally map[CountKey]Count

// Add adds a card's periods, or takes them out again where sign is -1.
func (t Tally) Add(periods []CountedPeriod, sign int64) {
	for _, p := range periods {
		for dimension, value := range map[Dimension]string{
			ByNothing: "", ByEstablishment: p.Establishment, ByTown: p.Town, ByAge: p.Age,
		} {
			t.addPeriod(CountKey{Dimension: dimension, Value: value}, p, sign)
		}
	}
}

func (t Tally) addPeriod(key CountKey, p CountedPeriod, sign int64) {
	begin := Count{Enrolled: sign}
	if p.Renewal {
		begin = Count{Renewed: sign}
	}
	t.add(key, p.Start, begin)
	if p.Stop > p.Start {
		t.add(key, p.Start, Count{Change: sign})
		t.add(key, p.Stop, Count{Change: -sign})
	}
	if p.Ended != 0 {
		t.add(key, p.Ended, Count{Ended: sign})
	}
}

func (t Tally) add(key CountKey, m Month, c Count) {
	key.Month = m
	sum := t[key].Plus(c)
	if sum.IsZero() {
		delete(t, key)
		return
	}
	t[key] = sum
}
