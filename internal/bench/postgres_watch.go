package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// pgWatch looks at what PostgreSQL is asked from one moment to another.
type pgWatch struct {
	d      *pgDatabase
	begun  time.Time
	worked time.Duration
	read   map[string]int64
}

// largeTables are those of the network's cards. On a table of a few pages a whole scan is the right thing.
var largeTables = []string{"cards", "versions", "sent", "said", "card_names", "person_keys", "statistics_cards"}

func (d *pgDatabase) watch(ctx context.Context) (watching, error) {
	w := &pgWatch{d: d}
	if d.server.counts {
		if err := w.d.exec(ctx, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements"); err != nil {
			return nil, err
		}
		if err := w.d.exec(ctx, "SELECT pg_stat_statements_reset()"); err != nil {
			return nil, err
		}
	}
	var err error
	if w.read, err = w.scanned(ctx); err != nil {
		return nil, err
	}
	w.begun = time.Now() // the time and the work of it are of the same moments: the look above waits
	w.worked, err = d.server.processor(ctx)
	return w, err
}

func (w *pgWatch) end(ctx context.Context) (missed, notes []string, err error) {
	worked, err := w.d.server.processor(ctx)
	if err != nil {
		return nil, nil, err
	}
	share := (worked - w.worked).Seconds() / time.Since(w.begun).Seconds()
	notes = append(notes, fmt.Sprintf("PostgreSQL works %.1f %% of one processor", share*100))
	if share > 2*idleShare {
		missed = append(missed, "the database is not idle")
	}
	read, err := w.scanned(ctx)
	if err != nil {
		return nil, nil, err
	}
	for table, rows := range read {
		if more := rows - w.read[table]; more > 0 {
			missed = append(missed, fmt.Sprintf("%d rows of %s were read by whole scans", more, table))
		}
	}
	if !w.d.server.counts {
		return missed, append(notes, "pg_stat_statements is not installed"), nil
	}
	statements, calls, blocks, heaviest, err := w.statements(ctx)
	notes = append(notes, fmt.Sprintf("%d statements, %d calls; the heaviest reads %d blocks a call: %s", statements, calls, blocks, heaviest))
	// An index read to a leaf takes a few blocks; a whole read of the smallest large table many thousands.
	const most = 1000
	if blocks > most {
		missed = append(missed, "a statement reads too much at a time")
	}
	return missed, notes, err
}

// scanned are the rows of large tables that whole scans have read so far.
func (w *pgWatch) scanned(ctx context.Context) (map[string]int64, error) {
	conn, err := w.d.connect(ctx)
	if err != nil {
		return nil, err
	}
	// What a session read is told by the session itself, within a second or so of its next statement.
	if err := pause(ctx, 2*time.Second); err != nil {
		return nil, err
	}
	rows, err := conn.Query(ctx, ours+"SELECT relname, seq_tup_read FROM pg_stat_user_tables WHERE relname = ANY($1)", largeTables)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	read := map[string]int64{}
	for rows.Next() {
		var table string
		var n int64
		if err := rows.Scan(&table, &n); err != nil {
			return nil, err
		}
		read[table] = n
	}
	return read, rows.Err()
}

// statements sums up what was asked of this database, and finds the statement that reads most at a time.
func (w *pgWatch) statements(ctx context.Context) (statements, calls, blocks int64, heaviest string, err error) {
	conn, err := w.d.connect(ctx)
	if err != nil {
		return 0, 0, 0, "", err
	}
	err = conn.QueryRow(ctx, ours+"SELECT count(*), coalesce(sum(calls), 0)::bigint"+theirs).Scan(&statements, &calls)
	if err != nil {
		return 0, 0, 0, "", err
	}
	err = conn.QueryRow(ctx, ours+"SELECT (shared_blks_hit + shared_blks_read) / greatest(calls, 1), query"+theirs+" ORDER BY 1 DESC LIMIT 1").Scan(&blocks, &heaviest)
	const shown = 120
	heaviest = strings.Join(strings.Fields(heaviest), " ")
	return statements, calls, blocks, heaviest[:min(shown, len(heaviest))], err
}

// processor is the time the server and all its processes have worked.
func (p *postgres) processor(ctx context.Context) (time.Duration, error) {
	var folder string
	if err := p.admin.QueryRow(ctx, "SHOW data_directory").Scan(&folder); err != nil {
		return 0, err
	}
	text, err := os.ReadFile(filepath.Join(folder, "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(text), "\n")
	postmaster, err := strconv.Atoi(first)
	if err != nil {
		return 0, err
	}
	sum, err := processorOf(postmaster, true)
	if err != nil {
		return 0, err
	}
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", postmaster, postmaster))
	for field := range strings.FieldsSeq(string(children)) {
		pid, wrong := strconv.Atoi(field)
		if wrong != nil {
			return 0, wrong
		}
		if worked, gone := processorOf(pid, false); gone == nil { // one that has ended counts as the server's
			sum += worked
		}
	}
	return sum, err
}
