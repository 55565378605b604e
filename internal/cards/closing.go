package cards

import "time"

// Libraries keep French hours. A silence is counted in days on which most of
// them are open: nobody is to be woken for a Sunday or for August.

// opensOn reports whether a day counts: Sundays, and the Saturdays and Mondays
// on which many are closed too, holidays, August and the turn of the year do not.
func opensOn(day time.Time) bool {
	switch day.Weekday() {
	case time.Saturday, time.Sunday, time.Monday:
		return false
	case time.Tuesday, time.Wednesday, time.Thursday, time.Friday:
	}
	month, date := day.Month(), day.Day()
	if month == time.August || month == time.December && date >= 24 || month == time.January && date <= 2 {
		return false
	}
	return !holiday(day)
}

// holiday finds the public holidays that other rules leave, with the Friday
// that follows Ascension Day.
func holiday(day time.Time) bool {
	switch day.Format("01-02") {
	case "05-01", "05-08", "07-14", "11-01", "11-11":
		return true
	}
	const ascension = 39 // days after Easter
	easter := easterOf(day.Year())
	since := int(midday(day).Sub(easter).Hours()) / hoursPerDay
	return since == ascension || since == ascension+1
}

const hoursPerDay = 24

// easterOf is Easter Sunday by the Gregorian calendar, with the rule of Meeus,
// Jones and Butcher.
//
//nolint:mnd // the numbers are the rule
func easterOf(year int) time.Time {
	a, b, c := year%19, year/100, year%100
	h := (19*a + b - b/4 - (b-(b+8)/25+1)/3 + 15) % 30
	l := (32 + 2*(b%4) + 2*(c/4) - h - c%4) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return time.Date(year, time.Month(n/31), n%31+1, 12, 0, 0, 0, time.UTC)
}

// midday makes days differ by whole days whatever the zone does with its hours.
func midday(day time.Time) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), 12, 0, 0, 0, time.UTC)
}

// openDays counts the days that count, from the one after from up to upto.
func openDays(from, upto time.Time) int {
	n := 0
	for day := midday(from).AddDate(0, 0, 1); !day.After(midday(upto)); day = day.AddDate(0, 0, 1) {
		if opensOn(day) {
			n++
		}
	}
	return n
}
