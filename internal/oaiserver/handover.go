package oaiserver

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/oai"
)

// hand writes the answer, sees it off to the socket and then, if it ended a
// list, moves the library's mark: see the package comment for the order.
func (d *Door) hand(c echo.Context, a *answer) error {
	ctx, leave := context.WithCancel(c.Request().Context())
	defer leave()
	out := newConveyor(c.Response(), cards.AcceptsGzip(c.Request().Header), leave)
	defer out.abandon() // also where the writing panics
	outcome, unread := d.write(ctx, out, a)
	if unread != nil && !out.refused() {
		return d.breakOff(c, out.abandon(), unread)
	}
	if err := out.finish(); err != nil {
		// The client has left in the middle. It sees that the answer is cut
		// off, and there is nobody to tell.
		d.metrics.count(a.echo.Verb, outcome)
		d.log.InfoContext(ctx, "an OAI-PMH answer could not be handed over", "error", err)
		return nil
	}
	d.metrics.count(a.echo.Verb, outcome)
	d.metrics.handed(a.records)
	if a.finish != nil {
		d.finish(ctx, *a.finish)
	}
	return nil
}

// breakOff ends an answer that could not be read to its end.
func (d *Door) breakOff(c echo.Context, begun bool, err error) error {
	if !begun {
		return d.refuse(c, err)
	}
	d.metrics.count("", brokenOff)
	d.logFailure(c.Request().Context(), err)
	panic(http.ErrAbortHandler) // or the client would take half a page for a whole one
}

// brokenOff is the outcome of an answer whose rest could not be read.
const brokenOff = "broken off"

var writers = sync.Pool{New: func() any { return new(oai.Writer) }}

// write spells the answer into out and tells what it came to: ok, or a fault of
// the protocol.
func (d *Door) write(ctx context.Context, out *conveyor, a *answer) (outcome string, err error) {
	w := writers.Get().(*oai.Writer)
	defer writers.Put(w)
	begin := func() {
		w.Reset(out, d.baseURL, namespace+" "+d.schema)
		w.Begin(a.date, a.echo)
	}
	begin()
	outcome, err = "ok", a.write(ctx, w)
	if fault, ok := errors.AsType[*oai.Error](err); ok {
		begin()
		w.Error(fault.Code, fault.Message)
		outcome, err = string(fault.Code), nil
	}
	if err != nil {
		return outcome, err
	}
	return outcome, w.End()
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
