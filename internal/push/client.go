package push

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
)

const (
	connectTimeout = 10 * time.Second
	idleTimeout    = 90 * time.Second
	userAgent      = "carte-reseau-hub"
	xmlType        = "application/xml; charset=utf-8"
	maxHeader      = 64 << 10
)

// client speaks HTTP to the libraries' systems.
type client struct{ http *http.Client }

func newClient(opts Options) *client {
	transport := opts.Transport
	if transport == nil {
		transport = &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: connectTimeout}).DialContext,
			TLSHandshakeTimeout:    connectTimeout,
			IdleConnTimeout:        idleTimeout,
			MaxResponseHeaderBytes: maxHeader,
			MaxIdleConnsPerHost:    1, // one sender per library
			ForceAttemptHTTP2:      true,
			HTTP2:                  &http.HTTP2Config{SendPingTimeout: opts.PingAfter, PingTimeout: opts.PingAfter},
		}
	}
	return &client{http: &http.Client{
		Transport: transport,
		// A redirected POST would carry readers' data, or the password, to a
		// place nobody entered.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// post sends items in one document and reads what the system says of them.
func (d *delivery) post(ctx context.Context, items []cards.FeedItem) (verdict, error) {
	if err := ctx.Err(); err != nil {
		return verdict{}, err
	}
	body, err := d.document(items)
	if err != nil {
		return verdict{}, err
	}
	begun := time.Now()
	v, unsure, err := d.exchange(ctx, body, items)
	d.metrics.request(d.lib.Code, outcomeName(err), time.Since(begun))
	if unsure {
		return v, errors.Join(err, d.doubt(ctx, items))
	}
	return v, err
}

// document is what the system is sent: the stored cards, copied as they are.
func (d *delivery) document(items []cards.FeedItem) ([]byte, error) {
	var body bytes.Buffer
	body.Grow(sizeOf(items))
	w, err := exchange.NewWriter(&body, exchange.Envelope{
		Establishment: d.opts.HubCode, Mode: exchange.Incremental, Made: d.owed.At.In(d.opts.Location),
	})
	if err != nil {
		return nil, err
	}
	for _, item := range items {
		if err := w.WriteRendered(item.XML); err != nil {
			return nil, err
		}
	}
	err = w.Close() // flushes
	return body.Bytes(), err
}

// sizeOf is about how large a document of items is.
func sizeOf(items []cards.FeedItem) int {
	const envelope = 512
	size := envelope
	for _, item := range items {
		size += len(item.XML) + 1
	}
	return size
}

// exchange makes one request, bounded in time and size, and judges the answer.
// It is unsure where the system may have taken the cards, though no report says
// so.
func (d *delivery) exchange(ctx context.Context, body []byte, items []cards.FeedItem) (v verdict, unsure bool, err error) {
	bounded, cancel := context.WithTimeout(ctx, d.opts.Timeout)
	defer cancel()
	var connected atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }}
	req, err := d.request(httptrace.WithClientTrace(bounded, trace), body)
	if err != nil {
		return verdict{}, false, err
	}
	resp, err := d.client.http.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return verdict{}, connected.Load(), ctx.Err()
		}
		return verdict{}, connected.Load(), d.unanswered(err, connected.Load())
	}
	defer func() { _ = resp.Body.Close() }() // nothing is written through it
	reply := &boundedReader{r: resp.Body, left: d.opts.MaxReply}
	v, err = d.judge(resp, reply, items)
	unsure = err != nil && (resp.StatusCode < 300 || resp.StatusCode >= 500)
	if err != nil && ctx.Err() != nil {
		return verdict{}, unsure, ctx.Err()
	}
	// What is left, if little, is read so that the connection can be kept.
	_, _ = io.CopyN(io.Discard, reply, 4<<10)
	return v, unsure, err
}

func (d *delivery) request(ctx context.Context, body []byte) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.lib.PushURL, bytes.NewReader(body))
	if err != nil {
		return nil, later(err, time.Time{}, cards.Say("L’adresse du service d’intégration de %s est inutilisable ; corrigez-la dans ses réglages.", d.lib.Code))
	}
	req.Header.Set("Content-Type", xmlType)
	req.Header.Set("Accept", "application/xml, text/xml;q=0.9")
	req.Header.Set("User-Agent", userAgent)
	// Sending cards twice changes nothing, so net/http may try again by itself
	// where a kept connection turns out to be dead. Nil: the header is not sent.
	req.Header["X-Idempotency-Key"] = nil
	if d.lib.ILSUser != "" {
		req.SetBasicAuth(d.lib.ILSUser, d.lib.ILSPassword)
	}
	return req, nil
}

// where names the library's system for staff: code and host, never the whole
// address, whose query might hold a secret.
func (d *delivery) where() string {
	u, err := url.Parse(d.lib.PushURL)
	if err != nil {
		return d.lib.Code
	}
	return fmt.Sprintf("%s (%s)", d.lib.Code, u.Host)
}
