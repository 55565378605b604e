package cards_test

import (
	"slices"
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
		"no version":                    {nil, ""},
		"a renewal's date that is none": {[]string{"2024-09-01 2025-02-30 2025-08-31"}, "E 2024-09-01 2025-08-31"},
		"renewed on the last day": {
			[]string{"2024-09-01 . 2025-08-31", "2024-09-01 2025-08-31 2026-08-30"}, "E 2024-09-01 2025-08-30, R 2025-08-31 2026-08-30",
		},
		"renewed without being prolonged": {
			[]string{"2023-09-01 . 2024-08-31", "2023-09-01 2024-03-01 2024-08-31"}, "E 2023-09-01 2024-02-29, R 2024-03-01 2024-08-31",
		},
		"a renewal's day is corrected, the enrolment is not known": {
			[]string{". 2024-09-01 2025-08-31", ". 2024-09-10 2025-08-31"}, "R 2024-09-10 2025-08-31",
		},
		"what was called a renewal was the first": {
			[]string{"2019-01-01 2024-09-03 2025-09-02", "2024-09-03 . 2025-09-02"}, "E 2024-09-03 2025-09-02",
		},
		"what was called a renewal was the first, and is renewed": {
			[]string{"2023-09-01 . 2024-08-31", "2023-09-01 2024-06-15 2025-08-31", "2024-06-15 2025-09-01 2026-08-31"},
			"E 2024-06-15 2025-08-31, R 2025-09-01 2026-08-31",
		},
		"an early renewal is undone": {
			[]string{"2023-09-01 . 2024-08-31", "2023-09-01 2024-06-15 2025-08-31", "2023-09-01 . 2024-08-31"}, "E 2023-09-01 2024-08-31",
		},
		"a late renewal is undone, the end moved": {
			[]string{"2023-09-01 . 2024-08-31", "2023-09-01 2024-11-01 2025-10-31", "2023-09-01 . 2024-09-15"}, "E 2023-09-01 2024-09-15",
		},
		"an early renewal is undone, and the first day corrected": {
			[]string{"2023-09-03 . 2024-08-31", "2023-09-03 2024-06-15 2025-08-31", "2023-09-01 . 2024-08-31"}, "E 2023-09-01 2024-08-31",
		},
		"a system without renewals does not say the end": {
			[]string{"2023-09-01 2024-09-01 2025-08-31", "2023-09-01 . ."}, "E 2023-09-01 ., R 2024-09-01 2025-08-31",
		},
		"a new number on the last day": {
			[]string{"A1: 2023-09-01 . 2024-08-31", "B1: 2024-08-31 . 2025-08-30"}, "E 2023-09-01 2025-08-30",
		},
		"a new number on the day after": {
			[]string{"A1: 2023-09-01 . 2024-08-31", "B1: 2024-09-01 . 2025-08-31"}, "E 2023-09-01 2024-08-31, R 2024-09-01 2025-08-31",
		},
		"a new number with another end": {
			[]string{"A1: 2024-09-01 . 2025-08-31", "B1: 2024-09-01 . 2026-03-01"}, "E 2024-09-01 2026-03-01",
		},
		"a new number of a card that was renewed": {
			[]string{"A1: 2023-09-01 2024-09-01 2025-08-31", "B1: 2023-09-01 2024-09-01 2025-08-31", "B1: 2023-09-01 2025-09-01 2026-08-31"},
			"E 2023-09-01 ., R 2024-09-01 2025-08-31, R 2025-09-01 2026-08-31",
		},
		"a new number after the card had ended, renewed before known": {
			[]string{"A1: 2020-09-01 . 2021-08-31", "B1: 2023-01-01 2024-09-01 2025-08-31"}, "E 2020-09-01 2021-08-31, R 2023-01-01 ., R 2024-09-01 2025-08-31",
		},
		"of two cards the older goes on, ended before the newer began": {
			[]string{"A1: 2023-09-01 . 2024-08-31", "B1: 2024-09-01 . 2025-08-31", "A1: 2023-09-01 . 2024-03-01"}, "E 2023-09-01 2024-03-01, R 2024-09-01 .",
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

// What a version says of a card is what is counted of it.
func TestWhatIsCountedOfACard(t *testing.T) {
	card := cards.Card{
		Number: "A1", EnrolledAt: "mours", BirthDate: "2013-09-02", Address: cards.Address{Town: "Mours"},
		Enrolment: cards.Registration{First: "2024-09-01", Renewed: "2025-09-01", End: "2026-08-31"},
	}
	want := cards.EnrolmentVersion{Number: "A1", Enrolment: card.Enrolment, EnrolledAt: "mours", Town: "Mours", BirthDate: "2013-09-02"}
	if got := cards.EnrolmentVersionOf(&card); got != want {
		t.Errorf("%+v", got)
	}
}

// A card ends where it is not renewed in time, counts as active up to the last month on whose last day it is valid, and
// is no reader's after the day on which it is erased.
func TestWhenACardEnds(t *testing.T) {
	renewed := []string{"2023-09-01 . 2024-08-31", "2023-09-01 2024-09-01 2025-08-15"}
	late := []string{"2023-09-01 . 2024-08-31", "2023-09-01 2024-11-02 2025-08-15"}
	period := func(start, stop, ended cards.Month) [3]cards.Month { return [3]cards.Month{start, stop, ended} }
	month := cards.MonthOf
	for what, c := range map[string]struct {
		versions []string
		until    string
		want     [][3]cards.Month
	}{
		"nothing is known":             {nil, "", nil},
		"on the last day of a month":   {[]string{"2023-09-01 . 2024-08-31"}, "", [][3]cards.Month{period(month(2023, 9), month(2024, 9), month(2024, 8))}},
		"within a month":               {[]string{"2023-09-01 . 2024-08-15"}, "", [][3]cards.Month{period(month(2023, 9), month(2024, 8), month(2024, 8))}},
		"nobody knows when":            {[]string{"2023-09-01 . ."}, "", [][3]cards.Month{period(month(2023, 9), 0, 0)}},
		"renewed in time":              {renewed, "", [][3]cards.Month{period(month(2023, 9), month(2024, 9), 0), period(month(2024, 9), month(2025, 8), month(2025, 8))}},
		"renewed late":                 {late, "", [][3]cards.Month{period(month(2023, 9), month(2024, 9), month(2024, 8)), period(month(2024, 11), month(2025, 8), month(2025, 8))}},
		"erased before it was renewed": {renewed, "2024-02-10", [][3]cards.Month{period(month(2023, 9), month(2024, 2), month(2024, 2))}},
		"erased on the day of renewal": {renewed, "2024-09-01", [][3]cards.Month{period(month(2023, 9), month(2024, 9), 0), period(month(2024, 9), month(2024, 9), month(2024, 9))}},
		"erased when it had ended":     {late, "2026-01-01", [][3]cards.Month{period(month(2023, 9), month(2024, 9), month(2024, 8)), period(month(2024, 11), month(2025, 8), month(2025, 8))}},
	} {
		var got [][3]cards.Month
		for _, p := range cards.CountCard(said(c.versions...), c.until) {
			got = append(got, period(p.Start, p.Stop, p.Ended))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", what, got, c.want)
		}
	}
}

// Figures are moved by what a card adds, in each dimension alone; what is taken out again leaves nothing.
func TestFiguresAreMovedAndMovedBack(t *testing.T) {
	counted := []cards.CountedPeriod{
		{Start: cards.MonthOf(2024, 1), Stop: cards.MonthOf(2024, 12), Ended: cards.MonthOf(2024, 12), Establishment: "mours", Town: "MOURS", Age: "6-10"},
		{Start: cards.MonthOf(2025, 3), Renewal: true, Stop: cards.MonthOf(2025, 3), Establishment: "mours", Town: "MOURS", Age: "6-10"},
	}
	tally := cards.Tally{}
	tally.Add(counted, 1)
	tally.Add(counted[:1], 1)
	for dimension, value := range map[cards.Dimension]string{cards.ByNothing: "", cards.ByEstablishment: "mours", cards.ByTown: "MOURS", cards.ByAge: "6-10"} {
		for month, want := range map[cards.Month]cards.Count{
			cards.MonthOf(2024, 1): {Enrolled: 2, Change: 2}, cards.MonthOf(2024, 12): {Ended: 2, Change: -2}, cards.MonthOf(2025, 3): {Renewed: 1},
		} {
			if got := tally[cards.CountKey{Dimension: dimension, Value: value, Month: month}]; got != want {
				t.Errorf("%s %q in %s: %+v, want %+v", dimension, value, month, got, want)
			}
		}
	}
	if len(tally) != 4*3 {
		t.Errorf("%d figures", len(tally))
	}
	tally.Add(counted[:1], -1)
	tally.Add(counted, -1)
	if len(tally) != 0 {
		t.Errorf("left: %v", tally)
	}
}

func TestTownsOfManySpellingsAreOne(t *testing.T) {
	for want, spellings := range map[string][]string{
		"Romans-sur-Isère":      {"ROMANS SUR ISERE", "Romans-sur-Isère", "romans sur isère", "ROMANS S/ISERE", "Romans-sur-Isère CEDEX 1"},
		"Saint-Paul-lès-Romans": {"ST PAUL LES ROMANS", "St-Paul-lès-Romans", "Saint-Paul-lès-Romans", "SAINT PAUL LES ROMANS"},
		"L'Œil":                 {"L'OEIL", "L'Œil", "l oeil"},
		"Sainte-Eulalie":        {"STE EULALIE", "Ste-Eulalie", "Sainte-Eulalie"},
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
	for _, two := range [][2]string{ // the nicer one first
		{"Mours", "MOURS"}, {"Mours", "mours"}, {"Péage", "Peage"}, {"Saint-Paul", "Saint Paul"}, {"Romans", "ROMANS SUR ISERE"},
		{"Romans-sur-Isère", "Romans-s/Isère"}, {"Valence", "Valence CEDEX"}, {"L'Écrin", "l'Écrin"}, {"Die", ""},
	} {
		if a, b := cards.NicerTown(two[0], two[1]), cards.NicerTown(two[1], two[0]); a != two[0] || b != two[0] {
			t.Errorf("of %q: %q, the other way round %q", two, a, b)
		}
	}
	if cards.FoldTown("Mours") == cards.FoldTown("Mars") || cards.FoldTown("—") != cards.UnknownValue {
		t.Error("towns that are none, or not the same")
	}
}

func TestAgeBands(t *testing.T) {
	for _, c := range []struct{ birth, day, want string }{
		{"2020-09-10", "2026-09-09", "0-5"}, {"2020-09-10", "2026-09-10", "6-10"}, {"2020-09", "2026-09-30", "0-5"}, {"2020-09", "2026-10-01", "6-10"},
		{"2020", "2026-01-01", "6-10"}, {"2012-02-29", "2023-02-28", "6-10"}, {"2012-02-29", "2023-03-01", "11-14"}, {"2012-01-01", "2026-01-01", "11-14"}, {"2011-01-01", "2026-01-01", "15-24"},
		{"2002-01-01", "2026-01-01", "15-24"}, {"2001-01-01", "2026-01-01", "25-64"}, {"1961-01-01", "2025-12-31", "25-64"}, {"1961-01-01", "2026-01-01", "65+"},
		{"", "2026-01-01", ""}, {"1850-01-01", "2026-01-01", ""}, {"2027-01-01", "2026-01-01", ""}, {"19", "2026-01-01", ""}, {"abcd", "2026-01-01", ""},
		{"2026-01-02", "2026-01-01", ""}, {"2026", "2026-01-01", "0-5"},
	} {
		if got := cards.AgeBand(c.birth, c.day); got != c.want {
			t.Errorf("born %q, on %s: %q, want %q", c.birth, c.day, got, c.want)
		}
	}
}
