package exchange

import (
	"strings"
	"time"
)

// isDay says whether s is a day that exists, YYYY-MM-DD, in the years 1 to 9999.
func isDay(s string) bool { return isDate(s, time.DateOnly) }

// isBirthDate also allows a month or a year alone.
func isBirthDate(s string) bool {
	return isDay(s) || isDate(s, "2006-01") || isDate(s, "2006")
}

func isDate(s, layout string) bool {
	if len(s) != len(layout) {
		return false
	}
	t, err := time.Parse(layout, s)
	return err == nil && t.Year() > 0
}

// dateFault says what is wrong with a date, in words for those who wrote it.
func dateFault(s string, forms string) string {
	shown := clip(s, 30)
	if len(s) == len(time.DateOnly) && s[4] == '-' && s[7] == '-' && digitsOnly(s[:4]+s[5:7]+s[8:]) {
		return "La date " + human(s) + " n’existe pas."
	}
	return "« " + shown + " » n’est pas une date de la forme " + forms + "."
}

func digitsOnly(s string) bool { return strings.Trim(s, "0123456789") == "" }

// human shows a date of the format as people write it: DD/MM/YYYY, MM/YYYY or YYYY.
func human(s string) string {
	parts := strings.Split(s, "-")
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return strings.Join(parts, "/")
}

const (
	localInstant = "2006-01-02T15:04:05"
	zonedInstant = localInstant + "Z07:00"
)

// parseInstant reads an xs:dateTime; without a zone it is the network's. One that no year of the format holds in UTC is as
// good as not said: systems write the first moment they know, midnight of 1 January 0001, where they know none.
func (o Options) parseInstant(s string) (time.Time, bool) {
	t, ok := o.parseDateTime(s)
	if !ok || !sayable(t) {
		return time.Time{}, ok
	}
	return t, true
}

// sayable says whether t is in a year xs:dateTime has when it is written, which is in UTC: what is read in another zone may
// come to lie in the year 0 or 10000.
func sayable(t time.Time) bool {
	year := t.UTC().Year()
	return year >= 1 && year <= 9999
}

func (o Options) parseDateTime(s string) (time.Time, bool) {
	if len(s) < len(localInstant) || s[10] != 'T' || s[13] != ':' {
		return time.Time{}, false
	}
	s, rest := s[:len(localInstant)], s[len(localInstant):]
	fraction, zone := splitFraction(rest)
	if len(fraction) == 1 || len(fraction) > 10 || !validZone(zone) {
		return time.Time{}, false
	}
	s, days := firstInstant(s, fraction)
	if zone == "" {
		t, err := time.Parse(localInstant, s+fraction)
		return o.inLocation(t.AddDate(0, 0, days)), err == nil && t.Year() > 0
	}
	t, err := time.Parse(zonedInstant, s+fraction+zone)
	return t.AddDate(0, 0, days), err == nil && t.Year() > 0
}

// firstInstant reads the end of a day, which xs:dateTime may say as 24:00:00, as the first instant of the next one.
func firstInstant(s, fraction string) (start string, days int) {
	if day, ok := strings.CutSuffix(s, "T24:00:00"); ok && strings.Trim(fraction, ".0") == "" {
		return day + "T00:00:00", 1
	}
	return s, 0
}

// splitFraction cuts what follows the seconds into the fraction with its point and the zone.
func splitFraction(s string) (fraction, zone string) {
	if s == "" || s[0] != '.' {
		return "", s
	}
	n := 1
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return s[:n], s[n:]
}

// validZone allows nothing, Z, and what xs:dateTime allows: up to 14 hours.
func validZone(s string) bool {
	if s == "" || s == "Z" {
		return true
	}
	if len(s) != 6 || s[0] != '+' && s[0] != '-' || s[3] != ':' || !digitsOnly(s[1:3]+s[4:]) {
		return false
	}
	return s[1:] <= "14:00" && s[4] < '6'
}

// inLocation reads the wall clock of t, which is in UTC, in the network's time zone. When clocks go back an hour exists
// twice: it is the one nearer to Now, or what a library made in the second would seem older than what it made in the
// first; the first where Now is not given.
func (o Options) inLocation(t time.Time) time.Time {
	loc := o.location()
	y, m, d := t.Date()
	local := time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), loc)
	first, second := readingWith(t, local.Add(-24*time.Hour)), readingWith(t, local.Add(24*time.Hour))
	switch {
	case !sameClock(first, t) || !sameClock(second, t):
		return local // it exists once, or not at all
	case first.After(second):
		first, second = second, first
	}
	if o.Now.IsZero() || o.Now.Sub(first).Abs() <= o.Now.Sub(second).Abs() {
		return first
	}
	return second
}

// readingWith reads the wall clock of t with the offset that counts at another moment.
func readingWith(t, at time.Time) time.Time {
	_, offset := at.Zone()
	return t.Add(-time.Duration(offset) * time.Second).In(at.Location())
}

func sameClock(a, b time.Time) bool { return a.Format(localInstant) == b.Format(localInstant) }
