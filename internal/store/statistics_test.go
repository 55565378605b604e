package store_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// countStatistics runs the job until it has seen all there is.
func countStatistics(t testing.TB, s *store.Store) {
	t.Helper()
	for more := true; more; {
		var err error
		if more, err = s.CountStatistics(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

// enrolled makes a card of its three dates.
func enrolled(number, first, renewed, end string, change ...func(*cards.Card)) cards.Incoming {
	in := storetest.Card(number, append([]func(*cards.Card){func(c *cards.Card) {
		c.Enrolment = cards.Registration{First: first, Renewed: renewed, End: end}
	}}, change...)...)
	return in
}

func at(town string) func(*cards.Card) { return func(c *cards.Card) { c.Address.Town = town } }

// wantTable compares a table's lines, whatever their number of columns.
func wantTable(t *testing.T, table *cards.Table, want ...string) {
	t.Helper()
	var got []string
	for _, record := range table.Records() {
		got = append(got, strings.Join(record, " | "))
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s:\n%s\nwant\n%s", table.Title, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func monthly(t *testing.T, s *store.Store, d cards.Dimension, from, to string) *cards.Statistics {
	t.Helper()
	a, err := cards.ParseMonth(from)
	if err != nil {
		t.Fatal(err)
	}
	b, err := cards.ParseMonth(to)
	if err != nil {
		t.Fatal(err)
	}
	found, err := s.Statistics(ctx, cards.StatisticsQuery{Dimension: d, From: a, To: b})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func yearly(t *testing.T, s *store.Store, q cards.YearsQuery) *cards.YearlyStatistics {
	t.Helper()
	found, err := s.StatisticsYears(ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestStatisticsAreCountedByMonthAndValue(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		storetest.Send(t, s, mours,
			enrolled("A1", "2019-09-03", "2025-09-10", "2026-09-09"),
			enrolled("A2", "2025-03-01", "", "2026-02-28", at("ST PAUL LES ROMANS")),
			enrolled("A3", "2025-03-31", "", "2025-12-31", at("Saint-Paul-lès-Romans")))
		if before := monthly(t, s, cards.ByTown, "2025-01", "2025-12"); before.Behind != 3 || len(before.Rows) != 0 || !before.AsOf.IsZero() {
			t.Errorf("before the job: %+v", before)
		}
		countStatistics(t, s)
		found := monthly(t, s, cards.ByTown, "2025-08", "2026-03")
		if found.Behind != 0 || found.AsOf.IsZero() {
			t.Errorf("after the job: %+v", found.Counting)
		}
		const head = "Commune | 2025-08 | 2025-09 | 2025-10 | 2025-11 | 2025-12 | 2026-01 | 2026-02 | 2026-03"
		wantTable(t, found.ByMonths(cards.MeasureActive), head,
			"Romans-sur-Isère | 0 | 1 | 1 | 1 | 1 | 1 | 1 | 1",
			"Saint-Paul-lès-Romans | 2 | 2 | 2 | 2 | 2 | 1 | 1 | 0",
			"Total | 2 | 3 | 3 | 3 | 3 | 2 | 2 | 1")
		wantTable(t, found.ByMonths(cards.MeasureEnded), head,
			"Saint-Paul-lès-Romans | 0 | 0 | 0 | 0 | 1 | 0 | 1 | 0", "Total | 0 | 0 | 0 | 0 | 1 | 0 | 1 | 0")
		wantTable(t, found.ByMonths(cards.MeasureRenewed), head,
			"Romans-sur-Isère | 0 | 1 | 0 | 0 | 0 | 0 | 0 | 0", "Total | 0 | 1 | 0 | 0 | 0 | 0 | 0 | 0")
		years := yearly(t, s, cards.YearsQuery{Dimension: cards.ByTown, From: 2019, To: 2025})
		wantTable(t, years.ByYears(cards.MeasureEnrolled), "Commune | 2019 | 2020 | 2021 | 2022 | 2023 | 2024 | 2025",
			"Romans-sur-Isère | 1 | 0 | 0 | 0 | 0 | 0 | 0", "Saint-Paul-lès-Romans | 0 | 0 | 0 | 0 | 0 | 0 | 2", "Total | 1 | 0 | 0 | 0 | 0 | 0 | 2")
		wantTable(t, years.ByMeasures(2025), "Commune | Premières inscriptions | Réinscriptions | Fins d’inscription | Cartes actives",
			"Romans-sur-Isère | 0 | 1 | 0 | 1", "Saint-Paul-lès-Romans | 2 | 0 | 1 | 2", "Total | 2 | 1 | 1 | 3")
		through := yearly(t, s, cards.YearsQuery{Dimension: cards.ByEstablishment, From: 2024, To: 2025, Through: 6})
		wantTable(t, through.ByYears(cards.MeasureActive), "Établissement d’inscription | 2024 | 2025", "Bibliothèque de mours (mours) | 0 | 2", "Total | 0 | 2")
		wantTable(t, through.ByYears(cards.MeasureRenewed), "Établissement d’inscription | 2024 | 2025", "Total | 0 | 0")
	})
}

func TestYearsStandSideBySide(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		storetest.Send(t, s, mours, enrolled("A1", "2024-01-31", "", "2025-01-30"), enrolled("A2", "2025-02-01", "", "2025-02-28"))
		countStatistics(t, s)
		want := []string{"Mois | 2024 | 2025"}
		for n := 1; n <= cards.MonthsOfYear; n++ {
			row := "0 | 0"
			switch n {
			case 1:
				row = "1 | 0"
			case 2:
				row = "0 | 1"
			}
			want = append(want, fmt.Sprintf("%s | %s", cards.MonthName(n), row))
		}
		want = append(want, "Total | 1 | 1")
		whole := monthly(t, s, cards.ByNothing, "2024-01", "2025-12")
		wantTable(t, whole.ByYears(cards.MeasureEnrolled), want...)
		if active := whole.ByYears(cards.MeasureActive); active.Total != nil || active.Rows[1].Cells[1].Count != 1 || active.Rows[2].Cells[1].Count != 0 {
			t.Errorf("active cards: %+v", active)
		}
	})
}

// The year that is not over is compared with what is known of it, and months to
// come are not told: the ends of valid cards stand there.
func TestTimeToComeIsNotCounted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		now, err := s.Now(ctx)
		if err != nil {
			t.Fatal(err)
		}
		mours, year := storetest.Library(t, s, "mours"), now.Year()
		storetest.Send(t, s, mours, enrolled("A1", fmt.Sprintf("%d-01-01", year), "", fmt.Sprintf("%d-12-31", year+1)))
		countStatistics(t, s)
		found, err := s.Statistics(ctx, cards.StatisticsQuery{Dimension: cards.ByNothing, From: cards.MonthOf(year, 1), To: cards.MonthOf(year+2, 12)})
		if err != nil || found.To != found.Month() || len(found.Total.Figures) != found.Month().Number() {
			t.Errorf("%+v, %v", found, err)
		}
		years := yearly(t, s, cards.YearsQuery{Dimension: cards.ByNothing, From: year - 1, To: year + 1})
		if years.To != year {
			t.Errorf("until %d", years.To)
		}
		wantTable(t, years.ByYears(cards.MeasureActive), fmt.Sprintf("Réseau | %d | %d", year-1, year), "Réseau | 0 | 1", "Total | 0 | 1")
		wantTable(t, years.ByYears(cards.MeasureEnded), fmt.Sprintf("Réseau | %d | %d", year-1, year), "Total | 0 | 0")
		ahead, err := s.Statistics(ctx, cards.StatisticsQuery{Dimension: cards.ByNothing, From: found.To + 1, To: found.To + 30})
		if err != nil || ahead.Total.Figures[0].Ended != 0 {
			t.Errorf("%+v, %v", ahead, err)
		}
	})
}

func TestSenselessStatisticsAreRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for _, q := range []cards.StatisticsQuery{
			{}, {Dimension: "nom", From: cards.MonthOf(2024, 1), To: cards.MonthOf(2024, 1)},
			{Dimension: cards.ByAge, From: cards.MonthOf(2024, 2), To: cards.MonthOf(2024, 1)},
			{Dimension: cards.ByAge, From: cards.MonthOf(1900, 1), To: cards.MonthOf(2024, 1)},
		} {
			if _, err := s.Statistics(ctx, q); cards.CodeOf(err) != cards.Invalid {
				t.Errorf("%+v: %v", q, err)
			}
		}
		if _, err := s.StatisticsYears(ctx, cards.YearsQuery{Dimension: cards.ByAge, From: 2024, To: 2025, Through: 13}); cards.CodeOf(err) != cards.Invalid {
			t.Errorf("month 13: %v", err)
		}
	})
}
