package main

import (
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// Patience with a client's body.
const (
	// readPatience is how long it may take to arrive, where its door does not
	// say otherwise piece by piece.
	readPatience = time.Minute
	// lingerPatience is how long what no door reads may take.
	lingerPatience = 5 * time.Second
)

// patientReads gives every body a deadline, also one that no door reads: the
// server itself reads it behind the answer, to keep the connection, and would
// wait for a silent client for ever. A request without a body gets none: its
// deadline would end a long answer.
func patientReads(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		request := c.Request()
		if request.Body == nil || request.Body == http.NoBody {
			return next(c)
		}
		patience := readPatience
		if request.Method == http.MethodGet || request.Method == http.MethodHead {
			patience = lingerPatience
		}
		control := http.NewResponseController(c.Response().Writer)
		body := &patientBody{ReadCloser: request.Body, control: control}
		_ = control.SetReadDeadline(time.Now().Add(patience)) // a transport without deadlines has none to set
		request.Body = body
		defer body.linger()
		return next(c)
	}
}

type patientBody struct {
	io.ReadCloser
	control *http.ResponseController
	ended   bool
}

// Read reads, and lifts the deadline at the end: it would strike while the
// request is worked on.
func (b *patientBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		b.ended = true
		_ = b.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

func (b *patientBody) linger() {
	if !b.ended {
		_ = b.control.SetReadDeadline(time.Now().Add(lingerPatience))
	}
}

// writePatience is how long a client may take to accept what is written to it.
const writePatience = time.Minute

// patientWrites gives every write a deadline of its own: a long list may take
// as long as it needs, a client that stops reading may not.
func patientWrites(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		inner := c.Response().Writer
		c.Response().Writer = &patientWriter{ResponseWriter: inner, control: http.NewResponseController(inner)}
		return next(c)
	}
}

type patientWriter struct {
	http.ResponseWriter
	control *http.ResponseController
}

// Write sets the deadline anew and writes.
func (w *patientWriter) Write(b []byte) (int, error) {
	if err := w.control.SetWriteDeadline(time.Now().Add(writePatience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *patientWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
