package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// meter counts what work costs a PostgreSQL database, from one moment to another.
type meter struct {
	d      *pgDatabase
	begun  time.Time
	log    int64         // position in the write-ahead log
	worked time.Duration // by the server's processes
	clock  *clockWatch
}

func (d *pgDatabase) meter(ctx context.Context) (*meter, error) {
	if !d.server.counts {
		return nil, errors.New("what statements cost is counted by pg_stat_statements, which is not installed")
	}
	for _, statement := range []string{"CREATE EXTENSION IF NOT EXISTS pg_stat_statements", "CHECKPOINT", "SELECT pg_stat_statements_reset()"} {
		if err := d.exec(ctx, statement); err != nil {
			return nil, err
		}
	}
	m := &meter{d: d}
	var err error
	if m.log, err = m.position(ctx); err != nil {
		return nil, err
	}
	if m.worked, err = d.server.processor(ctx); err != nil {
		return nil, err
	}
	m.begun = time.Now()
	m.clock, err = watchClock(ctx, d.url)
	return m, err
}

func (m *meter) position(ctx context.Context) (int64, error) {
	return m.d.number(ctx, "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint")
}

// end tells what was used since.
func (m *meter) end(ctx context.Context) (c costs, err error) {
	c.took = time.Since(m.begun)
	// Before the watch ends, so that its own work is among what the server's processes have done.
	worked, err := m.d.server.processor(ctx)
	if err != nil {
		return c, errors.Join(err, m.clock.end())
	}
	if err := m.clock.end(); err != nil {
		return c, err
	}
	c.held, c.waiting = m.clock.found()
	position, err := m.position(ctx)
	if err != nil {
		return c, err
	}
	c.worked, c.log = worked-m.worked-m.clock.worked, position-m.log
	if c.statements, err = m.d.number(ctx, "SELECT coalesce(sum(calls), 0)::bigint"+theirs); err != nil {
		return c, err
	}
	c.commits, err = m.d.number(ctx, "SELECT coalesce(sum(calls), 0)::bigint"+theirs+" AND lower(query) = 'commit'")
	return c, err
}

// clockWatch looks again and again whether somebody holds the clock row, and how many wait for it: whoever is about to change
// it has a lock on its table, which is given back at commit. It keeps nobody waiting; what the server
// works for it is told apart.
type clockWatch struct {
	stop context.CancelFunc
	done chan error

	looks, held, waiting int
	worked               time.Duration
}

const betweenLooks = 5 * time.Millisecond

func watchClock(ctx context.Context, url string) (*clockWatch, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	w := &clockWatch{done: make(chan error, 1)}
	ctx, w.stop = context.WithCancel(ctx)
	go func() {
		err := w.look(ctx, conn)
		w.done <- errors.Join(err, conn.Close(context.WithoutCancel(ctx)))
	}()
	return w, nil
}

func (w *clockWatch) look(ctx context.Context, conn *pgx.Conn) error {
	for pause(ctx, betweenLooks) == nil {
		var n int
		err := conn.QueryRow(context.WithoutCancel(ctx), ours+"SELECT count(*) FROM pg_locks WHERE relation = 'clock'::regclass AND mode = 'RowExclusiveLock'").Scan(&n)
		if err != nil {
			return err
		}
		w.looks++
		if n > 0 {
			w.held++
			w.waiting += n - 1
		}
	}
	var err error
	w.worked, err = processorOf(int(conn.PgConn().PID()), false)
	return err
}

func (w *clockWatch) end() error {
	w.stop()
	return <-w.done
}

// found is the share of the time in which the clock was held, and how many waited on the average.
func (w *clockWatch) found() (held, waiting float64) {
	if w.looks == 0 {
		return 0, 0
	}
	return float64(w.held) / float64(w.looks), float64(w.waiting) / float64(w.looks)
}

// room is what the large tables take, with their indexes, in bytes a card.
func (d *pgDatabase) room(ctx context.Context, cards int) (string, error) {
	conn, err := d.connect(ctx)
	if err != nil {
		return "", err
	}
	rows, err := conn.Query(ctx, `SELECT relname, pg_table_size(oid) / $1, pg_indexes_size(oid) / $1 FROM pg_class
		WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_total_relation_size(oid) >= $1 * 10
		ORDER BY pg_total_relation_size(oid) DESC`, cards)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var parts []string
	for rows.Next() {
		var name string
		var table, indexes int64
		if err := rows.Scan(&name, &table, &indexes); err != nil {
			return "", err
		}
		parts = append(parts, fmt.Sprintf("%s %d + %d", name, table, indexes))
	}
	return "bytes a card, table + indexes: " + strings.Join(parts, ", "), rows.Err()
}
