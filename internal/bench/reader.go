package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// reader is the library that fetches its cards from the hub's OAI-PMH server.
type reader struct {
	hub  string
	gzip bool
	// eachPage is told of every page that was read.
	eachPage func(cards int, took time.Duration)

	client *http.Client
	page   bytes.Buffer
}

func newReader(h *hub) *reader {
	return &reader{hub: h.url, client: &http.Client{Transport: &http.Transport{DisableCompression: true, ReadBufferSize: 64 << 10}}}
}

// list is a list that was fetched to its end.
type list struct {
	cards int
	date  string // its responseDate
	took  time.Duration
}

func (l list) rate() float64 { return float64(l.cards) / l.took.Seconds() }

// fetch reads a whole list, from a datestamp on or, with none, from the beginning.
func (r *reader) fetch(ctx context.Context, from string) (list, error) {
	var l list
	query := url.Values{"verb": {"ListRecords"}, "metadataPrefix": {"carte"}}
	if from != "" {
		query.Set("from", from)
	}
	begun := time.Now()
	for {
		before := time.Now()
		if err := r.get(ctx, query); err != nil {
			return l, err
		}
		// Behind a line's end, which is rare: the client's own looking must not cost what is measured.
		cards := bytes.Count(r.page.Bytes(), []byte("\n<record>"))
		if r.eachPage != nil {
			r.eachPage(cards, time.Since(before))
		}
		l.cards += cards
		l.date = between(r.page.Bytes(), "<responseDate>", "<")
		token := r.token()
		if token == "" {
			l.took = time.Since(begun)
			return l, nil
		}
		query = url.Values{"verb": {"ListRecords"}, "resumptionToken": {token}}
	}
}

func (r *reader) get(ctx context.Context, query url.Values) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.hub+"/oai?"+query.Encode(), http.NoBody)
	if err != nil {
		return err
	}
	request.SetBasicAuth(wanderer, keyOf(wanderer))
	if r.gzip {
		request.Header.Set("Accept-Encoding", "gzip")
	}
	response, err := r.client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }() // only read
	body := io.Reader(response.Body)
	if r.gzip {
		if response.Header.Get("Content-Encoding") != "gzip" {
			return fmt.Errorf("the hub does not answer in gzip")
		}
		if body, err = gzip.NewReader(response.Body); err != nil {
			return err
		}
	}
	r.page.Reset()
	if _, err := r.page.ReadFrom(body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the hub answered %s: %.500s", response.Status, r.page.Bytes())
	}
	return nil
}

// token is the page's, which stands at its end.
func (r *reader) token() string {
	const end = 2048
	page := r.page.Bytes()
	tail := page[max(0, len(page)-end):]
	at := bytes.Index(tail, []byte("<resumptionToken"))
	if at < 0 {
		return ""
	}
	return between(tail[at:], ">", "<")
}

// between is what stands between the first of two words and the next of the other.
func between(text []byte, before, after string) string {
	at := bytes.Index(text, []byte(before))
	if at < 0 {
		return ""
	}
	text = text[at+len(before):]
	end := bytes.Index(text, []byte(after))
	if end < 0 {
		return ""
	}
	return string(text[:end])
}
