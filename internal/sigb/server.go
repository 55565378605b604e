package sigb

import (
	"bytes"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// A Door is one of the two services of a permanent system.
type Door string

// The services of a permanent system, and the paths they are mounted at.
const (
	OAI  Door = "/oai"
	REST Door = "/cartes"
)

// ServerOptions are the parameters a library hands the network when it joins.
type ServerOptions struct {
	Set      string // default "cartes"
	Prefix   string // default "carte"
	User     string // empty: anyone may call
	Password string
	PageSize int    // default 100
	Domain   string // of OAI identifiers, default the library's code below example.org
}

// A Server is what a permanent system offers on the internet: an OAI-PMH server that knows only ListRecords, and a REST
// service that integrates cards. It is an http.Handler; Start gives it a socket of its own.
type Server struct {
	Faults Faults

	system *System
	opts   ServerOptions
	mux    *http.ServeMux

	done     chan struct{} // ends the answers that never come
	mu       sync.Mutex
	http     *http.Server
	listener net.Listener
	served   chan struct{}
	seen     []Seen
	closed   bool
	running  sync.WaitGroup
}

// Seen is one request that came to a server, for tests of the caller.
type Seen struct {
	Door    Door
	Query   url.Values // of an OAI request
	Numbers []string   // the cards of a REST request
	Fault   string     // the fault it met, if any
	At      time.Time  // by the system's clock
}

// keptSeen bounds what a server remembers in a demo that runs for days.
const keptSeen = 1000

// NewServer makes the services of a system.
func NewServer(s *System, o ServerOptions) *Server {
	setDefault(&o.Set, "cartes")
	setDefault(&o.Prefix, "carte")
	setDefault(&o.Domain, s.code+".example.org")
	if o.PageSize <= 0 {
		o.PageSize = 100
	}
	srv := &Server{system: s, opts: o, mux: http.NewServeMux(), done: make(chan struct{})}
	srv.mux.HandleFunc(string(OAI), srv.serveOAI)
	srv.mux.HandleFunc("POST "+string(REST), srv.serveREST)
	return srv
}

// Start listens on an address and serves until Close. An address that cannot be had is an error here, not later.
func (s *Server) Start(ctx context.Context, addr string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener != nil || s.closed {
		return errors.New("sigb: the server was already started, or closed")
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("sigb %s: listening on %s: %w", s.system.code, addr, err)
	}
	s.listener = l
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute}
	s.served = make(chan struct{})
	go func() {
		defer close(s.served)
		_ = s.http.Serve(l) // ends with ErrServerClosed, by Close
	}()
	return nil
}

// Close cuts every connection and waits until nothing runs any more. It may be called again, and without Start.
func (s *Server) Close() error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.done)
	}
	hs := s.http
	s.mu.Unlock()
	var err error
	if hs != nil {
		err = hs.Close()
		<-s.served
	}
	s.running.Wait()
	return err
}

// enter counts a request in, unless the server is closing.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.running.Add(1)
	}
	return !s.closed
}

// URL is the address of a service, once started.
func (s *Server) URL(d Door) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil {
		return ""
	}
	return "http://" + s.listener.Addr().String() + string(d)
}

// System is the system behind the services.
func (s *Server) System() *System { return s.system }

// Set is the OAI set of the library's network cards.
func (s *Server) Set() string { return s.opts.Set }

// Prefix is the metadata prefix of the cards.
func (s *Server) Prefix() string { return s.opts.Prefix }

// Seen lists the requests that came, oldest first, up to the last thousand.
func (s *Server) Seen() []Seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Seen(nil), s.seen...)
}

// ServeHTTP asks who calls before anything else, so that a stranger uses up no fault.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		http.Error(w, "le SIGB s’arrête", http.StatusServiceUnavailable)
		return
	}
	defer s.running.Done()
	if !s.authorised(r) {
		w.Header().Set("WWW-Authenticate", `Basic realm="SIGB", charset="UTF-8"`)
		http.Error(w, "identification requise", http.StatusUnauthorized)
		return
	}
	s.mux.ServeHTTP(w, r)
}

func (s *Server) authorised(r *http.Request) bool {
	if s.opts.User == "" {
		return true
	}
	user, password, _ := r.BasicAuth()
	sameUser := subtle.ConstantTimeCompare([]byte(user), []byte(s.opts.User))
	samePassword := subtle.ConstantTimeCompare([]byte(password), []byte(s.opts.Password))
	return sameUser&samePassword == 1
}

// A call is one request with what the faults look at.
type call struct {
	door  Door
	form  url.Values
	cards []incoming
	bad   error // the body could not be read as a document
}

func (c *call) carries(number string) bool {
	for _, in := range c.cards {
		if strings.EqualFold(in.card.Number, number) {
			return true
		}
	}
	return false
}

// begin notes a request and finds the fault it meets.
func (s *Server) begin(c *call) Fault {
	fault := s.Faults.take(c)
	seen := Seen{Door: c.door, Query: c.form, At: s.system.now(), Fault: fault.name}
	for _, in := range c.cards {
		seen.Numbers = append(seen.Numbers, in.card.Number)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.seen) >= keptSeen {
		s.seen = append([]Seen(nil), s.seen[1:]...)
	}
	s.seen = append(s.seen, seen)
	return fault
}

func (s *Server) serveREST(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxDocument))
	if err != nil {
		http.Error(w, "corps de la requête illisible ou trop grand", http.StatusRequestEntityTooLarge)
		return
	}
	c := &call{door: REST}
	c.cards, c.bad = readDocument(bytes.NewReader(body))
	fault := s.begin(c)
	if fault.instead != nil {
		fault.instead(s, w, r)
		return
	}
	report, status := s.report(c)
	if fault.report != nil {
		fault.report(&report)
	}
	doc, err := report.write()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_ = fault.deliver(s, w, r, answer{status: status, contentType: xmlType, body: doc}) // the caller is gone: it asks again
}

func (s *Server) report(c *call) (Report, int) {
	if c.bad != nil {
		return s.system.refused(c.bad), http.StatusBadRequest
	}
	return s.system.integrate(c.cards), http.StatusOK
}
