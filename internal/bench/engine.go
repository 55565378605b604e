package main

import (
	"bufio"
	"context"
)

// engine is a kind of database the hub is measured on.
type engine interface {
	name() string
	// create makes a database, a copy of the other one or, with nil, an empty one. Nobody may be using the other one.
	create(ctx context.Context, from database) (database, error)
	// about tells what it is and how it is set.
	about(ctx context.Context) (string, error)
	close() error
}

// watching ends with what must not have been, and with what is worth telling.
type watching interface {
	end(ctx context.Context) (missed, notes []string, err error)
}

// database is one the hub is put on, and the reference is measured on without the hub.
type database interface {
	// address is what HUB_DATABASE takes.
	address() string
	// stream reads the cards' XML in one stream, as a program that wants it would.
	stream(ctx context.Context) (cards int, bytes int64, err error)
	// pass writes out the XML of so many cards behind a seq, in the order of their seqs, and tells the last.
	pass(ctx context.Context, after int64, limit int, out *bufio.Writer) (last int64, cards int, err error)
	// number is the one number a query answers.
	number(ctx context.Context, query string) (int64, error)
	exec(ctx context.Context, statement string) error
	// takeOut prepares the rows the hub wrote for load; rows is the database's own form of them.
	takeOut(ctx context.Context) (rows any, err error)
	// load writes rows another database took out into this one, the fastest honest way.
	load(ctx context.Context, rows any) error
	// commit commits one row.
	commit(ctx context.Context) error
	// settle writes out what is still to be written of earlier work, so that it falls on nobody else's time.
	settle(ctx context.Context) error
	// size is what the database takes on disk, in bytes.
	size(ctx context.Context) (int64, error)
	// watch begins to look at what the database is asked.
	watch(ctx context.Context) (watching, error)
	drop(ctx context.Context) error
}

// written are the tables a document of new cards goes into, in an order their references allow.
var written = []string{"deposits", "deposit_pieces", "deposit_results", "cards", "card_names", "versions", "sent", "said"}

// streamed are rows, as both databases' drivers give them.
type streamed interface {
	Next() bool
	Scan(into ...any) error
}

// countXML reads cards until a stream gives no more.
func countXML(rows streamed) (cards int, bytes int64, err error) {
	for rows.Next() {
		var xml []byte
		if err := rows.Scan(&xml); err != nil {
			return 0, 0, err
		}
		cards++
		bytes += int64(len(xml))
	}
	return cards, bytes, nil
}
