package cards

import (
	"strconv"
	"time"
)

// AgeBand is the age band a reader is in on a day written YYYY-MM-DD. Of a
// birth date that is only a year, the age is the difference of the years; of
// one that is only a month, the birthday counts once the month is over.
func AgeBand(birth, day string) string {
	age, ok := ageOn(birth, day)
	if !ok {
		return UnknownValue
	}
	for _, band := range ageBands {
		if age <= band.last {
			return band.name
		}
	}
	return lastAgeBand
}

// UnknownValue is the value of what a card does not tell.
const UnknownValue = ""

const lastAgeBand = "65+"

var ageBands = []struct {
	last        int
	name, label string
}{
	{5, "0-5", "0 à 5 ans"}, {10, "6-10", "6 à 10 ans"}, {14, "11-14", "11 à 14 ans"}, {24, "15-24", "15 à 24 ans"}, {64, "25-64", "25 à 64 ans"},
}

const oldestAge = 130 // beyond it the date is a mistake, or stands for none

func ageOn(birth, day string) (int, bool) {
	const year = len("2006")
	if len(birth) < year || len(day) < len(time.DateOnly) {
		return 0, false
	}
	born, err := strconv.Atoi(birth[:year])
	now, err2 := strconv.Atoi(day[:year])
	if err != nil || err2 != nil {
		return 0, false
	}
	birthday := birth[year:]
	if len(birthday) == len("-01") {
		birthday += "-31"
	}
	age := now - born
	if day[year:] < birthday {
		age--
	}
	return age, age >= 0 && age <= oldestAge
}
