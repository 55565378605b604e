package cards_test

import (
	"slices"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

func on(day string) time.Time {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return t
}

// every lists the days from one to another on which a library works: those of
// the week given.
func every(from, to string, weekdays ...time.Weekday) []time.Time {
	var days []time.Time
	for day := on(from); !day.After(on(to)); day = day.AddDate(0, 0, 1) {
		for _, w := range weekdays {
			if day.Weekday() == w {
				days = append(days, day)
			}
		}
	}
	return days
}

// 2026-11-27 is a Friday.
func TestSilenceIsMeasuredByHabit(t *testing.T) {
	tuesdayToSaturday := []time.Weekday{time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday}
	daily := every("2026-09-22", "2026-11-20", tuesdayToSaturday...)
	weekly := every("2026-09-22", "2026-11-17", time.Tuesday)
	outage := append(every("2026-09-01", "2026-09-25", tuesdayToSaturday...), every("2026-10-27", "2026-11-10", tuesdayToSaturday...)...)
	for name, c := range map[string]struct {
		p      cards.Presence
		now    string
		silent bool
	}{
		"never heard of":                     {cards.Presence{}, "2026-11-27", false},
		"daily, over a weekend and a Monday": {cards.Presence{Permanent: true, Days: daily}, "2026-11-24", false},
		"daily, two days away":               {cards.Presence{Permanent: true, Days: daily}, "2026-11-26", false},
		"daily, three days away":             {cards.Presence{Permanent: true, Days: daily}, "2026-11-27", true},
		"daily by its own coming":            {cards.Presence{Days: daily}, "2026-11-27", true},
		"daily, resumed yesterday":           {cards.Presence{Permanent: true, Days: daily, Since: on("2026-11-26")}, "2026-11-27", false},
		"weekly, a week later":               {cards.Presence{Days: weekly}, "2026-11-25", false},
		"weekly, two weeks later":            {cards.Presence{Days: weekly}, "2026-12-02", false},
		"weekly, four weeks later":           {cards.Presence{Days: weekly}, "2026-12-15", true},
		"weekly, and daily of late":          {cards.Presence{Days: append(slices.Clone(weekly), every("2026-11-18", "2026-11-20", tuesdayToSaturday...)...)}, "2026-12-01", false},
		"new, permanent, weekly so far":      {cards.Presence{Permanent: true, Days: every("2026-11-03", "2026-11-17", time.Tuesday)}, "2026-11-27", false},
		"new, permanent, weekly, four weeks": {cards.Presence{Permanent: true, Days: every("2026-11-03", "2026-11-17", time.Tuesday)}, "2026-12-15", true},
		"an outage is no habit":              {cards.Presence{Permanent: true, Days: outage}, "2026-11-18", true},
		"new, permanent, a weekend":          {cards.Presence{Permanent: true, Days: []time.Time{on("2026-11-20")}}, "2026-11-24", false},
		"new, permanent, three open days":    {cards.Presence{Permanent: true, Days: []time.Time{on("2026-11-17")}}, "2026-11-21", true},
		"new, intermittent, a week":          {cards.Presence{Days: []time.Time{on("2026-11-17")}}, "2026-11-24", false},
		"new, intermittent, two weeks":       {cards.Presence{Days: []time.Time{on("2026-11-10")}}, "2026-11-25", true},
		"closed all August": {
			cards.Presence{Permanent: true, Days: every("2026-06-01", "2026-07-31", tuesdayToSaturday...)}, "2026-09-01", false,
		},
		"still away in September": {
			cards.Presence{Permanent: true, Days: every("2026-06-01", "2026-07-31", tuesdayToSaturday...)}, "2026-09-04", true,
		},
		"the turn of the year": {
			cards.Presence{Permanent: true, Days: every("2026-10-27", "2026-12-23", tuesdayToSaturday...)}, "2027-01-06", false,
		},
		"Ascension Day and its bridge": { // 2026-05-14
			cards.Presence{Permanent: true, Days: every("2026-03-17", "2026-05-12", tuesdayToSaturday...)}, "2026-05-20", false,
		},
		"the same week without": {
			cards.Presence{Permanent: true, Days: every("2026-03-24", "2026-05-19", tuesdayToSaturday...)}, "2026-05-27", true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if n := len(c.p.Days); n > 0 {
				c.p.Last = c.p.Days[n-1]
			}
			since, silent := c.p.Silent(on(c.now).Add(9 * time.Hour))
			if silent != c.silent {
				t.Errorf("silent %v on %s, last heard of %s", silent, c.now, c.p.Last.Format(time.DateOnly))
			}
			if silent && !since.Equal(c.p.Last) {
				t.Errorf("since %v", since)
			}
		})
	}
}
