package oaiclient

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/xmlstream"
)

// fetcher makes single requests. What is tried again, and when, is decided above it (attempt.go).
type fetcher struct {
	client *http.Client
	opts   Options
}

func newFetcher(o Options) *fetcher {
	transport := o.Transport
	if transport == nil {
		transport = newTransport(o)
	}
	return &fetcher{opts: o, client: &http.Client{CheckRedirect: checkRedirect, Transport: transport}}
}

func newTransport(o Options) *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: o.ConnectTimeout}).DialContext,
		TLSHandshakeTimeout:    o.ConnectTimeout,
		ResponseHeaderTimeout:  o.HeaderTimeout,
		MaxResponseHeaderBytes: 64 << 10,
		ReadBufferSize:         64 << 10, // of pages of a megabyte
		DisableCompression:     true,     // gzip is undone here, where its size is watched
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: o.PingAfter, PingTimeout: o.PingAfter},
		MaxIdleConnsPerHost:    1,
		IdleConnTimeout:        30 * time.Second,
	}
}

// maxRedirects is enough for http to https, a missing slash and a moved server.
const maxRedirects = 5

// These are told apart from failures of the network.
var (
	errRedirects = errors.New("redirected too often")
	errDowngrade = errors.New("redirected from https to http")
	errElsewhere = errors.New("redirected to another machine") // whose name is the server's word: it may be anything
)

// checkRedirect stays on the machine that staff entered: who answers there must not send the hub where they cannot go
// themselves, such as to what listens on its own machine alone. The library's password goes to no other port either, and the
// address with its token to nobody (Referer). Cards that were to come over TLS do not come without it.
func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return errRedirects
	}
	req.Header.Del("Referer")
	first := via[0].URL
	if !strings.EqualFold(req.URL.Hostname(), first.Hostname()) {
		return errElsewhere
	}
	if first.Scheme == "https" && req.URL.Scheme != "https" {
		return errDowngrade
	}
	same := req.URL.Host == first.Host && req.URL.Scheme == first.Scheme
	upgraded := first.Scheme == "http" && req.URL.Scheme == "https"
	if !same && !upgraded {
		req.Header.Del("Authorization")
	}
	return nil
}

// get asks the library's server for one page. Errors are a [*failure], or of our own machine.
func (f *fetcher) get(ctx context.Context, lib *cards.Library, args url.Values) (*page, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, f.opts.RequestTimeout, errTooSlow)
	defer cancel()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	req, err := f.request(ctx, lib, args)
	if err != nil {
		return nil, err
	}
	asked := f.opts.Now()
	resp, err := f.client.Do(req)
	if err != nil {
		return nil, unreachable(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }()
	p := &page{
		status: resp.StatusCode, asked: asked, baseURL: baseURL(lib.OAIURL), date: resp.Header.Get("Date"),
		charset: declaredCharset(resp.Header.Get("Content-Type")), wait: -1,
	}
	if wait, ok := retryAfter(resp.Header, f.opts.Now(), f.opts.MaxNotBefore); ok {
		p.wait = wait
	}
	if refusal := p.refusal(); refusal != nil {
		return nil, refusal
	}
	if err := f.receive(ctx, stop, resp, p); err != nil {
		return nil, p.byStatus(err)
	}
	return p, nil
}

func (f *fetcher) request(ctx context.Context, lib *cards.Library, args url.Values) (*http.Request, error) {
	u, err := url.Parse(lib.OAIURL)
	if err != nil {
		return nil, &failure{remedy: giveUp, what: cards.Say("L’adresse OAI-PMH enregistrée n’est pas une adresse web"), todo: correctIt}
	}
	query := u.Query()
	for name, values := range args {
		query[name] = values
	}
	u.RawQuery = query.Encode()
	u.Fragment = ""
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return nil, &failure{remedy: giveUp, what: cards.Say("L’adresse OAI-PMH enregistrée n’est pas utilisable"), todo: correctIt}
	}
	req.Header.Set("User-Agent", f.opts.UserAgent)
	req.Header.Set("Accept", "text/xml, application/xml;q=0.9, */*;q=0.1")
	req.Header.Set("Accept-Encoding", "gzip")
	req.Header.Set("Cache-Control", "no-cache") // or a cache may give the same broken page each time
	if lib.ILSUser != "" {
		req.SetBasicAuth(lib.ILSUser, lib.ILSPassword)
	}
	return req, nil
}

// Why a request was given up by us.
var (
	errTooSlow = errors.New("the request took too long in all")
	errSilent  = errors.New("no byte came for too long")
)

// receive fills the page's spool with the decompressed body.
func (f *fetcher) receive(ctx context.Context, stop context.CancelCauseFunc, resp *http.Response, p *page) error {
	watch := time.AfterFunc(f.opts.IdleTimeout, func() { stop(errSilent) })
	defer watch.Stop()
	body, err := decompressed(resp, &watched{r: resp.Body, timer: watch, limit: f.opts.IdleTimeout})
	if err != nil {
		return f.cutOff(ctx, err)
	}
	p.body, err = newSpool(f.opts.TempDir)
	if err != nil {
		return err
	}
	if err := f.copyPage(ctx, p, body); err != nil {
		_ = p.body.Close()
		return err
	}
	p.html = looksHTML(p.body)
	return nil
}

func (f *fetcher) copyPage(ctx context.Context, p *page, body io.Reader) error {
	limit := f.opts.MaxPage
	if p.status != http.StatusOK {
		limit = min(limit, 1<<20) // an error has no need of more
	}
	source := &remember{r: io.LimitReader(body, limit+1)}
	size, err := io.Copy(p.body, source)
	switch {
	case err != nil && source.err == nil:
		return fmt.Errorf("writing a page to the disk: %w", err)
	case err != nil:
		return f.cutOff(ctx, err)
	case size > limit:
		return &failure{
			remedy: giveUp, what: cards.Say("La page dépasse %d Mio", limit>>20),
			todo: cards.Say("Le SIGB doit répondre par pages plus petites (jetons de reprise) ; demandez-le à son fournisseur."),
		}
	}
	return nil
}

// decompressed undoes gzip where the bytes are gzip, whatever the header says: both mistakes are common, and so are a charset
// in its place, and an application and a web server that compress one after the other.
func decompressed(resp *http.Response, body io.Reader) (io.Reader, error) {
	const mostTimes = 2
	buffered := bufio.NewReader(body)
	for range mostTimes {
		head, err := buffered.Peek(len(xmlstream.GzipMagic))
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if string(head) != xmlstream.GzipMagic {
			break
		}
		zip, err := xmlstream.Unpack(buffered)
		if err != nil {
			return nil, err
		}
		buffered = bufio.NewReader(zip)
	}
	if undone(resp.Header.Get("Content-Encoding")) || beginsAsXML(buffered) {
		return buffered, nil
	}
	return nil, &failure{
		remedy: giveUp, what: cards.Say("La réponse est compressée d’une manière que le concentrateur n’a pas demandée"),
		todo: cards.Say("Le SIGB ne doit employer que gzip ; prévenez son fournisseur."),
	}
}

func undone(encoding string) bool {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity", "gzip", "x-gzip":
		return true
	}
	return false
}

func beginsAsXML(r *bufio.Reader) bool {
	const enough = 64
	head, _ := r.Peek(enough) // shorter at the end of a short answer
	return bytes.HasPrefix(pastBlanks(head), []byte("<"))
}

// watched puts the silence timer back with every byte.
type watched struct {
	r     io.Reader
	timer *time.Timer
	limit time.Duration
}

// Read reads on.
func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if n > 0 {
		w.timer.Reset(w.limit)
	}
	return n, err
}

// remember keeps the source's error, to tell it from one of the disk.
type remember struct {
	r   io.Reader
	err error
}

// Read reads on.
func (r *remember) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}
