package main

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	_ "github.com/ncruces/go-sqlite3/driver" // registers "sqlite3" with database/sql
)

// pragmas are those the hub opens its embedded database with.
const pragmas = "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=secure_delete(1)&_txlock=immediate"

// sqlite is the embedded database, in files of the scratch folder.
type sqlite struct {
	scratch string
	made    int
}

func (*sqlite) name() string { return "sqlite" }
func (*sqlite) close() error { return nil }

func (*sqlite) about(context.Context) (string, error) {
	return "SQLite, embedded, as the hub opens it: journal_mode=WAL synchronous=FULL", nil
}

func (s *sqlite) create(_ context.Context, from database) (database, error) {
	s.made++
	d := &sqliteDatabase{path: filepath.Join(s.scratch, fmt.Sprintf("bench-%d.db", s.made))}
	if from == nil {
		return d, nil
	}
	other := from.(*sqliteDatabase)
	if err := other.disconnect(); err != nil {
		return nil, err
	}
	return d, errors.Join(copyFile(other.path, d.path), copyFile(other.path+"-wal", d.path+"-wal"))
}

// copyFile copies a file where there is one.
func copyFile(from, to string) error {
	source, err := os.Open(from)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Sync(), target.Close())
}

// sqliteDatabase is one file, with one connection of our own.
type sqliteDatabase struct {
	path string
	db   *sql.DB
}

func (d *sqliteDatabase) address() string { return "sqlite:" + d.path }

func (d *sqliteDatabase) connect() (*sql.DB, error) {
	if d.db != nil {
		return d.db, nil
	}
	var err error
	if d.db, err = sql.Open("sqlite3", "file:"+d.path+pragmas); err == nil {
		d.db.SetMaxOpenConns(1)
	}
	return d.db, err
}

func (d *sqliteDatabase) disconnect() error {
	if d.db == nil {
		return nil
	}
	err := d.db.Close()
	d.db = nil
	return err
}

func (d *sqliteDatabase) stream(ctx context.Context) (cards int, bytes int64, err error) {
	db, err := d.connect()
	if err != nil {
		return 0, 0, err
	}
	rows, err := db.QueryContext(ctx, "SELECT xml FROM cards")
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	cards, bytes, err = countXML(rows)
	return cards, bytes, errors.Join(err, rows.Err())
}

func (d *sqliteDatabase) pass(ctx context.Context, after int64, limit int, out *bufio.Writer) (last int64, cards int, err error) {
	db, err := d.connect()
	if err != nil {
		return 0, 0, err
	}
	rows, err := db.QueryContext(ctx, "SELECT seq, xml FROM cards WHERE seq > ? ORDER BY seq LIMIT ?", after, limit)
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	var xml sql.RawBytes
	last, cards, err = passXML(rows, &xml, (*[]byte)(&xml), out)
	return last, cards, errors.Join(err, rows.Err())
}

func (d *sqliteDatabase) number(ctx context.Context, query string) (n int64, err error) {
	db, err := d.connect()
	if err == nil {
		err = db.QueryRowContext(ctx, query).Scan(&n)
	}
	return n, err
}

func (d *sqliteDatabase) exec(ctx context.Context, statement string) error {
	db, err := d.connect()
	if err == nil {
		_, err = db.ExecContext(ctx, statement)
	}
	return err
}

func (d *sqliteDatabase) settle(ctx context.Context) error {
	return d.exec(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
}

func (d *sqliteDatabase) size(ctx context.Context) (int64, error) {
	return d.number(ctx, "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
}

func (d *sqliteDatabase) commit(ctx context.Context) error {
	return d.exec(ctx, "INSERT INTO bench_commits DEFAULT VALUES")
}

func (d *sqliteDatabase) drop(context.Context) error {
	err := d.disconnect()
	for _, suffix := range []string{"-wal", "-shm"} {
		if gone := os.Remove(d.path + suffix); !errors.Is(gone, os.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return errors.Join(err, os.Remove(d.path))
}

// takeOut leaves the rows where they are: SQLite reads another file's tables as its own.
func (d *sqliteDatabase) takeOut(context.Context) (any, error) { return d.path, d.disconnect() }

// load is INSERT ... SELECT from the other file, in one transaction.
func (d *sqliteDatabase) load(ctx context.Context, rows any) error {
	if err := d.exec(ctx, fmt.Sprintf("ATTACH '%s' AS source", rows)); err != nil {
		return err
	}
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after the commit it does nothing
	for _, table := range written {
		_, err := tx.ExecContext(ctx, "INSERT INTO main."+table+" SELECT * FROM source."+table) //nolint:gosec // our own tables
		if err != nil {
			return fmt.Errorf("load %s: %w", table, err)
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	return d.exec(ctx, "DETACH source")
}

// unwatched: the embedded database keeps no statistics, and works on the hub's own time.
type unwatched struct{}

func (*sqliteDatabase) watch(context.Context) (watching, error) { return unwatched{}, nil }

func (unwatched) end(context.Context) (missed, notes []string, err error) { return nil, nil, nil }
