package web_test

import (
	"bytes"
	"context"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/intake"
	"github.com/carte-reseau/hub/internal/pgtest"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
	"github.com/carte-reseau/hub/internal/web"
)

// password is everybody's.
const password = "une phrase assez longue"

// hub is the door on a real store behind a real HTTP server.
type hub struct {
	t    *testing.T
	db   *store.Store
	url  string
	logs *lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.String()
}

// eachDatabase runs a test on a hub of each database.
func eachDatabase(t *testing.T, test func(h *hub)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(newHub(t)) })
	t.Run("postgres", func(t *testing.T) { test(newHubOn(t, pgtest.URL(t))) })
}

func newHub(t *testing.T, change ...func(*web.Options)) *hub {
	t.Helper()
	return newHubOn(t, "sqlite:"+filepath.Join(t.TempDir(), "hub.db"), change...)
}

func newHubOn(t *testing.T, database string, change ...func(*web.Options)) *hub {
	t.Helper()
	db := storetest.Open(t, database)
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	e := echo.New()
	e.IPExtractor = echo.ExtractIPDirect()
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	logs := new(lockedBuffer)
	o := web.Options{
		Accounts: db, Audit: db, Limiter: new(openDoor), Agenda: db, Names: db, First: firstAccount{db}, Pages: pagesOf(db, server.URL), PublicURL: server.URL,
		Location: paris, Logger: slog.New(slog.NewTextHandler(logs, nil)), Version: "1.2.3",
	}
	for _, do := range change {
		do(&o)
	}
	door, err := web.New(o)
	if err != nil {
		t.Fatal(err)
	}
	door.Register(e)
	return &hub{t: t, db: db, url: server.URL, logs: logs}
}

// pagesOf are those cmd/hub joins too.
func pagesOf(db *store.Store, url string) []web.Page {
	desk := libraryDesk{db}
	return []web.Page{
		web.NetworkPage(db), web.StartPage(db, []web.Advice{{Setting: "HUB_PUBLIC_URL", Value: url}, {Setting: "HUB_SMTP"}}),
		web.LibraryPage(desk), web.SettingsPage(desk), web.SheetPage(db, web.Doors{PublicURL: url, HubCode: "reseau", FTP: "ftpes://ftp.example.org", FTPEncrypted: true}),
		web.CardsPage(db), web.DecidePages(db), web.DepositPage(db, intake.New(db, intake.Options{})),
		web.StatisticsPage(db), web.SystemPage(db, machineFacts{}), web.OutboxPage(db), web.AccountsPage(db), web.AuditPage(db), web.AccountPage(db),
	}
}

// libraryDesk does for the test what cmd/hub does for the program.
type libraryDesk struct{ *store.Store }

func (d libraryDesk) CreateLibrary(ctx context.Context, l cards.Library) (string, error) {
	const key = "une-cle-toute-neuve"
	_, err := d.AddLibrary(ctx, l, key)
	return key, err
}

func (d libraryDesk) RotateKey(ctx context.Context, id int64) (string, error) {
	const key = "une-autre-cle-neuve"
	return key, d.SetLibraryKey(ctx, id, key)
}

// firstAccount takes one code.
type firstAccount struct{ db *store.Store }

const firstCode = "CODE-DU-FICHIER"

func (firstAccount) CodeFile() string { return "/var/lib/hub/premier-acces" }

func (f firstAccount) MakeFirst(ctx context.Context, code string, u cards.User, password string) (*cards.User, error) {
	if code != firstCode {
		return nil, cards.Errorf(cards.Unauthorized, "Ce code n’est pas celui du fichier.")
	}
	if err := cards.CheckPassword(password, u.Name); err != nil {
		return nil, err
	}
	made, err := f.db.AddUser(ctx, u, "")
	if err != nil {
		return nil, err
	}
	return made, f.db.SetPassword(ctx, made.ID, password)
}

// openDoor is a limiter that counts and lets everybody try.
type openDoor struct {
	mu     sync.Mutex
	failed map[string]int
	wait   time.Duration
}

func (l *openDoor) Blocked(string) (time.Duration, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.wait, l.wait > 0
}

func (l *openDoor) Failed(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed == nil {
		l.failed = map[string]int{}
	}
	l.failed[key]++
}

func (*openDoor) Succeeded(string) {}

// person is somebody with a browser.
type person struct {
	*hub
	client *http.Client
	lang   string
}

// visitor has not signed in.
func (h *hub) visitor() *person {
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	client := &http.Client{Jar: jar, CheckRedirect: stay, Transport: &http.Transport{}}
	h.t.Cleanup(client.CloseIdleConnections)
	return &person{hub: h, client: client, lang: "fr"}
}

// staff makes an account of a role and signs it in.
func (h *hub) staff(role cards.Role) *person {
	h.t.Helper()
	name := "compte-" + string(role)
	if _, err := h.db.UserByName(h.t.Context(), name); cards.CodeOf(err) == cards.NotFound {
		made, err := h.db.AddUser(h.t.Context(), cards.User{Name: name, Role: role}, "")
		if err != nil {
			h.t.Fatal(err)
		}
		if err := h.db.SetPassword(h.t.Context(), made.ID, password); err != nil {
			h.t.Fatal(err)
		}
	}
	p := h.visitor()
	a := p.post("/connexion", url.Values{"nom": {name}, "mot-de-passe": {password}})
	if a.status != http.StatusSeeOther {
		h.t.Fatalf("%s is not let in: %d %s", name, a.status, a.body)
	}
	return p
}

// answer is a page read to its end.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   string
}

type tweak func(*http.Request)

func (p *person) get(path string, tweaks ...tweak) answer {
	p.t.Helper()
	return p.do(http.MethodGet, path, "", tweaks...)
}

func (p *person) post(path string, form url.Values, tweaks ...tweak) answer {
	p.t.Helper()
	typed := func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }
	return p.do(http.MethodPost, path, form.Encode(), append([]tweak{typed}, tweaks...)...)
}

var token = regexp.MustCompile(`name="jeton" value="([^"]+)"`)

// token is what the forms of this person's pages carry.
func (p *person) token() string {
	p.t.Helper()
	found := token.FindStringSubmatch(p.get("/demarrage").body)
	if found == nil {
		p.t.Fatal("no page carries a token")
	}
	return found[1]
}

// act sends a form of a page, with its token.
func (p *person) act(path string, form url.Values, tweaks ...tweak) answer {
	p.t.Helper()
	if form == nil {
		form = url.Values{}
	}
	form.Set("jeton", p.token())
	return p.post(path, form, tweaks...)
}

// filledIn is the form of a page that is sent to the page's own address, as a browser would send it unchanged.
func (p *person) filledIn(path string) url.Values {
	p.t.Helper()
	return p.get(path).form(path)
}

func (p *person) do(method, path, body string, tweaks ...tweak) answer {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Accept-Language", p.lang)
	for _, change := range tweaks {
		change(request)
	}
	response, err := p.client.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	read, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer{t: p.t, status: response.StatusCode, header: response.Header, body: string(read)}
}

var (
	inputs  = regexp.MustCompile(`<input [^>]*>`)
	selects = regexp.MustCompile(`<select name="([^"]+)"[\s\S]*?<option value="([^"]*)"[^>]* selected`)
	named   = regexp.MustCompile(` name="([^"]+)"`)
	valued  = regexp.MustCompile(` value="([^"]*)"`)
)

// form are the fields of the page's form that is sent to action.
func (a answer) form(action string) url.Values {
	a.t.Helper()
	_, form, found := strings.Cut(a.body, `action="`+action+`"`)
	if !found {
		a.t.Fatalf("no form is sent to %s", action)
	}
	form, _, _ = strings.Cut(form, "</form>")
	fields := url.Values{}
	for _, input := range inputs.FindAllString(form, -1) {
		name, value := named.FindStringSubmatch(input), valued.FindStringSubmatch(input)
		if name != nil && value != nil && (!strings.Contains(input, `type="checkbox"`) || strings.Contains(input, " checked")) {
			fields.Add(name[1], html.UnescapeString(value[1]))
		}
	}
	for _, chosen := range selects.FindAllStringSubmatch(form, -1) {
		fields.Set(chosen[1], chosen[2])
	}
	return fields
}

// shows checks the status, and that the page holds the pieces.
func (a answer) shows(status int, pieces ...string) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Errorf("HTTP status %d, want %d: %.400s", a.status, status, a.body)
	}
	for _, piece := range pieces {
		if !strings.Contains(unbound(a.body), unbound(piece)) {
			a.t.Errorf("the page lacks %q", piece)
		}
	}
	if a.t.Failed() {
		a.t.Logf("%.6000s", a.body)
	}
	return a
}

// hides checks that the page lacks the pieces.
func (a answer) hides(pieces ...string) answer {
	a.t.Helper()
	for _, piece := range pieces {
		if strings.Contains(unbound(a.body), unbound(piece)) {
			a.t.Errorf("the page holds %q", piece)
		}
	}
	return a
}

// unbound has plain spaces where a line may not break: tests are written with those.
func unbound(text string) string {
	return strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(text)
}

// leads checks where the answer sends the browser.
func (a answer) leads(path string) answer {
	a.t.Helper()
	if a.status != http.StatusSeeOther || a.header.Get("Location") != path {
		a.t.Errorf("HTTP status %d to %q, want 303 to %q: %.600s", a.status, a.header.Get("Location"), path, a.body)
	}
	return a
}

// recorded lists the actions in the audit log, oldest first, each with its subject.
func (h *hub) recorded() []string {
	h.t.Helper()
	const most = 1000
	entries, err := h.db.Audit(h.t.Context(), cards.AuditQuery{Limit: most})
	if err != nil {
		h.t.Fatal(err)
	}
	var list []string
	for i := len(entries) - 1; i >= 0; i-- {
		list = append(list, strings.TrimSpace(entries[i].Actor+" "+entries[i].Action+" "+entries[i].Subject+" "+entries[i].Detail))
	}
	return list
}
