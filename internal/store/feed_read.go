package store

import (
	"context"
	"database/sql"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
)

// Pages of the feed are what the hub reads most, and most of what it reads is
// XML that it only passes on: it is copied once, out of the driver's buffer
// into one of the page. gorm, and database/sql on top of pgx, would copy it
// twice more and look at every column through reflection.

// readFeed reads a page by a statement that ends its columns with shown.
func (s *Store) readFeed(ctx context.Context, query string, r cards.FeedRange) ([]cards.FeedItem, error) {
	p := feedPage{items: make([]cards.FeedItem, 0, min(r.Limit, mostForeseen))}
	read := p.fromPostgres
	if s.dialect.single {
		read = p.fromSQLite
	}
	if err := read(ctx, s, query, feedArgs(r)); err != nil {
		return nil, s.explain(err)
	}
	return p.items, nil
}

// mostForeseen bounds what room is made before it is known to be needed.
const mostForeseen = 1024

type feedPage struct {
	items []cards.FeedItem
	text  slab
}

func (p *feedPage) fromPostgres(ctx context.Context, s *Store, query string, args map[string]any) error {
	return s.onPgx(ctx, func(conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, query, pgx.NamedArgs(args))
		if err != nil {
			return err
		}
		defer rows.Close()
		var xml pgtype.DriverBytes
		for rows.Next() {
			if err := p.scan(rows, &xml, func() []byte { return xml }); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

func (p *feedPage) fromSQLite(ctx context.Context, s *Store, query string, args map[string]any) error {
	rows, err := s.query(ctx).Raw(query, args).Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	var xml sql.RawBytes
	for rows.Next() {
		if err := p.scan(rows, &xml, func() []byte { return xml }); err != nil {
			return err
		}
	}
	return rows.Err()
}

// scan takes the row that rows stands at. The driver lends the XML until the
// next one.
func (p *feedPage) scan(rows interface{ Scan(into ...any) error }, xml any, lent func() []byte) error {
	var item cards.FeedItem
	var provenance string
	err := rows.Scan(&item.CardID, &item.Seq, &item.Stamp, &item.OAIID, &item.Number, &item.Version, &item.Origin, xml, &provenance)
	if err != nil {
		return err
	}
	item.XML = p.text.keep(lent())
	if item.Provenance, err = provenanceOf(provenance); err != nil {
		return err
	}
	p.items = append(p.items, item)
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
