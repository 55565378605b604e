package exchange_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
)

// zones change their clocks at odd moments, by odd steps, or never.
var zones = []string{
	"Europe/Paris", "America/Martinique", "Pacific/Noumea", "UTC", "Europe/Dublin", "Australia/Lord_Howe", "America/St_Johns",
	"America/Sao_Paulo", "Africa/Casablanca", "Pacific/Apia", "Asia/Kathmandu",
}

func zone(t *rapid.T) *time.Location {
	loc, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// moment draws a second of these years, near a change of the clocks of Paris every other time.
func moment(t *rapid.T) time.Time {
	if rapid.Bool().Draw(t, "near a change") {
		change := rapid.SampledFrom([]string{"2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z", "2018-02-18T02:00:00Z", "2026-04-04T15:00:00Z", "2026-11-01T06:30:00Z"}).Draw(t, "change")
		at, err := time.Parse(time.RFC3339, change)
		if err != nil {
			t.Fatal(err)
		}
		return at.Add(time.Duration(rapid.IntRange(-7200, 7200).Draw(t, "seconds")) * time.Second)
	}
	return time.Unix(rapid.Int64Range(1_000_000_000, 1_900_000_000).Draw(t, "moment"), 0)
}

func madeAt(t *rapid.T, wall string, o exchange.Options) time.Time {
	r, err := exchange.NewReader(strings.NewReader(`<cartes etablissement="mours" genere-le="`+wall+`"/>`), o)
	if err != nil {
		t.Fatalf("%s in %s: %v", wall, o.Location, err)
	}
	return r.Envelope.Made
}

const wallClock = "2006-01-02T15:04:05"

// What a library makes and sends at once is read as made then, also in the hour that exists twice: so two documents
// are never taken in the wrong order, which would have the later one put aside as out of date.
func TestADocumentWithoutAZoneIsOfItsMoment(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		loc, made := zone(t), moment(t)
		underWay := time.Duration(rapid.IntRange(-600, 600).Draw(t, "under way, or ahead")) * time.Second
		o := exchange.Options{Location: loc, Now: made.Add(underWay)}
		if got := madeAt(t, made.In(loc).Format(wallClock), o); !got.Equal(made) {
			t.Fatalf("made %s, read as %s in %s", made.UTC(), got.UTC(), loc)
		}
	})
}

// Without a moment to hold it against, or long after, a wall clock is read as one of the moments it stands for; one that
// no clock ever showed as less than a day off. Zones that are given count.
func TestEveryWallClockIsRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		loc, at := zone(t), moment(t)
		o := exchange.Options{Location: loc}
		if rapid.Bool().Draw(t, "later") {
			o.Now = at.AddDate(1, 0, 0)
		}
		if got := madeAt(t, at.In(loc).Format(wallClock), o); got.In(loc).Format(wallClock) != at.In(loc).Format(wallClock) {
			t.Fatalf("%s is read as %s", at.In(loc), got.In(loc))
		}
		anyClock := at.UTC().Format(wallClock)
		got := madeAt(t, anyClock, o)
		_, offset := got.In(loc).Zone()
		if off := at.Add(-time.Duration(offset) * time.Second).Sub(got).Abs(); off > 24*time.Hour {
			t.Fatalf("%s is read as %s in %s", anyClock, got, loc)
		}
		if got := madeAt(t, at.In(loc).Format(time.RFC3339), o); !got.Equal(at) {
			t.Fatalf("%s is read as %s", at.In(loc), got)
		}
	})
}

func leap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// 29 February is a birth date and an end in leap years only, and staff are told that the day does not exist.
func TestTheLeapDay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		year := rapid.OneOf(rapid.IntRange(1, 9999), rapid.SampledFrom([]int{1600, 1900, 2000, 2024, 2026, 2100, 2400})).Draw(t, "year")
		day := fmt.Sprintf("%04d-02-29", year)
		card := func(born, first, end string) string {
			return wrap("<carte><numero>1</numero><nom>X</nom><date-naissance>" + born + "</date-naissance><inscription><premiere>" + first +
				"</premiere><fin>" + end + "</fin></inscription></carte>")
		}
		for field, source := range map[string]string{
			"date-naissance": card(day, "2024-02-29", "2025-02-28"), "inscription/premiere": card("1980", day, "9999-12-31"), "inscription/fin": card("1980", "0001-01-01", day),
		} {
			items, err := readAll(source, exchange.Options{})
			if err != nil || len(items) != 1 {
				t.Fatal(err)
			}
			faults := items[0].Faults
			if leap(year) != (len(faults) == 0) {
				t.Fatalf("%s in %s: %+v", day, field, faults)
			}
			if !leap(year) && (faults[0].Field != field || faults[0].Code != exchange.CodeDate || !strings.Contains(faults[0].Message, fmt.Sprintf("29/02/%04d n’existe pas", year))) {
				t.Fatalf("%s: %+v", day, faults)
			}
		}
	})
}

// A reader born today is no reader from the future, whatever the zone; one born tomorrow is.
func TestBornToday(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		loc, now := zone(t), moment(t)
		born := func(days int) []cards.Fault {
			y, m, d := now.In(loc).Date()
			source := "<carte><numero>1</numero><nom>X</nom><date-naissance>" + time.Date(y, m, d+days, 0, 0, 0, 0, time.UTC).Format(time.DateOnly) +
				"</date-naissance><inscription><premiere>2000-01-01</premiere><fin>2099-01-01</fin></inscription></carte>"
			items, err := readAll(wrap(source), exchange.Options{Location: loc, Now: now})
			if err != nil || len(items) != 1 {
				t.Fatal(err)
			}
			return items[0].Faults
		}
		if faults := born(0); len(faults) > 0 {
			t.Fatalf("today: %+v", faults)
		}
		if faults := born(1); len(faults) == 0 {
			t.Fatal("tomorrow is accepted")
		}
	})
}
