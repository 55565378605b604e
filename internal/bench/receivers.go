package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// receivers are the REST services of permanent libraries, each on a socket of its own, that answer at once: they count
// the cards they are sent and report that they took them all.
type receivers struct {
	urls    []string
	servers []*http.Server
	serving sync.WaitGroup

	mu      sync.Mutex
	wanted  int
	reached chan time.Time
	got     map[int]bool
}

func startReceivers(ctx context.Context, n int) (*receivers, error) {
	r := &receivers{}
	var listen net.ListenConfig
	for i := range n {
		listener, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return r, errors.Join(err, r.close())
		}
		server := &http.Server{Handler: r.answer(i), ReadHeaderTimeout: time.Minute}
		r.servers = append(r.servers, server)
		r.urls = append(r.urls, "http://"+listener.Addr().String()+"/cartes")
		r.serving.Go(func() { _ = server.Serve(listener) }) // ends by close
	}
	return r, nil
}

func (r *receivers) close() error {
	var errs []error
	for _, server := range r.servers {
		errs = append(errs, server.Close())
	}
	r.serving.Wait()
	return errors.Join(errs...)
}

// bodies are kept, so that a receiver answers at once.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func (r *receivers) answer(i int) http.HandlerFunc {
	return func(w http.ResponseWriter, request *http.Request) {
		body := bodies.Get().(*bytes.Buffer)
		defer bodies.Put(body)
		body.Reset()
		if _, err := body.ReadFrom(request.Body); err != nil {
			return // the sender has left
		}
		n := bytes.Count(body.Bytes(), []byte("\n<carte>")) + bytes.Count(body.Bytes(), []byte("\n<carte "))
		w.Header().Set("Content-Type", "application/xml; charset=utf-8")
		_, _ = fmt.Fprintf(w, `<rapport xmlns="urn:carte-reseau:1" etablissement="permanente-%d" date="2026-11-21T08:30:02Z" statut="integre" `+
			`recues="%d" creees="%d" modifiees="0" inchangees="0" rejetees="0"/>`, i+1, n, n) // the sender has left, or not
		r.note(i)
	}
}

// note counts a receiver in, once.
func (r *receivers) note(i int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.reached == nil || r.got[i] {
		return
	}
	r.got[i] = true
	if len(r.got) == r.wanted {
		r.reached <- time.Now()
		r.reached = nil
	}
}

// expect tells, once, when so many receivers have been sent something.
func (r *receivers) expect(n int) <-chan time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wanted, r.got, r.reached = n, make(map[int]bool, n), make(chan time.Time, 1)
	return r.reached
}

// poster POSTs to receivers without a hub.
type poster struct{ client *http.Client }

func newPoster() *poster {
	return &poster{client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}}}
}

func (p *poster) post(ctx context.Context, url string, body []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/xml; charset=utf-8")
	response, err := p.client.Do(request)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, response.Body)
	return errors.Join(err, response.Body.Close())
}
