package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/carte-reseau/hub/internal/pgtest"
)

// serverSettings are those of a small server of its own in production: it keeps what it was given (fsync and
// synchronous_commit are on, which are the defaults and said here), and is not stopped by checkpoints in the middle.
var serverSettings = []string{
	"fsync=on", "synchronous_commit=on", "full_page_writes=on",
	"shared_buffers=1GB", "effective_cache_size=4GB", "work_mem=16MB", "maintenance_work_mem=256MB",
	"max_wal_size=8GB", "checkpoint_timeout=15min", "wal_compression=on", "random_page_cost=1.1",
}

// counting is asked for where the server's contrib modules are installed.
const counting = "shared_preload_libraries=pg_stat_statements"

// postgres is a PostgreSQL server of this run alone.
type postgres struct {
	server   *pgtest.Server
	admin    *pgx.Conn
	counts   bool // pg_stat_statements is there
	made     int
	scratch  string
	settings []string
}

func startPostgres(ctx context.Context, scratch string) (*postgres, error) {
	p := &postgres{scratch: scratch, settings: append([]string{counting}, serverSettings...), counts: true}
	var err error
	if p.server, err = pgtest.StartWith(p.settings...); err != nil && !errors.Is(err, pgtest.ErrNoPostgres) {
		p.settings, p.counts = serverSettings, false
		p.server, err = pgtest.StartWith(p.settings...)
	}
	if err != nil {
		return nil, err
	}
	if p.admin, err = pgx.Connect(ctx, p.server.URL()); err != nil {
		return nil, errors.Join(err, p.server.Stop())
	}
	if p.counts {
		if _, err = p.admin.Exec(ctx, "CREATE EXTENSION pg_stat_statements"); err != nil {
			return nil, errors.Join(err, p.close())
		}
	}
	return p, nil
}

func (p *postgres) name() string { return "postgres" }

func (p *postgres) close() error {
	return errors.Join(p.admin.Close(context.Background()), p.server.Stop())
}

func (p *postgres) about(ctx context.Context) (string, error) {
	var version string
	err := p.admin.QueryRow(ctx, "SHOW server_version").Scan(&version)
	return "PostgreSQL " + version + ": " + strings.Join(p.settings, " "), err
}

func (p *postgres) create(ctx context.Context, from database) (database, error) {
	p.made++
	d := &pgDatabase{server: p, name: fmt.Sprintf("bench_%d", p.made)}
	statement := "CREATE DATABASE " + d.name
	if from != nil {
		statement += " TEMPLATE " + from.(*pgDatabase).name + " STRATEGY FILE_COPY"
		from.(*pgDatabase).disconnect()
	}
	if _, err := p.admin.Exec(ctx, statement); err != nil {
		return nil, err
	}
	at, err := url.Parse(p.server.URL())
	if err != nil {
		return nil, err
	}
	at.Path = "/" + d.name
	d.url = at.String()
	return d, nil
}

// pgDatabase is one database of the server, with one connection of our own.
type pgDatabase struct {
	server *postgres
	name   string
	url    string
	conn   *pgx.Conn
}

func (d *pgDatabase) address() string { return d.url }

func (d *pgDatabase) connect(ctx context.Context) (*pgx.Conn, error) {
	if d.conn != nil {
		return d.conn, nil
	}
	var err error
	d.conn, err = pgx.Connect(ctx, d.url)
	return d.conn, err
}

func (d *pgDatabase) disconnect() {
	if d.conn != nil {
		_ = d.conn.Close(context.Background()) // nothing is under way on it
		d.conn = nil
	}
}

func (d *pgDatabase) stream(ctx context.Context) (cards int, bytes int64, err error) {
	conn, err := d.connect(ctx)
	if err != nil {
		return 0, 0, err
	}
	rows, err := conn.Query(ctx, "SELECT xml FROM cards")
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	cards, bytes, err = countXML(rows)
	return cards, bytes, errors.Join(err, rows.Err())
}

func (d *pgDatabase) pass(ctx context.Context, after int64, limit int, out *bufio.Writer) (last int64, cards int, err error) {
	conn, err := d.connect(ctx)
	if err != nil {
		return 0, 0, err
	}
	rows, err := conn.Query(ctx, "SELECT seq, xml FROM cards WHERE seq > $1 ORDER BY seq LIMIT $2", after, limit)
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	var xml pgtype.DriverBytes
	last, cards, err = passXML(rows, &xml, (*[]byte)(&xml), out)
	return last, cards, errors.Join(err, rows.Err())
}

// ours stands before what the bench asks, so that it can be told from what the hub does; theirs is true of the rest.
const (
	ours   = "/* bench */ "
	theirs = " FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND query NOT LIKE '" + ours + "%'"
)

func (d *pgDatabase) number(ctx context.Context, query string) (n int64, err error) {
	conn, err := d.connect(ctx)
	if err == nil {
		err = conn.QueryRow(ctx, ours+query).Scan(&n)
	}
	return n, err
}

func (d *pgDatabase) exec(ctx context.Context, statement string) error {
	conn, err := d.connect(ctx)
	if err == nil {
		_, err = conn.Exec(ctx, ours+statement)
	}
	return err
}

func (d *pgDatabase) settle(ctx context.Context) error { return d.exec(ctx, "CHECKPOINT") }

func (d *pgDatabase) size(ctx context.Context) (int64, error) {
	return d.number(ctx, "SELECT pg_database_size(current_database())")
}

func (d *pgDatabase) commit(ctx context.Context) error {
	return d.exec(ctx, "INSERT INTO bench_commits DEFAULT VALUES")
}

func (d *pgDatabase) drop(ctx context.Context) error {
	d.disconnect()
	_, err := d.server.admin.Exec(ctx, "DROP DATABASE "+d.name+" WITH (FORCE)")
	return err
}

// takeOut copies the tables into files, as COPY reads them fastest.
func (d *pgDatabase) takeOut(ctx context.Context) (any, error) {
	conn, err := d.connect(ctx)
	if err != nil {
		return nil, err
	}
	files := make(map[string]string, len(written))
	for _, table := range written {
		files[table] = filepath.Join(d.server.scratch, table+".copy")
		file, err := os.Create(files[table])
		if err != nil {
			return nil, err
		}
		_, err = conn.PgConn().CopyTo(ctx, file, "COPY "+table+" TO STDOUT (FORMAT binary)")
		if err := errors.Join(err, file.Close()); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// load is COPY into staging tables and INSERT ... SELECT into the real ones, in one transaction.
func (d *pgDatabase) load(ctx context.Context, rows any) error {
	conn, err := d.connect(ctx)
	if err != nil {
		return err
	}
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(ctx) }() // after the commit it does nothing
	for _, table := range written {
		if err := stage(ctx, conn, table, rows.(map[string]string)[table]); err != nil {
			return fmt.Errorf("load %s: %w", table, err)
		}
	}
	return tx.Commit(ctx)
}

func stage(ctx context.Context, conn *pgx.Conn, table, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := conn.Exec(ctx, "CREATE TEMPORARY TABLE staging_"+table+" (LIKE "+table+") ON COMMIT DROP"); err != nil {
		return err
	}
	if _, err := conn.PgConn().CopyFrom(ctx, io.Reader(file), "COPY staging_"+table+" FROM STDIN (FORMAT binary)"); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "INSERT INTO "+table+" SELECT * FROM staging_"+table)
	return err
}
