package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// bare is a server that passes the cards' XML on, page by page, and does nothing else: nobody signs in, no second is closed, no
// record is wrapped. It tells how near to one stream a server can come on the machine at hand.
type bare struct {
	database database
	page     int
	server   *http.Server
	url      string
	serving  sync.WaitGroup
}

func startBare(ctx context.Context, d database, page int) (*bare, error) {
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b := &bare{database: d, page: page, url: "http://" + listener.Addr().String()}
	b.server = &http.Server{Handler: http.HandlerFunc(b.list), ReadHeaderTimeout: time.Minute}
	b.serving.Go(func() { _ = b.server.Serve(listener) }) // ends by close
	return b, nil
}

func (b *bare) close() error {
	err := b.server.Close()
	b.serving.Wait()
	return err
}

func (b *bare) reader() *reader { return newReader(&hub{url: b.url}) }

// list passes on the page behind the seq that the token is.
func (b *bare) list(w http.ResponseWriter, r *http.Request) {
	const buffer = 64 << 10
	out := bufio.NewWriterSize(w, buffer)
	after, _ := strconv.ParseInt(r.URL.Query().Get("resumptionToken"), 10, 64) // the first page has none
	last, cards, err := b.database.pass(r.Context(), after, b.page, out)
	if err != nil {
		panic(http.ErrAbortHandler) // the reader sees a page that breaks off
	}
	if cards == b.page {
		_, _ = fmt.Fprintf(out, "<resumptionToken>%d</resumptionToken>", last)
	}
	_ = out.Flush() // the reader has left, or not
}

// passXML passes on what stands in the rows, and tells where they end. The driver lends the XML until the next row.
func passXML(rows streamed, xml any, lent *[]byte, out *bufio.Writer) (last int64, cards int, err error) {
	for rows.Next() {
		if err := rows.Scan(&last, xml); err != nil {
			return 0, 0, err
		}
		_, _ = out.WriteString("\n<record>") // as the reader counts cards
		_, err = out.Write(*lent)
		if err != nil {
			return 0, 0, err
		}
		cards++
	}
	return last, cards, nil
}

// withBare lets a bare server run beside do.
func withBare(ctx context.Context, d database, page int, do func(b *bare) error) error {
	b, err := startBare(ctx, d, page)
	if err != nil {
		return err
	}
	return errors.Join(do(b), b.close())
}

// bareNote tells how near a bare server comes to the stream.
func bareNote(ctx context.Context, n *network) (note string, err error) {
	err = withBare(ctx, n, wholePageCards, func(b *bare) error {
		r, err := compare(ctx, longRounds, listing(b.reader(), n.cards), streaming(n, n.cards))
		note = fmt.Sprintf("a server that only passes the column on, in the same pages, reaches %.2f", r.ratio())
		return err
	})
	return note, err
}

// bareSmallNote tells the same of its small pages against its own large ones.
func bareSmallNote(ctx context.Context, n *network) (note string, err error) {
	err = withBare(ctx, n, smallPageCards, func(small *bare) error {
		return withBare(ctx, n, wholePageCards, func(whole *bare) error {
			r, err := compare(ctx, longRounds, listing(small.reader(), n.cards), listing(whole.reader(), n.cards))
			note = fmt.Sprintf("a server that only passes the column on reaches %.2f of its own pages of 1,000", r.ratio())
			return err
		})
	})
	return note, err
}
