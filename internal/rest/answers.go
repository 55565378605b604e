package rest

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
)

const (
	xmlType = "application/xml; charset=utf-8"
	// writePatience is how long a client may take to read each piece of a report.
	writePatience = time.Minute
)

// answers writes what the XML addresses answer: always a rapport, whatever went wrong.
type answers struct {
	log    *slog.Logger
	now    func() time.Time
	linger time.Duration
}

// reading are the methods of what changes nothing. Who asks for the head alone is let in, answered and recorded like who asks for
// all of it: the handler is the same, and the server keeps the body back.
var reading = []string{http.MethodGet, http.MethodHead}

// only registers a handler for its methods, and a rapport for every other.
func (a answers) only(e *echo.Echo, path string, h echo.HandlerFunc, methods ...string) {
	e.Any(path, func(c echo.Context) error {
		c.Response().Header().Set(echo.HeaderAllow, strings.Join(methods, ", "))
		return a.reply(c, http.StatusMethodNotAllowed, nil, cards.Fault{
			Code: exchange.CodeRequest, Message: "Cette adresse n’accepte que la méthode " + strings.Join(methods, " ou ") + ".",
		})
	})
	for _, method := range methods {
		e.Add(method, path, h)
	}
	e.Any(path+"/*", a.nothingHere)
}

func (a answers) nothingHere(c echo.Context) error {
	return a.reply(c, http.StatusNotFound, nil, cards.Fault{
		Code: exchange.CodeNotFound, Message: "Rien ne se trouve à cette adresse.",
	})
}

// refuse answers a sign-in that failed.
func (a answers) refuse(c echo.Context, r *refusal) error {
	if r.status >= http.StatusInternalServerError {
		return a.fail(c, nil, r.err)
	}
	maps.Copy(c.Response().Header(), r.header)
	return a.reply(c, r.status, nil, cards.Fault{Code: codeOf(r.status, r.err), Message: cards.MessageOf(r.err)})
}

// fail answers with an error: a fault of the document with its own code and line, else what the error is. An error that
// hides a cause is logged in full where it is not the client's, and the client told what it may know.
func (a answers) fail(c echo.Context, lib *cards.Library, err error) error {
	if fault, its := exchange.FaultOf(err); its {
		return a.reply(c, http.StatusBadRequest, lib, fault)
	}
	status := statusOf(err)
	message := cards.MessageOf(err)
	if status >= http.StatusInternalServerError && hidesCause(err) {
		a.log.ErrorContext(c.Request().Context(), "request failed", "path", c.Path(), "status", status, "error", err)
	}
	if status == http.StatusServiceUnavailable {
		c.Response().Header().Set(echo.HeaderRetryAfter, retryAfter)
		if cards.CodeOf(err) != cards.Unavailable {
			message = "Le concentrateur ne peut pas répondre maintenant ; réessayez dans quelques instants."
		}
	}
	return a.reply(c, status, lib, cards.Fault{Code: codeOf(status, err), Message: message})
}

// hidesCause reports whether there is more to know of err than its sender is told; a deposit that is merely still at work
// is no incident.
func hidesCause(err error) bool {
	var known *cards.Error
	return !errors.As(err, &known) || known.Err != nil
}

// unsupported answers a body that announces itself as something else.
func (a answers) unsupported(c echo.Context, lib *cards.Library, err error) error {
	c.Response().Header().Set("Accept-Encoding", "gzip")
	return a.reply(c, http.StatusUnsupportedMediaType, lib, cards.Fault{Code: exchange.CodeContentType, Message: cards.MessageOf(err)})
}

// codeOf finds the code of the report's closed list that says what the status says.
func codeOf(status int, err error) string {
	switch status {
	case http.StatusBadRequest, http.StatusRequestTimeout:
		if errors.Is(err, errBroken) || errors.Is(err, errSlow) {
			return exchange.CodeTruncated
		}
		return exchange.CodeRequest
	case http.StatusUnauthorized:
		return exchange.CodeUnauthorized
	case http.StatusForbidden:
		return exchange.CodeForbidden
	case http.StatusNotFound:
		return exchange.CodeNotFound
	case http.StatusRequestEntityTooLarge:
		return exchange.CodeTooLarge
	case http.StatusUnsupportedMediaType:
		return exchange.CodeContentType
	case http.StatusTooManyRequests:
		return exchange.CodeTooMany
	case http.StatusServiceUnavailable:
		return exchange.CodeUnavailable
	case http.StatusInternalServerError:
		return exchange.CodeInternal
	}
	return exchange.CodeRequest
}

// reply writes a report of one fault. What is left of the body may take a moment more, no longer: the server reads on behind
// the answer, to keep the connection, and would wait for a silent sender for ever.
func (a answers) reply(c echo.Context, status int, lib *cards.Library, fault cards.Fault) error {
	var document bytes.Buffer
	head := exchange.Summary{Date: a.now(), Status: cards.Refused, Fault: &fault}
	if lib != nil {
		head.Establishment = lib.Code
	}
	if err := exchange.WriteReport(&document, head, nil); err != nil {
		return err
	}
	noStore(c)
	_ = http.NewResponseController(c.Response()).SetReadDeadline(time.Now().Add(a.linger)) // a transport without deadlines has none
	return c.Blob(status, xmlType, document.Bytes())
}

// report streams a deposit's report. A failure behind its beginning ends the connection: a report cut short must not look
// like a whole one. Before its first bytes, which the writer of reports holds back, there is still a status to give.
func (a answers) report(c echo.Context, status int, lib *cards.Library, write func(io.Writer) error) error {
	noStore(c)
	out := &reportWriter{answer: c.Response(), contentType: xmlType, status: status, control: http.NewResponseController(c.Response())}
	err := write(out)
	switch {
	case err == nil:
		return nil
	case !out.begun:
		return a.fail(c, lib, err)
	case c.Request().Context().Err() == nil:
		a.log.ErrorContext(c.Request().Context(), "report broke off", "path", c.Path(), "error", err)
	}
	panic(http.ErrAbortHandler)
}

// reportWriter sends the status with the first bytes.
type reportWriter struct {
	answer      *echo.Response
	contentType string
	control     *http.ResponseController
	status      int
	begun       bool
}

// Write sends bytes; each piece has its own deadline, so that a long report may take its time.
func (w *reportWriter) Write(p []byte) (int, error) {
	if !w.begun {
		w.begun = true
		w.answer.Header().Set(echo.HeaderContentType, w.contentType)
		w.answer.WriteHeader(w.status)
	}
	_ = w.control.SetWriteDeadline(time.Now().Add(writePatience)) // a transport without deadlines has none to set
	return w.answer.Write(p)
}
