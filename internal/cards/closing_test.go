package cards

import (
	"testing"
	"time"
)

// A silence is counted in days on which most libraries are open.
func TestOnWhichDaysLibrariesAreOpen(t *testing.T) {
	for day, open := range map[string]bool{
		"2026-11-23": false, "2026-11-24": true, "2026-11-25": true, "2026-11-26": true, "2026-11-27": true, "2026-11-28": false, "2026-11-29": false, // a week from Monday on
		"2025-05-01": false, "2025-05-08": false, "2026-07-14": false, "2028-11-01": false, "2027-11-11": false, // holidays
		"2024-05-09": false, "2024-05-10": false, "2025-05-29": false, "2025-05-30": false, "2026-05-14": false, "2026-05-15": false, "2027-05-06": false, "2028-05-25": false, // Ascension Day
		"2025-05-28": true, "2026-05-13": true, "2026-04-30": true, "2027-05-12": true,
		"2025-07-31": true, "2025-08-01": false, "2026-08-28": false, "2026-09-01": true,
		"2026-12-23": true, "2026-12-24": false, "2026-12-31": false, "2027-01-01": false, "2025-01-02": false, "2024-01-03": true, "2026-12-02": true,
	} {
		when, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		if got := opensOn(when.Add(23 * time.Hour)); got != open {
			t.Errorf("%s, a %s: open %v", day, when.Weekday(), got)
		}
	}
}

func TestEasterSunday(t *testing.T) {
	for _, day := range []string{
		"1981-04-19", "1995-04-16", "2000-04-23", "2008-03-23", "2011-04-24", "2016-03-27", "2019-04-21", "2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2028-04-16",
		"2029-04-01", "2030-04-21", "2035-03-25", "2038-04-25", "2049-04-18", "2076-04-19", "2100-03-28", "2133-04-19", "2200-04-06",
	} {
		when, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		if got := easterOf(when.Year()).Format(time.DateOnly); got != day {
			t.Errorf("%s, want %s", got, day)
		}
	}
}
