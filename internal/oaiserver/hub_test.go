package oaiserver_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/oai"
	"github.com/carte-reseau/hub/internal/oaiserver"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
	"github.com/carte-reseau/hub/internal/xmlstream"
)

const publicURL = "https://cartes.exemple.fr"

// spy is the real store, but for its clock, which can be set ahead, for what
// fails when it is told to, and for what it remembers.
type spy struct {
	oaiserver.Store

	mu       sync.Mutex
	ahead    int64
	failing  map[string]error
	finished []cards.List
	onFinish func()
	// onCard is told of each card of a list, in its turn, before the door is.
	onCard func(ctx context.Context, turn int) error
	onRead func() // the feed was read
	// onAsked is told that a card is going to be handed over by itself.
	onAsked func()
	// onAdmit is told of each library that was admitted.
	onAdmit func()
}

func (s *spy) fail(what string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failing[what]
}

func (s *spy) setFailing(what string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failing = map[string]error{what: err}
}

func (s *spy) Admit(ctx context.Context, code, key string) (cards.Admission, error) {
	if err := s.fail("Admit"); err != nil {
		return cards.Admission{}, err
	}
	admitted, err := s.Store.Admit(ctx, code, key)
	if s.onAdmit != nil {
		s.onAdmit()
		admitted.Closed = 0 // a second later
	}
	if admitted.Closed == 0 || s.fail("CloseSecond") != nil {
		admitted.Closed = 0
		return admitted, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	admitted.Closed += s.ahead
	return admitted, err
}

func (s *spy) LibraryCodes(ctx context.Context) (map[int64]string, error) {
	if err := s.fail("LibraryCodes"); err != nil {
		return nil, err
	}
	return s.Store.LibraryCodes(ctx)
}

func (s *spy) CloseSecond(ctx context.Context) (int64, error) {
	if err := s.fail("CloseSecond"); err != nil {
		return 0, err
	}
	closed, err := s.Store.CloseSecond(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	return closed + s.ahead, err
}

func (s *spy) ListBounds(ctx context.Context, r cards.FeedRange) (upperSeq, size int64, err error) {
	if err := s.fail("ListBounds"); err != nil {
		return 0, 0, err
	}
	return s.Store.ListBounds(ctx, r)
}

func (s *spy) Feed(ctx context.Context, r cards.FeedRange, take func(*cards.FeedItem) error) error {
	if err := s.fail("Feed"); err != nil {
		return err
	}
	if s.onRead != nil {
		defer s.onRead()
	}
	if s.onCard == nil {
		return s.Store.Feed(ctx, r, take)
	}
	turn := 0
	return s.Store.Feed(ctx, r, func(item *cards.FeedItem) error {
		turn++
		if err := s.onCard(ctx, turn); err != nil {
			return err
		}
		return take(item)
	})
}

func (s *spy) CardByOAIID(ctx context.Context, oaiID string) (*cards.FeedItem, string, error) {
	if err := s.fail("CardByOAIID"); err != nil {
		return nil, "", err
	}
	return s.Store.CardByOAIID(ctx, oaiID)
}

func (s *spy) NoteAsked(ctx context.Context, libraryID int64, item *cards.FeedItem) error {
	if err := s.fail("NoteAsked"); err != nil {
		return err
	}
	if s.onAsked != nil {
		s.onAsked()
	}
	return s.Store.NoteAsked(ctx, libraryID, item)
}

func (s *spy) EarliestStamp(ctx context.Context) (int64, error) {
	if err := s.fail("EarliestStamp"); err != nil {
		return 0, err
	}
	return s.Store.EarliestStamp(ctx)
}

func (s *spy) BridgeGap(ctx context.Context, libraryID, from int64) error {
	if err := s.fail("BridgeGap"); err != nil {
		return err
	}
	return s.Store.BridgeGap(ctx, libraryID, from)
}

func (s *spy) BeginList(ctx context.Context, l cards.List) error {
	if err := s.fail("BeginList"); err != nil {
		return err
	}
	return s.Store.BeginList(ctx, l)
}

func (s *spy) FinishList(ctx context.Context, l cards.List) error {
	if err := s.fail("FinishList"); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("the mark must move even when the client has left: %w", err)
	}
	s.mu.Lock()
	s.finished = append(s.finished, l)
	onFinish := s.onFinish
	s.mu.Unlock()
	if onFinish != nil {
		onFinish()
	}
	return s.Store.FinishList(ctx, l)
}

// lists are those finished since it was last asked.
func (s *spy) lists() []cards.List {
	s.mu.Lock()
	defer s.mu.Unlock()
	lists := s.finished
	s.finished = nil
	return lists
}

// turnstile blocks a key after three failures.
type turnstile struct {
	mu       sync.Mutex
	failures map[string]int
}

func (l *turnstile) Blocked(key string) (time.Duration, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return 1500 * time.Millisecond, l.failures[key] >= 3
}

func (l *turnstile) Failed(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failures[key]++
}

func (l *turnstile) Succeeded(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.failures, key)
}

// hub is the door on a real store, with two libraries.
type hub struct {
	t              testing.TB
	store          *store.Store
	spy            *spy
	url            string
	client         *http.Client
	mours, peyrins *cards.Library
	logged         *lockedBuffer
	echo           *echo.Echo
	wrote          atomic.Pointer[func()] // done behind each piece of an answer
}

// watched is a response whose pieces are told of.
type watched struct {
	http.ResponseWriter
	hub *hub
}

func (w watched) Write(b []byte) (int, error) {
	n, err := w.ResponseWriter.Write(b)
	if do := w.hub.wrote.Load(); do != nil {
		(*do)()
	}
	return n, err
}

func (w watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func options() oaiserver.Options {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		panic(err)
	}
	return oaiserver.Options{
		PublicURL: publicURL, HubCode: "reseau", Domain: "cartes.exemple.fr", AdminEmail: "admin@exemple.fr",
		Location: paris, Key: storetest.Secret, Limiter: &turnstile{failures: map[string]int{}},
	}
}

// open opens the door on s.
func open(t testing.TB, s *store.Store, change ...func(*oaiserver.Options)) *hub {
	t.Helper()
	h := &hub{t: t, store: s, spy: &spy{Store: s}, logged: &lockedBuffer{}, client: &http.Client{Transport: &http.Transport{DisableCompression: true}}}
	h.mours, h.peyrins = storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
	o := options()
	o.Log = slog.New(slog.NewTextHandler(h.logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	for _, do := range change {
		do(&o)
	}
	door, err := oaiserver.New(h.spy, o)
	if err != nil {
		t.Fatal(err)
	}
	h.echo = echo.New()
	door.Register(h.echo)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.echo.ServeHTTP(watched{w, h}, r)
	}))
	t.Cleanup(func() {
		h.client.CloseIdleConnections()
		server.Close()
	})
	h.url = server.URL + oaiserver.Path
	return h
}

// settled waits until all that was written can be listed, and gives the second
// that was closed.
func (h *hub) settled() int64 {
	h.t.Helper()
	before, err := h.store.CloseSecond(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		closed, err := h.store.CloseSecond(h.t.Context())
		if err != nil {
			h.t.Fatal(err)
		}
		// What was written so far is stamped one second after before at most.
		if closed > before {
			return closed
		}
	}
	h.t.Fatal("the clock stands still")
	return 0
}

// reply is an answer as the client got it.
type reply struct {
	status  int
	header  http.Header
	body    []byte
	date    string
	verb    oai.Verb
	code    oai.ErrorCode // of the one error, if any
	token   *oai.ResumptionToken
	headers []oai.Header
	numbers []string
}

// as asks by GET, signed in as the library.
func (h *hub) as(l *cards.Library, query string) *reply {
	h.t.Helper()
	return h.do(h.request(http.MethodGet, h.url+"?"+query, "", l.Code, storetest.Key))
}

func (h *hub) request(method, address, form, code, key string) *http.Request {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, address, strings.NewReader(form))
	if err != nil {
		h.t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if code != "" {
		r.SetBasicAuth(code, key)
	}
	return r
}

// do sends the request. Whatever is answered with 200 must be valid.
func (h *hub) do(r *http.Request) *reply {
	h.t.Helper()
	res, err := h.client.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	got := &reply{status: res.StatusCode, header: res.Header, body: body}
	if res.StatusCode != http.StatusOK {
		return got
	}
	if ct := res.Header.Get("Content-Type"); ct != "text/xml; charset=utf-8" {
		h.t.Errorf("Content-Type %q", ct)
	}
	// A proxy on the way keeps no readers' data.
	if kept := res.Header.Get("Cache-Control"); kept != "private, no-store" {
		h.t.Errorf("Cache-Control %q", kept)
	}
	if res.Header.Get("Content-Encoding") == "" {
		got.read(h.t)
	}
	return got
}

// read validates the answer and takes it apart.
func (r *reply) read(t testing.TB) {
	t.Helper()
	validate(t, r.body)
	d := xmlstream.NewDecoder(bytes.NewReader(r.body), xmlstream.Limits{})
	response := oai.NewReader(d)
	for {
		rec, err := response.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, r.body)
		}
		r.headers = append(r.headers, rec.Header)
		if rec.Metadata != nil {
			r.numbers = append(r.numbers, number(t, d))
		}
	}
	r.date, r.verb, r.token = response.ResponseDate, response.Verb, response.Token
	if len(response.Errors) > 0 {
		r.code = response.Errors[0].Code
		if len(response.Errors) > 1 || response.Errors[0].Message == "" {
			t.Errorf("errors %v", response.Errors)
		}
	}
}

// number reads a carte as far as its numero.
func number(t testing.TB, d *xmlstream.Decoder) string {
	t.Helper()
	for {
		token, err := d.Next()
		if err != nil {
			t.Fatal(err)
		}
		if token.Kind == xmlstream.Text {
			return string(token.Text)
		}
	}
}

// resume asks for what follows.
func resume(verb oai.Verb, token string) string {
	return url.Values{"verb": {string(verb)}, "resumptionToken": {token}}.Encode()
}

// harvest fetches a whole list, page by page.
func (h *hub) harvest(l *cards.Library, query string) (pages []*reply, numbers []string) {
	h.t.Helper()
	page := h.as(l, query)
	for {
		pages = append(pages, page)
		numbers = append(numbers, page.numbers...)
		if page.token == nil || page.token.Value == "" {
			return pages, numbers
		}
		page = h.as(l, resume(page.verb, page.token.Value))
	}
}

func (h *hub) mark(l *cards.Library) cards.Mark {
	h.t.Helper()
	m, err := h.store.Mark(h.t.Context(), l.ID, cards.DoorPull)
	if err != nil {
		h.t.Fatal(err)
	}
	return m
}

// give makes n cards, K0000 and on, a library's.
func (h *hub) give(l *cards.Library, n int) []string {
	h.t.Helper()
	incoming := make([]cards.Incoming, n)
	numbers := make([]string, n)
	for i := range incoming {
		numbers[i] = fmt.Sprintf("K%04d", i)
		incoming[i] = storetest.Card(numbers[i])
	}
	storetest.Send(h.t, h.store, l, incoming...)
	return numbers
}

// identifierOf finds the opaque identifier of a card of l's set.
func (h *hub) identifierOf(l *cards.Library, wanted string) string {
	h.t.Helper()
	page := h.as(l, "verb=ListRecords&metadataPrefix=carte")
	for i, n := range page.numbers {
		if n == wanted {
			return page.headers[i].Identifier
		}
	}
	h.t.Fatalf("%s is not in the set of %s: %s", wanted, l.Code, page.body)
	return ""
}
