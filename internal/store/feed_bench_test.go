package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// Pages of a whole list, of 1,000 cards of about 1 KB each, and beside it the batches of a push.
//
//	go test -run '^$' -bench Feed ./internal/store
func BenchmarkFeed(b *testing.B) {
	const network = 100_000
	for name, open := range map[string]func(testing.TB) *store.Store{"postgres": storetest.Postgres, "sqlite": storetest.SQLite} {
		b.Run(name, func(b *testing.B) {
			s := open(b)
			reader := storetest.Library(b, s, "lectrice")
			giver := storetest.Library(b, s, "donneuse")
			fillFeed(b, s, giver.ID, network)
			r := cards.FeedRange{LibraryID: reader.ID, Upper: network, Until: 1_700_000_000 + network, Day: "2026-11-21"}
			b.Run("list", func(b *testing.B) {
				r.Limit = 1001
				pages(b, network, r, s.Feed)
			})
			b.Run("push", func(b *testing.B) {
				r.Limit = 200
				pages(b, network, r, func(ctx context.Context, r cards.FeedRange, take func(*cards.FeedItem) error) error {
					items, err := s.PushFeed(ctx, r)
					for i := range items {
						err = errors.Join(err, take(&items[i]))
					}
					return err
				})
			})
		})
	}
}

// fillFeed writes cards of one library, their text as hard to compress as that of people.
func fillFeed(b *testing.B, s *store.Store, origin int64, n int) {
	b.Helper()
	series, text := "generate_series(1, @n) s (n)", "(SELECT string_agg(md5(n || '-' || i), ' ') FROM generate_series(1, @size) i)"
	if !s.OnPostgres() {
		series, text = "(WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < @n) SELECT n FROM s) s", "hex(randomblob(16 * @size))"
	}
	xml, content := strings.ReplaceAll(text, "@size", "30"), strings.ReplaceAll(text, "@size", "20")
	if s.OnPostgres() {
		xml = "convert_to(" + xml + ", 'UTF8')"
	}
	execute(b, s, strings.ReplaceAll(`INSERT INTO cards (oai_id, number, number_key, content, field_seqs, xml, provenance, seq, stamp, origin, ends, listed_until, created)
		SELECT 'oai' || n, 'N' || n, 'n' || n, `+content+`, '', `+xml+`, '', n, 1700000000 + n / 100, `+fmt.Sprint(origin)+`, '2099-01-01', '2099-01-01', 0 FROM `+series, "@n", fmt.Sprint(n)))
	execute(b, s, fmt.Sprintf("UPDATE clock SET seq = %d, stamp = %d", n, 1_700_000_000+n))
	execute(b, s, "ANALYZE")
}

// pages reads a whole feed, page by page, as often as the benchmark asks.
func pages(b *testing.B, total int, r cards.FeedRange, feed func(context.Context, cards.FeedRange, func(*cards.FeedItem) error) error) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		read := 0
		for r.After = 0; ; {
			before := read
			err := feed(ctx, r, func(item *cards.FeedItem) error {
				read, r.After = read+1, item.Seq
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
			if read == before {
				break
			}
		}
		if read != total {
			b.Fatalf("%d cards", read)
		}
	}
	b.ReportMetric(float64(total)*float64(b.N)/b.Elapsed().Seconds(), "cards/s")
}
