package oaiserver

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/oai"
)

// hand writes the answer, sees it off to the socket and then, if it ended a
// list, moves the library's mark: see the package comment for the order.
func (d *Door) hand(c echo.Context, a *answer) error {
	outcome := "ok"
	if a.fault != nil {
		outcome = string(a.fault.Code)
	}
	d.metrics.count(a.echo.Verb, outcome)
	if err := d.send(c, a); err != nil {
		// The client has left in the middle. It sees that the answer is cut
		// off, and there is nobody to tell.
		d.log.InfoContext(c.Request().Context(), "an OAI-PMH answer could not be handed over", "error", err)
		return nil
	}
	d.metrics.handed(a.records)
	if a.finish != nil {
		d.finish(c.Request().Context(), *a.finish)
	}
	return nil
}

func (d *Door) send(c echo.Context, a *answer) error {
	res := c.Response()
	header := res.Header()
	header.Set("Content-Type", "text/xml; charset=utf-8")
	header.Set("Cache-Control", "private, no-store")
	header.Add("Vary", "Accept-Encoding")
	if !acceptsGzip(c.Request().Header) {
		if err := d.write(res, a); err != nil {
			return err
		}
		return flush(res.Writer)
	}
	header.Set("Content-Encoding", "gzip")
	zip := zippers.Get().(*gzip.Writer)
	defer zippers.Put(zip)
	zip.Reset(res)
	if err := d.write(zip, a); err != nil {
		return err
	}
	if err := zip.Close(); err != nil {
		return err
	}
	return flush(res.Writer)
}

var zippers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

func (d *Door) write(dst io.Writer, a *answer) error {
	w := oai.NewWriter(dst, d.baseURL, namespace+" "+d.schema)
	w.Begin(a.date, a.echo)
	if a.fault != nil {
		w.Error(a.fault.Code, a.fault.Message)
	} else {
		a.write(w)
	}
	return w.End()
}

// flush pushes what the server still holds out to the socket.
func flush(w http.ResponseWriter) error {
	err := http.NewResponseController(w).Flush()
	if errors.Is(err, http.ErrNotSupported) {
		return nil // something in between holds it back; it was written without error
	}
	return err
}

// finish moves the mark even where the client has closed the connection on
// the last byte. Where it fails the mark stays behind, which the next list
// mends.
func (d *Door) finish(ctx context.Context, l cards.List) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
	defer cancel()
	if err := d.store.FinishList(ctx, l); err != nil {
		d.log.ErrorContext(ctx, "a list was handed over but the library's mark did not move", "library_id", l.LibraryID, "error", err)
	}
}

// acceptsGzip reads Accept-Encoding.
func acceptsGzip(h http.Header) bool {
	for _, field := range h.Values("Accept-Encoding") {
		for coding := range strings.SplitSeq(field, ",") {
			name, parameter, _ := strings.Cut(coding, ";")
			if name = strings.TrimSpace(name); !strings.EqualFold(name, "gzip") && !strings.EqualFold(name, "x-gzip") {
				continue
			}
			weight, has := strings.CutPrefix(strings.ToLower(strings.ReplaceAll(parameter, " ", "")), "q=")
			q, err := strconv.ParseFloat(weight, 64)
			return !has || err == nil && q > 0
		}
	}
	return false
}
