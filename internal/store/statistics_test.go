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

// What changes nothing of enrolments costs nothing: no row is written.
func TestWhatStatisticsDoNotTellOfCostsThemNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		storetest.Send(t, s, mours, enrolled("A1", "2024-01-31", "", "2025-01-30"))
		countStatistics(t, s)
		for _, table := range []string{"statistics", "statistics_years", "statistics_cards"} {
			if err := s.Exec(ctx, "DELETE FROM "+table+" WHERE 0 = 1"); err != nil {
				t.Fatal(err)
			}
			forbid(t, s, table)
		}
		storetest.Send(t, s, mours, enrolled("A1", "2024-01-31", "", "2025-01-30", func(c *cards.Card) { c.Phone = "04 75 11 11 11" }))
		countStatistics(t, s)
		storetest.Send(t, s, mours, enrolled("A1", "2024-01-31", "", "2025-01-31"))
		if _, err := s.CountStatistics(ctx); err == nil {
			t.Error("nothing was written of another end: the test forbids nothing")
		}
		if left := monthly(t, s, cards.ByNothing, "2024-01", "2024-12"); left.Behind != 1 {
			t.Errorf("the cursor moved on without the figures: %+v", left.Counting)
		}
	})
}

// forbid has the database refuse to write to a table.
func forbid(t *testing.T, s *store.Store, table string) {
	t.Helper()
	statements := []string{
		"CREATE FUNCTION forbid_" + table + "() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'forbidden'; END $$",
		"CREATE TRIGGER forbid BEFORE INSERT OR UPDATE OR DELETE ON " + table + " FOR EACH ROW EXECUTE FUNCTION forbid_" + table + "()",
	}
	if !s.OnPostgres() {
		statements = nil
		for _, event := range []string{"INSERT", "UPDATE", "DELETE"} {
			statements = append(statements, fmt.Sprintf("CREATE TRIGGER forbid_%s_%s BEFORE %s ON %s BEGIN SELECT RAISE(ABORT, 'forbidden'); END", event, table, event, table))
		}
	}
	for _, statement := range statements {
		if err := s.Exec(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
}

// An erased card is counted up to that day, also where it was not counted yet,
// and leaves nothing that is its own.
func TestAnErasedCardStaysInTheFiguresOnly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		storetest.Send(t, s, mours, enrolled("A1", "2024-01-31", "", "2099-01-30"), enrolled("A2", "2024-01-31", "", "2099-01-30"))
		if _, err := s.CountPortion(ctx, 1); err != nil {
			t.Fatal(err)
		}
		for _, number := range []string{"A1", "A2"} {
			if _, err := s.Erase(ctx, number, "Claire"); err != nil {
				t.Fatal(err)
			}
		}
		countStatistics(t, s)
		now, err := s.Now(ctx)
		if err != nil {
			t.Fatal(err)
		}
		month := now.Format("2006-01")
		found := monthly(t, s, cards.ByNothing, "2024-01", month).Total.Figures
		if found[0].Enrolled != 2 || found[0].Active != 2 || found[len(found)-1].Ended != 2 || found[len(found)-2].Active != 2 {
			t.Errorf("%+v", found)
		}
		var left int64
		if err := s.Read(ctx, &left, "SELECT count(*) FROM statistics_cards"); err != nil || left != 0 {
			t.Errorf("%d rows of erased cards, %v", left, err)
		}
	})
}

// A reader who enrolled for the next year and asked to be forgotten before it
// came is none of that year's readers.
func TestAnErasedCardIsNotEnrolledAfterwards(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		storetest.Send(t, s, mours, enrolled("A1", "2024-01-31", "2098-02-01", "2099-01-30"), enrolled("A2", "2098-02-01", "", "2099-01-30"))
		countStatistics(t, s)
		for _, number := range []string{"A1", "A2"} {
			if _, err := s.Erase(ctx, number, "Claire"); err != nil {
				t.Fatal(err)
			}
		}
		var rows []string
		err := s.Read(ctx, &rows, "SELECT dimension FROM statistics WHERE month >= ? AND (enrolled <> 0 OR renewed <> 0)", int(cards.MonthOf(2098, 1)))
		if err != nil || len(rows) > 0 {
			t.Errorf("counted when they were erased: %v, %v", rows, err)
		}
		if found := monthly(t, s, cards.ByNothing, "2024-01", "2024-01").Total.Figures; found[0].Enrolled != 1 {
			t.Errorf("%+v", found)
		}
	})
}

// Cards are taken over and erased while the job counts them; whatever comes
// first, in the end each reader is counted once.
func TestStatisticsBesideDecisionsEndWell(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const couples = 30
		mours := storetest.Library(t, s, "mours")
		names := func(i int) (keep, gone string) { return fmt.Sprintf("K%d", i), fmt.Sprintf("G%d", i) }
		for i := range couples {
			keep, gone := names(i)
			person := named("Dupré", "Hélène", fmt.Sprint(1900+i))
			storetest.Send(t, s, mours, enrolled(keep, "2024-01-31", "", "2025-01-30", person), enrolled(gone, "2024-01-31", "", "2025-01-30", person))
		}
		lookForLikenesses(t, s)
		done := make(chan error, 1)
		go func() {
			for i := range couples {
				keep, gone := names(i)
				if err := s.SamePerson(ctx, keep, gone, "Claire"); err != nil {
					done <- err
					return
				}
				if i%3 == 0 {
					if _, err := s.Erase(ctx, keep, "Claire"); err != nil {
						done <- err
						return
					}
				}
			}
			done <- nil
		}()
		for deciding := true; deciding; {
			select {
			case err := <-done:
				if err != nil {
					t.Error(err)
				}
				deciding = false
			default: // every card is counted anew
				if err := s.Exec(ctx, "UPDATE marks SET seq = 0 WHERE library_id = 0 AND door = 'statistiques'"); err != nil {
					t.Fatal(err)
				}
				if _, err := s.CountPortion(ctx, 7); err != nil {
					t.Fatal(err)
				}
			}
		}
		countStatistics(t, s)
		found := monthly(t, s, cards.ByNothing, "2024-01", "2025-01").Total.Figures
		if found[0].Enrolled != couples || found[0].Active != couples || found[12].Ended != couples {
			t.Errorf("%d readers: %+v", couples, found)
		}
	})
}

// A database from before the statistics is counted from its first change on.
func TestWhatWasThereBeforeIsCounted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		storetest.Send(t, s, mours, enrolled("A1", "2024-01-31", "", "2025-01-30"))
		storetest.Send(t, s, mours, enrolled("A1", "2024-01-31", "2025-02-01", "2026-01-31"))
		countStatistics(t, s)
		if found := monthly(t, s, cards.ByNothing, "2024-01", "2025-12").Total.Figures; found[0].Enrolled != 1 || found[13].Renewed != 1 {
			t.Errorf("%+v", found)
		}
	})
}
