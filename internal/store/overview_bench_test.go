package store_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// The status of 200 libraries, on PostgreSQL: without cards, with a million of
// them and everybody up to date, and with ten libraries that have all of them
// before them. What was counted is forgotten each time: the worst there is.
//
//	go test -run '^$' -bench Status ./internal/store
func BenchmarkStatus(b *testing.B) {
	const libraries, network = 200, 1_000_000
	s := storetest.Postgres(b)
	for i := range libraries {
		storetest.Library(b, s, fmt.Sprintf("bib-%d", i))
	}
	measure := func(name string) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				s.ForgetOwed()
				if list, err := s.Status(ctx); err != nil || len(list) != libraries {
					b.Fatal(len(list), err)
				}
			}
		})
	}
	measure("empty")
	loadNetwork(b, s, network)
	measure("up-to-date")
	execute(b, s, "UPDATE marks SET seq = library_id * 10 WHERE library_id <= 10")
	measure("ten-far-behind")
	execute(b, s, fmt.Sprintf("UPDATE marks SET seq = %d - library_id * 300", network))
	measure("each-behind-elsewhere")
	execute(b, s, fmt.Sprintf("INSERT INTO hand_again (library_id, card_id, seq, stamp, reason, attempts, due) SELECT 1, id, %d + id, 1700000000, '', 0, 0 FROM cards", network))
	execute(b, s, "ANALYZE hand_again")
	measure("one-handed-everything-again")
}

func loadNetwork(b *testing.B, s *store.Store, n int) {
	b.Helper()
	for _, statement := range []string{
		`INSERT INTO cards (oai_id, number, number_key, content, field_seqs, xml, provenance, seq, stamp, origin, ends, listed_until, created)
			SELECT 'oai' || n, 'N' || n, 'n' || n, repeat('x', 500), '', convert_to(repeat('x', 600), 'UTF8'), '', n, 1700000000 + n / 100,
			1 + n % 200, '2099-01-01', '2099-01-01', 0 FROM generate_series(1, @n) n`,
		`UPDATE marks SET seq = @n - library_id % 20, stamp = 1700000000, finished_seq = @n WHERE door = 'oai'`,
		`INSERT INTO deposits (library_id, door, name, file_gone, charset, simulate, status, size, arrived, made, finished, done, received, created, modified, unchanged, rejected, fault, owner, lease_until)
			SELECT 1 + n % 200, 'post', '', true, '', false, 'integre', 1, n, 0, n, 0, 0, 0, 0, 0, 0, '', '', 0 FROM generate_series(1, 100000) n`,
		`INSERT INTO activity SELECT l, to_char(date '2025-11-01' + d, 'YYYY-MM-DD'), 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 FROM generate_series(1, 200) l, generate_series(0, 390) d`,
		`INSERT INTO jobs SELECT 'push', id, '@every 5m', false, 0, 0, 0, 0, '', 0, 0, '', 0, 0 FROM libraries`,
		`UPDATE clock SET seq = @n`,
		`VACUUM ANALYZE`,
	} {
		execute(b, s, strings.ReplaceAll(statement, "@n", fmt.Sprint(n)))
	}
}

func execute(b *testing.B, s *store.Store, statement string) {
	b.Helper()
	if err := s.Exec(ctx, statement); err != nil {
		b.Fatal(err)
	}
}
