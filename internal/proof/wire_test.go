package proof_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"regexp"
	"strings"

	"github.com/carte-reseau/hub/internal/sigb"
)

var silent = slog.New(slog.DiscardHandler)

// trouble is what befalls one request.
type trouble int

const (
	noTrouble trouble = iota
	down              // it never arrives
	replyLost         // it is served, and nobody hears of it
	busy              // it is turned away
)

// errCut is what a caller sees of a broken line.
var errCut = errors.New("the line broke")

// wire carries requests between the hub and the libraries in memory.
type wire struct {
	hub       http.Handler
	libraries map[string]http.Handler // by host

	// next befalls the request that follows after so many others.
	next  trouble
	after int
	// meanwhile happens just before that request is served, and afterwards just before its reply arrives.
	meanwhile, afterwards func()
	// served is told of every request that was served.
	served func(exchanged)
}

// exchanged is one request and its answer, as they went over the wire.
type exchanged struct {
	host, path  string
	code        string // who signed in at the hub
	sent, reply []byte
	lost        bool // the caller never got the reply
}

// RoundTrip serves the request on the spot.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	x := exchanged{host: r.URL.Hostname(), path: r.URL.Path}
	x.code, _, _ = r.BasicAuth()
	if r.Body != nil {
		var err error
		if x.sent, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	befalls, meanwhile, afterwards := w.fate()
	meanwhile()
	switch befalls {
	case down:
		return nil, errCut
	case busy:
		return turnedAway(r), nil
	}
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{}) // by which a caller knows that it may have been heard
	}
	answer := w.serve(r, x)
	x.reply, x.lost = answer.Body.Bytes(), befalls == replyLost
	if w.served != nil {
		w.served(x)
	}
	afterwards()
	if x.lost {
		return nil, errCut
	}
	reply := answer.Result()
	reply.Request = r
	return reply, nil
}

// fate is what awaits this request; each fate strikes once.
func (w *wire) fate() (befalls trouble, meanwhile, afterwards func()) {
	meanwhile, afterwards = func() {}, func() {}
	if w.after > 0 {
		w.after--
		return noTrouble, meanwhile, afterwards
	}
	befalls, w.next = w.next, noTrouble
	if w.meanwhile != nil {
		meanwhile, w.meanwhile = w.meanwhile, nil
	}
	if w.afterwards != nil {
		afterwards, w.afterwards = w.afterwards, nil
	}
	return befalls, meanwhile, afterwards
}

func (w *wire) calm() { w.next, w.after, w.meanwhile, w.afterwards = noTrouble, 0, nil, nil }

func (w *wire) serve(r *http.Request, x exchanged) *httptest.ResponseRecorder {
	in := r.Clone(r.Context())
	in.Body, in.ContentLength = io.NopCloser(bytes.NewReader(x.sent)), int64(len(x.sent))
	in.RequestURI, in.RemoteAddr, in.Host = r.URL.RequestURI(), "127.0.0.1:1", r.URL.Host
	answer := httptest.NewRecorder()
	handler := w.hub
	if x.host != hubHost {
		handler = w.libraries[x.host]
	}
	handler.ServeHTTP(answer, in)
	return answer
}

func turnedAway(r *http.Request) *http.Response {
	return &http.Response{
		StatusCode: http.StatusServiceUnavailable, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Retry-After": {"3600"}}, Body: http.NoBody, Request: r,
	}
}

var carte = regexp.MustCompile(`(?s)<carte[ >].*?</carte>`)

// cardsIn reads the cards of anything that went over the wire.
func cardsIn(t tester, body []byte) []sigb.Card {
	t.Helper()
	whole := "<cartes>" + strings.Join(carte.FindAllString(string(body), -1), "") + "</cartes>"
	list, err := sigb.ReadCards(strings.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	return list
}
