package store

import (
	"context"
	"database/sql"
	"strconv"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
)

// Pages of the feed are what the hub reads most, and most of what it reads is
// XML that it only passes on: whoever asks is lent a card where the driver
// holds it. gorm, and database/sql on top of pgx, would copy it twice and look
// at every column through reflection.

// feedQuery is a statement over the bounds of a range that ends its columns
// with shown. gorm is given the names of the bounds, pgx their places: finding
// the names takes it longer than a short page does.
type feedQuery struct {
	named  string
	placed string
	bounds []string // by their places
}

func newFeedQuery(named string) *feedQuery {
	q := &feedQuery{named: named, placed: named}
	for _, bound := range []string{"library", "after", "upper", "from", "until", "day", "limit"} {
		if strings.Contains(named, "@"+bound) {
			q.bounds = append(q.bounds, bound)
			q.placed = strings.ReplaceAll(q.placed, "@"+bound, "$"+strconv.Itoa(len(q.bounds)))
		}
	}
	return q
}

func (q *feedQuery) args(named map[string]any) []any {
	args := make([]any, len(q.bounds))
	for i, bound := range q.bounds {
		args[i] = named[bound]
	}
	return args
}

// readFeed lends the cards of a page one by one: each is good until take
// returns, whose error ends the reading.
func (s *Store) readFeed(ctx context.Context, q *feedQuery, r cards.FeedRange, take func(*cards.FeedItem) error) error {
	read := s.readPostgres
	if s.dialect.single {
		read = s.readSQLite
	}
	return s.explain(read(ctx, q, feedArgs(r), take))
}

func (s *Store) readPostgres(ctx context.Context, q *feedQuery, named map[string]any, take func(*cards.FeedItem) error) error {
	return s.onPgx(ctx, func(conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, q.placed, q.args(named)...)
		if err != nil {
			return err
		}
		defer rows.Close()
		var xml pgtype.DriverBytes
		if err := lendEach(rows, &xml, (*[]byte)(&xml), take); err != nil {
			return err
		}
		return rows.Err()
	})
}

func (s *Store) readSQLite(ctx context.Context, q *feedQuery, named map[string]any, take func(*cards.FeedItem) error) error {
	rows, err := s.query(ctx).Raw(q.named, named).Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	var xml sql.RawBytes
	if err := lendEach(rows, &xml, (*[]byte)(&xml), take); err != nil {
		return err
	}
	return rows.Err()
}

type feedRows interface {
	Next() bool
	Scan(into ...any) error
}

// lendEach scans every row into one item. The driver lends the XML, by its own
// type of it, until the next one.
func lendEach(rows feedRows, xml any, lent *[]byte, take func(*cards.FeedItem) error) error {
	var item cards.FeedItem
	var provenance string
	into := []any{&item.CardID, &item.Seq, &item.Stamp, &item.OAIID, &item.Number, &item.Version, &item.Origin, xml, &provenance}
	for rows.Next() {
		err := rows.Scan(into...)
		if err != nil {
			return err
		}
		item.XML = *lent
		if item.Provenance, err = provenanceOf(provenance); err != nil {
			return err
		}
		if err := take(&item); err != nil {
			return err
		}
	}
	return nil
}

// onPgx does something on a connection of the pool as pgx knows it.
func (s *Store) onPgx(ctx context.Context, do func(conn *pgx.Conn) error) error {
	db, err := s.db.DB()
	if err != nil {
		return err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // gives it back to the pool
	return conn.Raw(func(driver any) error { return do(driver.(*stdlib.Conn).Conn()) })
}

// feedPage keeps cards that were lent.
type feedPage struct {
	items []cards.FeedItem
	text  slab
}

func (p *feedPage) keep(item *cards.FeedItem) error {
	kept := *item
	kept.XML = p.text.keep(item.XML)
	p.items = append(p.items, kept)
	return nil
}

// slab keeps many short texts in few large pieces.
type slab struct{ free []byte }

const slabSize = 64 << 10

func (s *slab) keep(text []byte) []byte {
	if cap(s.free)-len(s.free) < len(text) {
		s.free = make([]byte, 0, max(slabSize, len(text)))
	}
	at := len(s.free)
	s.free = append(s.free, text...)
	return s.free[at:len(s.free):len(s.free)]
}
