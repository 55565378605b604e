package cards_test

import (
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

// said makes versions of lines "number: first renewed end", "." for no date.
func said(lines ...string) []cards.EnrolmentVersion {
	versions := make([]cards.EnrolmentVersion, len(lines))
	for i, line := range lines {
		number, dates, named := strings.Cut(line, ": ")
		if !named {
			number, dates = "A1", line
		}
		d := strings.Fields(dates)
		for j := range d {
			if d[j] == "." {
				d[j] = ""
			}
		}
		versions[i] = cards.EnrolmentVersion{Number: number, Enrolment: cards.Registration{First: d[0], Renewed: d[1], End: d[2]}}
	}
	return versions
}

// told writes periods as "E start end" for an enrolment, "R start end" for a
// renewal, "." where the end is not known.
func told(periods []cards.Period) string {
	var texts []string
	for _, p := range periods {
		kind, end := "E", p.End
		if p.Renewal {
			kind = "R"
		}
		if end == "" {
			end = "."
		}
		texts = append(texts, kind+" "+p.Start+" "+end)
	}
	return strings.Join(texts, ", ")
}

func TestPeriodsOfACard(t *testing.T) {
	for what, c := range map[string]struct {
		versions []string
		want     string
	}{
		"nothing is known":  {[]string{". . ."}, ""},
		"an end alone":      {[]string{". . 2025-08-31"}, ""},
		"a first enrolment": {[]string{"2024-09-03 . 2025-09-02"}, "E 2024-09-03 2025-09-02"},
		"without an end":    {[]string{"2024-09-03 . ."}, "E 2024-09-03 ."},
		"renewed before known": {
			[]string{"2019-09-03 2024-09-10 2025-09-09"}, "E 2019-09-03 ., R 2024-09-10 2025-09-09",
		},
		"renewed in time": {
			[]string{"2024-09-01 . 2025-08-31", "2024-09-01 2025-09-01 2026-08-31"}, "E 2024-09-01 2025-08-31, R 2025-09-01 2026-08-31",
		},
		"renewed early": {
			[]string{"2024-09-01 . 2025-08-31", "2024-09-01 2025-06-15 2026-08-31"}, "E 2024-09-01 2025-06-14, R 2025-06-15 2026-08-31",
		},
		"renewed late": {
			[]string{"2024-09-01 . 2025-08-31", "2024-09-01 2025-11-02 2026-11-01"}, "E 2024-09-01 2025-08-31, R 2025-11-02 2026-11-01",
		},
		"renewed and renewed": {
			[]string{"2023-09-01 . 2024-08-31", "2023-09-01 2024-09-01 2025-08-31", "2023-09-01 2025-09-01 2026-08-31"},
			"E 2023-09-01 2024-08-31, R 2024-09-01 2025-08-31, R 2025-09-01 2026-08-31",
		},
		"the renewal is the enrolment": {[]string{"2024-09-01 2024-09-01 2025-08-31"}, "E 2024-09-01 2025-08-31"},
		"a renewal before the enrolment is none": {
			[]string{"2024-09-01 2020-01-01 2025-08-31"}, "E 2024-09-01 2025-08-31",
		},
		"a renewal without an enrolment": {[]string{". 2024-09-01 2025-08-31"}, "R 2024-09-01 2025-08-31"},
		"the end is corrected": {
			[]string{"2024-09-01 . 2052-08-31", "2024-09-01 . 2025-08-31"}, "E 2024-09-01 2025-08-31",
		},
		"ended early": {
			[]string{"2024-09-01 . 2025-08-31", "2024-09-01 . 2025-01-15"}, "E 2024-09-01 2025-01-15",
		},
		"ended early after an early renewal": {
			[]string{"2024-09-01 . 2025-08-31", "2024-09-01 2025-06-15 2026-08-31", "2024-09-01 2025-06-15 2025-07-01"},
			"E 2024-09-01 2025-06-14, R 2025-06-15 2025-07-01",
		},
		"prolonged without a renewal's date": {
			[]string{"2024-09-01 . 2025-08-31", "2024-09-01 . 2026-08-31"}, "E 2024-09-01 2026-08-31",
		},
		"the first day is corrected, later": {
			[]string{"2024-09-01 . 2025-08-31", "2024-09-03 . 2025-08-31"}, "E 2024-09-03 2025-08-31",
		},
		"the first day is corrected, earlier": {
			[]string{"2024-09-03 . 2025-08-31", "2024-09-01 . 2025-08-31"}, "E 2024-09-01 2025-08-31",
		},
		"the first day is corrected after a renewal": {
			[]string{"2024-09-03 . 2025-08-31", "2024-09-03 2025-09-01 2026-08-31", "2023-09-03 2025-09-01 2026-08-31"},
			"E 2023-09-03 2025-08-31, R 2025-09-01 2026-08-31",
		},
		"the first day is corrected beyond its end": {
			[]string{"2023-09-03 . 2024-08-31", "2023-09-03 2025-09-01 2026-08-31", "2025-01-03 2025-09-01 2026-08-31"},
			"E 2025-01-03 ., R 2025-09-01 2026-08-31",
		},
		"the first day is corrected and back": {
			[]string{"2024-09-03 . 2025-08-31", "2042-09-03 . 2043-08-31", "2024-09-03 . 2025-08-31"}, "E 2024-09-03 2025-08-31",
		},
		"the first day is corrected beyond renewals": {
			[]string{"2020-09-03 2021-09-03 2022-09-02", "2024-09-03 . 2025-08-31"}, "E 2024-09-03 2025-08-31",
		},
		"what was called the first was a renewal": {
			[]string{"2024-09-03 . 2025-09-02", "2019-09-03 2024-09-03 2025-09-02"}, "E 2019-09-03 ., R 2024-09-03 2025-09-02",
		},
		"what was called a renewal was the first, and is one again": {
			[]string{"2019-01-01 2024-09-03 2025-09-02", "2024-09-03 . 2025-09-02", "2018-01-01 2024-09-03 2025-09-02"},
			"E 2018-01-01 ., R 2024-09-03 2025-09-02",
		},
		"a renewal's day is corrected, later": {
			[]string{"2023-09-01 . 2024-08-31", "2023-09-01 2024-09-01 2025-08-31", "2023-09-01 2024-09-10 2025-08-31"},
			"E 2023-09-01 2024-08-31, R 2024-09-10 2025-08-31",
		},
		"a renewal's day is corrected, earlier": {
			[]string{"2023-09-01 . 2024-08-31", "2023-09-01 2024-09-10 2025-08-31", "2023-09-01 2024-09-01 2025-08-31"},
			"E 2023-09-01 2024-08-31, R 2024-09-01 2025-08-31",
		},
		"a renewal that is typed day first, end after": {
			[]string{"2023-09-01 2024-09-01 2025-08-31", "2023-09-01 2025-08-20 2025-08-31", "2023-09-01 2025-08-20 2026-08-31"},
			"E 2023-09-01 ., R 2024-09-01 2025-08-19, R 2025-08-20 2026-08-31",
		},
		"a renewal is undone": {
			[]string{"2023-09-01 2024-09-01 2025-08-31", "2023-09-01 2025-08-20 2026-08-31", "2023-09-01 2024-09-01 2025-08-31"},
			"E 2023-09-01 ., R 2024-09-01 2025-08-31",
		},
		"a system without renewals says the card's end": {
			[]string{"2023-09-01 . 2024-08-31", "2023-09-01 2024-09-01 2025-08-31", "2023-09-01 . 2025-08-31"},
			"E 2023-09-01 2024-08-31, R 2024-09-01 2025-08-31",
		},
		"a system without renewals ends the card early": {
			[]string{"2023-09-01 . 2024-08-31", "2023-09-01 2024-09-01 2025-08-31", "2023-09-01 . 2025-01-15"},
			"E 2023-09-01 2024-08-31, R 2024-09-01 2025-01-15",
		},
		"a system without renewals ends a card the hub knows no other end of": {
			[]string{"2023-09-01 2024-09-01 2025-08-31", "2023-09-01 . 2025-01-15"}, "E 2023-09-01 ., R 2024-09-01 2025-01-15",
		},
		"the first renewal is undone": {
			[]string{"2023-09-01 . 2024-08-31", "2023-09-01 2024-09-01 2025-08-31", "2023-09-01 . 2024-08-31"}, "E 2023-09-01 2024-08-31",
		},
		"a version without dates changes nothing": {
			[]string{"2023-09-01 2024-09-01 2025-08-31", ". . ."}, "E 2023-09-01 ., R 2024-09-01 2025-08-31",
		},
		"a new number": {
			[]string{"A1: 2023-09-01 . 2024-08-31", "B1: 2023-09-01 . 2024-08-31", "B1: 2023-09-01 2024-09-01 2025-08-31"},
			"E 2023-09-01 2024-08-31, R 2024-09-01 2025-08-31",
		},
		"a new number that is a new record": {
			[]string{"A1: 2023-09-01 2024-09-01 2025-08-31", "B1: 2025-03-15 . 2025-08-31"}, "E 2023-09-01 ., R 2024-09-01 2025-08-31",
		},
		"a new number that is a new record, prolonged": {
			[]string{"A1: 2023-09-01 2024-09-01 2025-08-31", "B1: 2025-03-15 . 2026-03-14"}, "E 2023-09-01 ., R 2024-09-01 2026-03-14",
		},
		"a new number on the day of a renewal": {
			[]string{"A1: 2023-09-01 2024-09-01 2025-08-31", "B1: 2024-09-01 . 2025-08-31"}, "E 2023-09-01 ., R 2024-09-01 2025-08-31",
		},
		"a new number after the card had ended": {
			[]string{"A1: 2020-09-01 . 2021-08-31", "B1: 2024-09-01 . 2025-08-31"}, "E 2020-09-01 2021-08-31, R 2024-09-01 2025-08-31",
		},
		"a new number, ended early": {
			[]string{"A1: 2024-09-01 . 2025-08-31", "B1: 2025-03-15 . 2025-08-31", "B1: 2025-03-15 . 2025-04-01"}, "E 2024-09-01 2025-04-01",
		},
		"two cards that were one person's, the older goes on": {
			[]string{
				"A1: 2023-09-01 . 2024-08-31", "B1: 2024-01-10 . 2025-01-09", "A1: 2023-09-01 2024-09-01 2025-08-31",
				"B1: 2024-01-10 2025-01-05 2026-01-09", "A1: 2023-09-01 2024-09-01 2025-08-31",
			},
			"E 2023-09-01 2024-08-31, R 2024-09-01 2025-01-04, R 2025-01-05 2025-08-31",
		},
		"two cards that were one person's, the newer goes on": {
			[]string{"A1: 2020-09-01 . 2021-08-31", "B1: 2024-01-10 . 2025-01-09", "B1: 2024-01-10 . 2025-01-09"},
			"E 2020-09-01 2021-08-31, R 2024-01-10 2025-01-09",
		},
		"of two cards one ended early as a double": {
			[]string{
				"A1: 2023-09-01 . 2024-08-31", "B1: 2022-01-10 2024-01-10 2025-01-09", "B1: 2022-01-10 2024-01-10 2024-02-01",
				"A1: 2023-09-01 . 2024-08-31",
			},
			"E 2022-01-10 ., R 2023-09-01 2024-01-09, R 2024-01-10 2024-08-31",
		},
		"a date that is none": {[]string{"2024-02-30 . 2025-08-31"}, ""},
	} {
		if got := told(cards.Periods(said(c.versions...))); got != c.want {
			t.Errorf("%s\n%s\n got %s\nwant %s", what, strings.Join(c.versions, "\n"), got, c.want)
		}
	}
}

// Where a reader lived and was enrolled is what the last version said that
// spoke of the period.
func TestAPeriodIsCountedWhereItWasLast(t *testing.T) {
	versions := said("2023-09-01 . 2024-08-31", "2023-09-01 . 2024-08-31", "2023-09-01 2024-09-01 2025-08-31", "2023-09-02 2024-09-01 2025-08-31")
	for i, town := range []string{"ROMANS SUR ISERE", "Bourg-de-Péage", "Mours", "St Paul les Romans"} {
		versions[i].Town, versions[i].EnrolledAt, versions[i].BirthDate = town, []string{"a", "b", "c", "d"}[i], "2013-09-02"
	}
	counted := cards.CountCard(versions, "")
	if len(counted) != 2 {
		t.Fatalf("%+v", counted)
	}
	first, second := counted[0], counted[1]
	if first.Town != "BOURGDEPEAGE" || first.Establishment != "b" || first.Age != "6-10" || first.Renewal || first.Start != cards.MonthOf(2023, 9) ||
		first.Stop != cards.MonthOf(2024, 9) || first.Ended != 0 {
		t.Errorf("%+v", first)
	}
	if second.Town != "SAINTPAULLESROMANS" || second.Establishment != "d" || second.Age != "6-10" || !second.Renewal ||
		second.Stop != cards.MonthOf(2025, 9) || second.Ended != cards.MonthOf(2025, 8) {
		t.Errorf("%+v", second)
	}
}

func TestTownsOfManySpellingsAreOne(t *testing.T) {
	for want, spellings := range map[string][]string{
		"Romans-sur-Isère":      {"ROMANS SUR ISERE", "Romans-sur-Isère", "romans sur isère", "ROMANS S/ISERE", "Romans-sur-Isère CEDEX 1"},
		"Saint-Paul-lès-Romans": {"ST PAUL LES ROMANS", "St-Paul-lès-Romans", "Saint-Paul-lès-Romans", "SAINT PAUL LES ROMANS"},
		"L'Œil":                 {"L'OEIL", "L'Œil", "l oeil"},
		"STE EULALIE":           {"STE EULALIE"},
	} {
		for i := range spellings {
			label := ""
			for j := range spellings {
				label = cards.NicerTown(label, spellings[(i+j)%len(spellings)])
			}
			if label != want {
				t.Errorf("from %s on: %s, want %s", spellings[i], label, want)
			}
			if got := cards.FoldTown(spellings[i]); got != cards.FoldTown(want) {
				t.Errorf("%s is %s, %s is %s", spellings[i], got, want, cards.FoldTown(want))
			}
		}
	}
	if cards.FoldTown("Mours") == cards.FoldTown("Mars") || cards.FoldTown("—") != cards.UnknownValue {
		t.Error("towns that are none, or not the same")
	}
}

func TestAgeBands(t *testing.T) {
	for _, c := range []struct{ birth, day, want string }{
		{"2020-09-10", "2026-09-09", "0-5"}, {"2020-09-10", "2026-09-10", "6-10"}, {"2020-09", "2026-09-30", "0-5"}, {"2020-09", "2026-10-01", "6-10"},
		{"2020", "2026-01-01", "6-10"}, {"2012-02-29", "2023-02-28", "6-10"}, {"2012-02-29", "2023-03-01", "11-14"}, {"2011-01-01", "2026-01-01", "15-24"},
		{"2002-01-01", "2026-01-01", "15-24"}, {"2001-01-01", "2026-01-01", "25-64"}, {"1961-01-01", "2025-12-31", "25-64"}, {"1961-01-01", "2026-01-01", "65+"},
		{"", "2026-01-01", ""}, {"1850-01-01", "2026-01-01", ""}, {"2027-01-01", "2026-01-01", ""}, {"19", "2026-01-01", ""}, {"abcd", "2026-01-01", ""},
		{"2026-01-02", "2026-01-01", ""}, {"2026", "2026-01-01", "0-5"},
	} {
		if got := cards.AgeBand(c.birth, c.day); got != c.want {
			t.Errorf("born %q, on %s: %q, want %q", c.birth, c.day, got, c.want)
		}
	}
}
