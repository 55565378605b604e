package rest_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/intake"
	"github.com/carte-reseau/hub/internal/rest"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

const maxDocument = 2 << 20

// hub is the door on a real store behind a real HTTP server.
type hub struct {
	t    *testing.T
	db   *store.Store
	url  string
	logs *bytes.Buffer
	stop context.CancelFunc

	readOnce sync.Once
	told     *description
}

type setup func(*rest.Options)

// eachDatabase runs a test on a hub of each database.
func eachDatabase(t *testing.T, test func(h *hub)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(newHub(t)) })
	t.Run("postgres", func(t *testing.T) { test(newHubOn(t, storetest.PostgresDatabase(t))) })
}

func newHub(t *testing.T, with ...setup) *hub {
	t.Helper()
	return newHubOn(t, storetest.SQLiteDatabase(t), with...)
}

func newHubOn(t *testing.T, database string, with ...setup) *hub {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{Database: database, Secret: make([]byte, 32), PasswordCost: storetest.Cheap})
	if err != nil {
		t.Fatal(err)
	}
	h := &hub{t: t, db: db, logs: new(bytes.Buffer)}
	t.Cleanup(func() { // behind the server's end
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	h.url, h.stop = serve(t, db, h.logs, with...)
	return h
}

// serveDoor opens one more door on a store.
func serveDoor(t *testing.T, db *store.Store, with ...setup) string {
	t.Helper()
	url, _ := serve(t, db, new(bytes.Buffer), with...)
	return url
}

func serve(t *testing.T, db *store.Store, logs io.Writer, with ...setup) (url string, stop context.CancelFunc) {
	t.Helper()
	o := rest.Options{
		Keys: db, Limiter: rest.NewSignInLimiter(nil), Deposits: db, Confirmations: db, Overview: db, Audit: db, Readiness: db, Subjects: subjectsOf(db),
		Inbox:  intake.New(db, intake.Options{MaxDocument: maxDocument, Owner: "test"}),
		Logger: slog.New(slog.NewTextHandler(logs, nil)), MaxDocument: maxDocument, Version: "1.2.3",
	}
	for _, change := range with {
		change(&o)
	}
	lifetime, stop := context.WithCancel(context.Background())
	door, err := rest.New(lifetime, o)
	if err != nil {
		t.Fatal(err)
	}
	e := echo.New()
	e.IPExtractor = echo.ExtractIPDirect()
	if err := door.Register(e); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(e)
	t.Cleanup(func() {
		server.Close()
		stop()
	})
	return server.URL, stop
}

// subjectsOf are those cmd/hub joins too.
func subjectsOf(db *store.Store) []rest.Subject {
	inbox := intake.New(db, intake.Options{MaxDocument: maxDocument, Owner: "test"})
	return []rest.Subject{rest.Conflicts(db, "reseau"), rest.Documents(db, inbox), rest.Duplicates(db),
		rest.Cards(db, "reseau"), rest.Deliveries(db), rest.Erasures(db), rest.Staff(db), rest.AuditTrail(db), rest.Statistics(db),
		rest.Search(db, "reseau"), rest.Refused(db), rest.Outbox(db), rest.Troubles(db, time.UTC), rest.Libraries(db, rest.LibraryRules{HubCode: "reseau", Check: refuseHub}),
		rest.Events(silence{}, rest.EventOptions{Longest: 20 * time.Millisecond})}
}

// silence is a network in which nothing happens.
type silence struct{}

func (silence) Listen(ctx context.Context) (<-chan cards.Event, error) {
	heard := make(chan cards.Event)
	context.AfterFunc(ctx, func() { close(heard) })
	return heard, nil
}

// refusedCode is one no library may serve, as cmd/hub sees to it for the hub's own.
const refusedCode = "reseau"

func refuseHub(l *cards.Library) error {
	if l.Speaks(refusedCode) {
		return cards.Errorf(cards.Conflict, "Le code %s est celui du concentrateur.", refusedCode)
	}
	return nil
}

func keyOf(code string) string { return "clef-de-test-de-" + code }

func (h *hub) library(code string, serves ...string) *cards.Library {
	h.t.Helper()
	lib, err := h.db.AddLibrary(h.t.Context(), cards.Library{
		Code: code, Name: "Médiathèque de " + code, Email: code + "@example.org", Serves: serves,
	}, keyOf(code))
	if err != nil {
		h.t.Fatal(err)
	}
	return lib
}

// answer is a response read to its end.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   string
}

type tweak func(*http.Request)

func as(code string) tweak {
	return func(r *http.Request) { r.SetBasicAuth(code, keyOf(code)) }
}

func header(name, value string) tweak {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func (h *hub) do(method, path, body string, tweaks ...tweak) answer {
	h.t.Helper()
	request, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	for _, change := range tweaks {
		change(request)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	read, err := io.ReadAll(response.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	a := answer{t: h.t, status: response.StatusCode, header: response.Header, body: string(read)}
	h.wantAsDescribed(method, path, a)
	return a
}

func (h *hub) post(code, document string, tweaks ...tweak) answer {
	h.t.Helper()
	return h.do(http.MethodPost, "/cartes", document, append([]tweak{as(code), header("Content-Type", "application/xml")}, tweaks...)...)
}

// wantReport checks the status, and that the body is a valid rapport of that statut which holds the pieces.
func (a answer) wantReport(status int, statut cards.DepositStatus, pieces ...string) {
	a.t.Helper()
	if a.status != status {
		a.t.Errorf("HTTP status %d, want %d", a.status, status)
	}
	if got := a.header.Get("Content-Type"); got != "application/xml; charset=utf-8" {
		a.t.Errorf("Content-Type %q", got)
	}
	validate(a.t, reportEngine(a.t), a.body)
	for _, piece := range append([]string{`statut="` + string(statut) + `"`}, pieces...) {
		if !strings.Contains(a.body, piece) {
			a.t.Errorf("the report lacks %q", piece)
		}
	}
	if a.t.Failed() {
		a.t.Logf("%.2000s", a.body)
	}
}

// cardsOf counts the cards a library would be handed.
func (h *hub) cardsOf(lib *cards.Library) int {
	h.t.Helper()
	feed, err := storetest.Feed(h.t.Context(), h.db, cards.FeedRange{LibraryID: lib.ID, Day: time.Now().Format(time.DateOnly), Limit: 10_000})
	if err != nil {
		h.t.Fatal(err)
	}
	return len(feed)
}

func cardXML(number string) string {
	return "<carte><numero>" + number + "</numero><nom>Dupré</nom><prenom>Hélène</prenom>" +
		"<inscription><premiere>2024-09-03</premiere><fin>2099-09-09</fin></inscription></carte>\n"
}

func documentOf(establishment string, list ...string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<cartes xmlns="urn:carte-reseau:1" etablissement="` +
		establishment + `">` + "\n" + strings.Join(list, "") + "</cartes>\n"
}

func manyCards(prefix string, count int) []string {
	list := make([]string, count)
	for i := range list {
		list[i] = cardXML(fmt.Sprintf("%s%06d", prefix, i))
	}
	return list
}
