package store_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/pgtest"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// What is asked again and again must not read the whole network each time.
func TestPollsReadNoWholeTable(t *testing.T) {
	if testing.Short() {
		t.Skip("fills a database")
	}
	t.Parallel()
	s := storetest.Open(t, oneSession(t)) // so that its counts are told in order
	fill(t, s)
	library, err := s.Library(ctx, "bib-3")
	if err != nil {
		t.Fatal(err)
	}
	recent := cards.FeedRange{LibraryID: library.ID, From: filledStamp - 20, Until: filledStamp, Day: "2026-11-21", Limit: 500}
	for what, poll := range map[string]func() error{
		"list": func() error {
			upper, _, err := s.ListBounds(ctx, recent)
			if err != nil {
				return err
			}
			r := recent
			r.Upper = upper
			_, err = storetest.Feed(ctx, s, r)
			return err
		},
		"push": func() error {
			_, err := s.PushFeed(ctx, cards.FeedRange{LibraryID: library.ID, After: filled - 50, Day: "2026-11-21", Limit: 200})
			return err
		},
		"again":  func() error { _, err := s.HandAgainDue(ctx, library.ID, "2026-11-21", 200); return err },
		"status": func() error { _, err := s.LibraryStatus(ctx, "bib-3"); return err },
		"end of a list": func() error {
			return s.FinishList(ctx, cards.List{LibraryID: library.ID, From: filledStamp - 20, Until: filledStamp, UpperSeq: filled})
		},
		"document": func() error {
			in := storetest.Card("n42", func(c *cards.Card) { c.Phone = "06 00 00 00 42" })
			storetest.Send(t, s, library, in)
			return nil
		},
		"search by name":         searching(s, cards.CardQuery{Name: "NOM1"}),
		"search by both names":   searching(s, cards.CardQuery{Name: "Nom 12 P7"}),
		"search by name and day": searching(s, cards.CardQuery{Name: "N", BirthDate: "1950-03-07"}),
		"search by day":          searching(s, cards.CardQuery{BirthDate: "1950-03-07"}),
		"search by year":         searching(s, cards.CardQuery{BirthDate: "1950"}),
		"search by number":       searching(s, cards.CardQuery{Number: "N4242"}),
		"search by all":          searching(s, cards.CardQuery{Number: "N4242", Name: "NOM", BirthDate: "1950"}),
		"ended early":            func() error { _, err := s.EndedEarly(ctx, library.ID, "2026-11-21", 100); return err },
		"deposits":               func() error { _, err := s.UnfinishedDeposits(ctx, library.ID, 0, 100); return err },
		"their libraries":        func() error { _, err := s.UnfinishedLibraries(ctx); return err },
		"files":                  func() error { _, err := s.PendingFiles(ctx, library.ID); return err },
		"awaiting":               func() error { _, err := s.AwaitingFiles(ctx); return err },
		"mail":                   func() error { _, err := s.DueMail(ctx, 10); return err },
		"outbox":                 func() error { _, _, _, err := s.Outbox(ctx); return err },
	} {
		before := tuplesRead(t, s)
		if err := poll(); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		for table, n := range tuplesRead(t, s) {
			if read := n - before[table]; read > filled/10 {
				t.Errorf("%s: %d rows of %s were read", what, read, table)
			}
		}
	}
}

// A card that is looked at, or goes, takes along what is kept of it, and no more: whoever takes it away holds the clock.
func TestOneCardCostsNoWalkThroughWhatWasHandedOver(t *testing.T) {
	if testing.Short() {
		t.Skip("fills a database")
	}
	t.Parallel()
	s := openUnobserved(t)
	fill(t, s)
	for _, table := range []string{"given_again", "told_ends"} {
		if err := s.Exec(ctx, fmt.Sprintf("INSERT INTO %s SELECT 1 + n %% 20, n, n, 1 FROM generate_series(1, %d) n", table, filled)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Exec(ctx, "ANALYZE"); err != nil {
		t.Fatal(err)
	}
	library, err := s.Library(ctx, "bib-3")
	if err != nil {
		t.Fatal(err)
	}
	again := make([]cards.FeedItem, 200)
	for i := range again {
		again[i] = cards.FeedItem{CardID: 100 + int64(i), Seq: 2 * filled, Version: 100 + int64(i), Since: filled}
	}
	for what, do := range map[string]func() error{
		"report":    func() error { return s.SettlePush(ctx, library.ID, 0, again, nil) },
		"card file": func() error { _, err := s.CardFile(ctx, "n42"); return err },
		"erasure":   func() error { _, err := s.Erase(ctx, "n43", "anna"); return err },
	} {
		before := tuplesRead(t, s)
		if err := do(); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		for table, n := range tuplesRead(t, s) {
			if read := n - before[table]; read > filled/10 {
				t.Errorf("%s: %d rows of %s were read", what, read, table)
			}
		}
	}
}

// searching reads two pages of a search.
func searching(s *store.Store, q cards.CardQuery) func() error {
	return func() error {
		page, err := s.SearchCards(ctx, q)
		if err == nil && page.Next != "" {
			q.Cursor = page.Next
			_, err = s.SearchCards(ctx, q)
		}
		return err
	}
}

func oneSession(t *testing.T) string {
	t.Helper()
	database, err := url.Parse(pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	query := database.Query()
	query.Set("pool_max_conns", "1")
	database.RawQuery = query.Encode()
	return database.String()
}

// openUnobserved opens a database that looks at the tables named here only when it is told to. It reads rows one by one where
// that costs less than to read all: on disks of today from some thousands on.
func openUnobserved(t *testing.T, tables ...string) *store.Store {
	t.Helper()
	s := storetest.Open(t, oneSession(t))
	must(t, s.Exec(ctx, "SET random_page_cost = 1.1"))
	for _, table := range tables {
		must(t, s.Exec(ctx, "ALTER TABLE "+table+" SET (autovacuum_enabled = off)"))
	}
	return s
}

const (
	filled      = 100_000
	filledStamp = 1_700_000_000 + filled/100
)

// fill makes a network of 100,000 cards and 20 libraries that have fetched
// almost all of it.
func fill(t *testing.T, s *store.Store) {
	t.Helper()
	for i := range 20 {
		storetest.Library(t, s, fmt.Sprintf("bib-%d", i))
	}
	seqs := "'[" + strings.TrimSuffix(strings.Repeat("' || n || ',", 14), ",") + "]'"
	for _, statement := range []string{
		`INSERT INTO cards (oai_id, number, number_key, content, field_seqs, xml, provenance, seq, stamp, origin, ends, listed_until, created)
			SELECT 'oai' || n, 'N' || n, 'n' || n, '{"number":"N' || n || '","last_name":"Dupré","enrolment":{"first":"2024-01-01","end":"2099-01-01"}}',
			` + seqs + `, convert_to(repeat('x', 600), 'UTF8'), '', n, 1700000000 + n / 100, 1 + n % 20, '2099-01-01', '2099-01-01', 0 FROM generate_series(1, @n) n`,
		`INSERT INTO card_names SELECT id, false, 'NOM' || id % 5000, 'P' || id % 300, (1930 + id % 90) || '-0' || 1 + id % 9 || '-0' || 1 + id % 7 FROM cards`,
		`INSERT INTO versions (card_id, seq, stamp, content, changed, origin, library_id, door, deposit_id, provenance)
			SELECT id, seq, stamp, content, 1, origin, origin, 'post', 0, '' FROM cards`,
		`UPDATE marks SET seq = @n - 2000, stamp = 1700000000 + (@n - 2000) / 100, finished_seq = @n - 2000 WHERE door = 'oai'`,
		`INSERT INTO hand_again (library_id, card_id, seq, stamp, reason, attempts, due) SELECT l, 1 + n % @n, @n + l * 2000 + n, 1700000000 + @n / 100, 'non', 1, 9000000000000000 FROM generate_series(1, 20) l, generate_series(1, 1000) n`,
		`INSERT INTO deposits (library_id, door, name, file_gone, charset, simulate, status, size, arrived, made, finished, done, received, created, modified, unchanged, rejected, fault, owner, lease_until)
			SELECT 1 + n % 20, 'ftp', '', true, '', false, 'integre', 1, n, 0, n, 0, 0, 0, 0, 0, 0, '', '', 0 FROM generate_series(1, @n) n`,
		`INSERT INTO outbox (recipient, subject, body, attachments, queued, attempts, due, last_error, sent, failed)
			SELECT 'a@example.org', '', '', '', n, 1, n, '', n, 0 FROM generate_series(1, @n) n`,
		`UPDATE clock SET seq = @n * 2, stamp = 1700000000 + @n / 100, closed = 1700000000 + @n / 100`,
		`ANALYZE`,
	} {
		if err := s.Exec(ctx, strings.ReplaceAll(statement, "@n", fmt.Sprint(filled))); err != nil {
			t.Fatalf("%v in %s", err, regexp.MustCompile(`\s+`).ReplaceAllString(statement, " "))
		}
	}
}

// tuplesRead counts the rows PostgreSQL has read so far, by table: those of
// whole scans and those found by an index.
func tuplesRead(t *testing.T, s *store.Store) map[string]int64 {
	t.Helper()
	var rows []struct {
		Table string
		N     int64
	}
	if err := s.Exec(ctx, "SELECT pg_stat_force_next_flush()"); err != nil {
		t.Skipf("a server older than PostgreSQL 15: %v", err)
	}
	err := s.Read(ctx, &rows, `SELECT relname AS table, seq_tup_read + coalesce((SELECT sum(idx_tup_read) FROM pg_stat_user_indexes i WHERE i.relid = u.relid), 0) AS n
		FROM pg_stat_user_tables u`)
	if err != nil {
		t.Fatal(err)
	}
	counts := make(map[string]int64, len(rows))
	for _, row := range rows {
		counts[row.Table] = row.N
	}
	return counts
}
