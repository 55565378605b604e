package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// How long it takes to read statistics of many cards against those of few, and
// to count them, beside taking cards in:
//
//	go test -run '^$' -bench Statistics -benchtime 1x ./internal/store
//
// Cards are of 200 establishments and 400 towns, over ten years, two versions
// each. The read of an empty database stands beside, and what the benchmark of a
// table says is the slowest of the four dimensions.
func BenchmarkStatisticsRead(b *testing.B) {
	for _, n := range []int{0, 10_000, 100_000} {
		s := storetest.Postgres(b)
		fillReaders(b, s, n)
		countStatistics(b, s)
		if err := s.Exec(ctx, "ANALYZE"); err != nil {
			b.Fatal(err)
		}
		for _, table := range []struct {
			name string
			read func(d cards.Dimension) error
		}{
			{"12 months", func(d cards.Dimension) error {
				_, err := s.Statistics(ctx, cards.StatisticsQuery{Dimension: d, From: cards.MonthOf(2025, 1), To: cards.MonthOf(2025, 12)})
				return err
			}},
			{"3 years side by side", func(d cards.Dimension) error {
				_, err := s.StatisticsYears(ctx, cards.YearsQuery{Dimension: d, From: 2024, To: 2026})
				return err
			}},
		} {
			for _, d := range cards.Dimensions() {
				b.Run(fmt.Sprintf("%s/%s/%d cards", table.name, d, n), func(b *testing.B) {
					for range b.N {
						if err := table.read(d); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}

// BenchmarkStatisticsCount counts cards from the first change on.
func BenchmarkStatisticsCount(b *testing.B) {
	const readers = 100_000
	s := storetest.Postgres(b)
	fillReaders(b, s, readers)
	b.ResetTimer()
	for range b.N {
		for _, statement := range []string{"TRUNCATE statistics, statistics_years, statistics_cards", "DELETE FROM marks"} {
			if err := s.Exec(ctx, statement); err != nil {
				b.Fatal(err)
			}
		}
		countStatistics(b, s)
	}
	b.ReportMetric(float64(readers)*float64(b.N)/b.Elapsed().Seconds(), "cards/s")
}

// BenchmarkStatisticsBesideApply takes cards in, alone and while the job counts
// the very same cards, ten times as often as its schedule has it.
func BenchmarkStatisticsBesideApply(b *testing.B) {
	for _, counting := range []bool{false, true} {
		b.Run(fmt.Sprintf("counting=%t", counting), func(b *testing.B) {
			const batches, size = 10, 500
			s := storetest.Postgres(b)
			mours := storetest.Library(b, s, "mours")
			stop, stopped := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(stopped)
				for counting {
					select {
					case <-stop:
						return
					case <-time.After(time.Second):
					}
					if _, err := s.CountStatistics(ctx); err != nil {
						b.Error(err)
						return
					}
				}
			}()
			b.ResetTimer()
			for turn := range b.N {
				for batch := range batches {
					incoming := make([]cards.Incoming, size)
					for i := range incoming {
						incoming[i] = storetest.Card(fmt.Sprintf("N%d-%d-%d", turn, batch, i))
					}
					storetest.Send(b, s, mours, incoming...)
				}
			}
			b.ReportMetric(float64(batches*size*b.N)/b.Elapsed().Seconds(), "cards/s")
			close(stop)
			<-stopped
		})
	}
}

// fillReaders makes n cards that were enrolled over ten years and renewed once.
func fillReaders(b *testing.B, s *store.Store, n int) {
	b.Helper()
	if n == 0 {
		return
	}
	const content = `'{"number":"N' || n || '","last_name":"Dupré","first_name":"Hélène","birth_date":"' || (1940 + n % 80) || '-05-01","address":{"lines":["12 rue des Lilas"],
		"postcode":"26100","town":"Commune-' || n % 400 || '"},"phone":"0475000000","enrolled_at":"bib-' || n % 200 || '","enrolment":{"first":"' ||
		(date '2016-01-01' + (n % 3285)::int) || '","end":"' || (date '2016-12-31' + (n % 3285)::int) || '"}}'`
	renewed := strings.Replace(content, `","end":"' || (date '2016-12-31' + (n % 3285)::int)`, `","renewed":"' || (date '2017-01-01' + (n % 3285)::int) || '","end":"' || (date '2017-12-31' + (n % 3285)::int)`, 1)
	for _, statement := range []string{
		`INSERT INTO cards (oai_id, number, number_key, content, field_seqs, xml, provenance, seq, stamp, origin, ends, listed_until, created)
			SELECT 'oai' || n, 'N' || n, 'n' || n, ` + renewed + `, '[]', convert_to(repeat('x', 600), 'UTF8'), '', @n + n, 1700000000, 1, '2099-01-01', '2099-01-01', 0
			FROM generate_series(1, @n) n`,
		`INSERT INTO versions (card_id, seq, stamp, content, changed, origin, library_id, door, deposit_id, provenance)
			SELECT id, n, 1700000000, ` + content + `, 1, 1, 1, 'post', 0, '' FROM cards, LATERAL (SELECT seq - @n AS n) numbered`,
		`INSERT INTO versions (card_id, seq, stamp, content, changed, origin, library_id, door, deposit_id, provenance)
			SELECT id, seq, 1700000000, content, 1, 1, 1, 'post', 0, '' FROM cards`,
		`UPDATE clock SET seq = @n * 2, stamp = 1700000000`,
		`ANALYZE`,
	} {
		if err := s.Exec(ctx, strings.ReplaceAll(statement, "@n", fmt.Sprint(n))); err != nil {
			b.Fatal(err)
		}
	}
}
