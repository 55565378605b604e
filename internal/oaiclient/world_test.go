package oaiclient_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/oaiclient"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// world is a hub's memory, a library that is harvested and another that is handed the cards.
type world struct {
	store *store.Store
	lib   *cards.Library
	other *cards.Library
	log   *safeBuffer
}

func newWorld(t *testing.T, oaiURL string) *world {
	t.Helper()
	return newWorldOn(t, storetest.SQLite(t), oaiURL)
}

func newWorldOn(t *testing.T, s *store.Store, oaiURL string) *world {
	t.Helper()
	return &world{
		store: s,
		lib: storetest.Library(t, s, "beauvoir", func(l *cards.Library) {
			l.OAIURL, l.OAISet, l.OAIPrefix = oaiURL, "cartes", "carte"
			l.ILSUser, l.ILSPassword = "hub", "secret du SIGB"
		}),
		other: storetest.Library(t, s, "mours"),
		log:   &safeBuffer{},
	}
}

// hasty are options under which nothing waits for long.
func (w *world) hasty(change ...func(*oaiclient.Options)) oaiclient.Options {
	o := oaiclient.Options{
		Logger:  slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Backoff: time.Millisecond, Attempts: 3, PublicURL: "https://hub.example.org",
		ConnectTimeout: 5 * time.Second, HeaderTimeout: 5 * time.Second, IdleTimeout: 5 * time.Second, RequestTimeout: 20 * time.Second,
	}
	for _, do := range change {
		do(&o)
	}
	return o
}

// harvest makes one run.
func (w *world) harvest(t *testing.T, change ...func(*oaiclient.Options)) (cards.Run, error) {
	t.Helper()
	return w.harvestOn(t, w.store, change...)
}

func (w *world) harvestOn(t *testing.T, s oaiclient.Store, change ...func(*oaiclient.Options)) (cards.Run, error) {
	t.Helper()
	h := oaiclient.New(s, w.hasty(change...))
	defer h.Close()
	return h.Harvest(context.Background(), w.lib)
}

// complete makes one run that must succeed.
func (w *world) complete(t *testing.T, change ...func(*oaiclient.Options)) cards.Run {
	t.Helper()
	run, err := w.harvest(t, change...)
	if err != nil {
		t.Fatalf("harvest: %v", err)
	}
	if !run.OK || !run.Error.IsZero() || run.Finished.IsZero() {
		t.Fatalf("run %+v", run)
	}
	return run
}

func (w *world) state(t *testing.T) cards.Harvest {
	t.Helper()
	state, err := w.store.Harvest(context.Background(), w.lib.ID)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// handed is the XML the other library is handed, by card number.
func (w *world) handed(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	items, err := w.store.PushFeed(context.Background(), cards.FeedRange{LibraryID: w.other.ID, Day: "2026-01-01", Limit: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range items {
		all[item.Number] = string(item.XML)
	}
	return all
}

func (w *world) wantNumbers(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	for number := range w.handed(t) {
		got = append(got, number)
	}
	slices.Sort(got)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the other library is handed %v, want %v", got, want)
	}
}

func (w *world) mails(t *testing.T) []cards.Message {
	t.Helper()
	mails, err := w.store.DueMail(context.Background(), 100)
	if err != nil {
		t.Fatal(err)
	}
	return mails
}

func (w *world) deposits(t *testing.T) []cards.Deposit {
	t.Helper()
	list, err := w.store.Deposits(context.Background(), cards.DepositQuery{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// silent checks that neither what the runs told nor what they logged holds any of the words.
func (w *world) silent(t *testing.T, words ...string) {
	t.Helper()
	runs, err := w.store.Runs(context.Background(), cards.RunQuery{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	text := w.log.String()
	for _, run := range runs {
		text += "\n" + run.Error.String()
	}
	for _, word := range words {
		for _, form := range []string{word, url.QueryEscape(word)} {
			if strings.Contains(text, form) {
				t.Errorf("%q is in a log or an error:\n%s", form, text)
			}
		}
	}
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// script is a server that gives prepared answers in turn, and the last one ever after.
type script struct {
	*httptest.Server
	mu      sync.Mutex
	answers []http.HandlerFunc
	asked   []url.Values
}

func newScript(t *testing.T, answers ...http.HandlerFunc) *script {
	t.Helper()
	s := &script{answers: answers}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked = append(s.asked, r.URL.Query())
	answer := s.answers[0]
	if len(s.answers) > 1 {
		s.answers = s.answers[1:]
	}
	s.mu.Unlock()
	answer(w, r)
}

func (s *script) then(answers ...http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers, s.asked = answers, nil
}

// queries lists what was asked, one word a request: the token, or "from=" and the from.
func (s *script) queries() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	for _, q := range s.asked {
		if q.Get("resumptionToken") != "" {
			list = append(list, q.Get("resumptionToken"))
		} else {
			list = append(list, "from="+q.Get("from"))
		}
	}
	return list
}

// byToken answers with the page a request asks for, whatever was asked before: a harvest that dies may have sent for the
// next page.
func byToken(pages map[string]http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { pages[r.URL.Query().Get("resumptionToken")](w, r) }
}

func xmlAnswer(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		_, _ = w.Write([]byte(body))
	}
}

const date = "2026-11-21T10:00:00Z"

func listOf(token string, records ...string) string {
	if token != "" {
		token = "<resumptionToken>" + token + "</resumptionToken>"
	}
	return response("<ListRecords>" + strings.Join(records, "") + token + "</ListRecords>")
}

func response(content string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>` + date +
		`</responseDate><request verb="ListRecords">http://ils/oai</request>` + content + `</OAI-PMH>`
}

func oaiError(code string) string { return response(`<error code="` + code + `">jeton-secret</error>`) }

func record(id, metadata string) string {
	return `<record><header><identifier>oai:ils:` + id + `</identifier><datestamp>2026-11-21T09:00:00Z</datestamp></header><metadata>` +
		metadata + `</metadata></record>`
}

func card(number, name string) string {
	return record(number, `<carte xmlns="urn:carte-reseau:1">`+fields(number, name)+`</carte>`)
}

func fields(number, name string) string {
	return `<numero>` + number + `</numero><nom>` + name + `</nom><prenom>Hélène</prenom>` +
		`<inscription><premiere>2024-09-03</premiere><fin>2099-09-09</fin></inscription>`
}

func page(token string, numbers ...string) http.HandlerFunc {
	var records []string
	for _, number := range numbers {
		records = append(records, card(number, "Dupré"))
	}
	return xmlAnswer(listOf(token, records...))
}

func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
	}
}
