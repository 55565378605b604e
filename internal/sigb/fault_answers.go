package sigb

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// The faults of this file answer in place of the service: nothing is listed, nothing integrated.

// Unavailable answers 503 with Retry-After in seconds.
func Unavailable(retryAfter time.Duration) Fault {
	return status("unavailable", http.StatusServiceUnavailable, inSeconds(retryAfter))
}

// UnavailableUntil answers 503 with Retry-After as an HTTP date, by the system's own clock.
func UnavailableUntil(retryAfter time.Duration) Fault {
	return status("unavailable-until", http.StatusServiceUnavailable, asDate(retryAfter))
}

// TooMany answers 429 with Retry-After in seconds.
func TooMany(retryAfter time.Duration) Fault {
	return status("too-many", http.StatusTooManyRequests, inSeconds(retryAfter))
}

// TooManyUntil answers 429 with Retry-After as an HTTP date, by the system's own clock.
func TooManyUntil(retryAfter time.Duration) Fault {
	return status("too-many-until", http.StatusTooManyRequests, asDate(retryAfter))
}

// Broken answers 500.
func Broken() Fault { return status("broken", http.StatusInternalServerError, nil) }

// Unauthorized answers 401, as after a change of password.
func Unauthorized() Fault { return status("unauthorized", http.StatusUnauthorized, nil) }

// Forbidden answers 403.
func Forbidden() Fault { return status("forbidden", http.StatusForbidden, nil) }

// Status answers with any status and a page that means nothing.
func Status(code int) Fault { return status("status-"+strconv.Itoa(code), code, nil) }

// RefuseBatchWith answers a status to every batch that contains the card, and takes nothing of it. Order it with Always
// to see batches split until the culprit is found.
func RefuseBatchWith(code int, number string) Fault {
	f := status("refuse-batch", code, nil).On(REST)
	f.when = func(c *call) bool { return c.carries(number) }
	return f
}

// Empty answers 200 with no body.
func Empty() Fault {
	return answering("empty", func(w http.ResponseWriter) { w.WriteHeader(http.StatusOK) })
}

// NoReport answers a batch with a page for people, status 200, and takes nothing of it.
func NoReport() Fault {
	return answering("no-report", func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<!DOCTYPE html><html><body><h1>Bienvenue</h1></body></html>"))
	}).On(REST)
}

// Silent never answers and does nothing.
func Silent() Fault {
	return Fault{name: "silent", instead: func(s *Server, _ http.ResponseWriter, r *http.Request) { s.hang(r) }}
}

// hang holds a request until its caller gives up or the server closes, then drops the connection.
func (s *Server) hang(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-s.done:
	}
	panic(http.ErrAbortHandler)
}

func answering(name string, write func(http.ResponseWriter)) Fault {
	return Fault{name: name, instead: func(_ *Server, w http.ResponseWriter, _ *http.Request) { write(w) }}
}

func status(name string, code int, header func(*Server) string) Fault {
	return Fault{name: name, instead: func(s *Server, w http.ResponseWriter, _ *http.Request) {
		if header != nil {
			w.Header().Set("Retry-After", header(s))
		}
		http.Error(w, fmt.Sprintf("le SIGB répond %d", code), code)
	}}
}

func inSeconds(d time.Duration) func(*Server) string {
	return func(*Server) string { return strconv.Itoa(int(d.Round(time.Second).Seconds())) }
}

func asDate(d time.Duration) func(*Server) string {
	return func(s *Server) string { return s.system.clock().Add(d).UTC().Format(http.TimeFormat) }
}
