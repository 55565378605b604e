package main

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/jlaffaye/ftp"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// No word of a reader's leaves the data: not in the log, whatever its level, not in the metrics, not in the audit log, not in the addresses the
// hub asks others for, not in what strangers are answered. Every door is used in every way that may go wrong, with one
// word in every name, number and address, by peers that quote it wherever they can, and at last with a database that
// refuses what it is given.
func TestNoPersonalDataLeavesTheData(t *testing.T) {
	storetest.WithoutRace(t)
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		s := newSite(t, database)
		s.LogLevel = slog.LevelDebug
		s.FTP, s.FTPShared, s.SMTP, s.MailFrom = "embedded://127.0.0.1:0", true, "smtp://"+newCensor(t), "reseau@example.org"
		s.limits.harvest.Backoff, s.limits.push.Timeout = time.Millisecond, 5*time.Second
		peers := s.privateNetwork()
		h := s.boot()
		v := visitor{t: t, hub: h, stride: 1}
		v.useEveryDoor()
		const patience = 2 * time.Minute
		eventually(t, patience, "every peer has been asked", func() bool { return peers.reached() == len(badOAI())+len(badREST()) })
		eventually(t, patience, "every file is dealt with", func() bool { return len(filesIn(t, s)) == 0 })
		h.sendMail(t)
		eventually(t, patience, "a letter is refused", func() bool { return strings.Contains(s.log.String(), "mail not sent") })
		v.check("/metrics", v.get("/metrics"))
		s.refuseRows(database)
		v.stride = 4 // how each request goes wrong no longer matters
		v.useEveryDoor()
		eventually(t, patience, "the database's refusal is logged", func() bool { return strings.Contains(s.log.String(), "request failed") })
		v.check("/metrics", v.get("/metrics"))
		for _, address := range peers.urls {
			v.check("an address asked for", address)
		}
		v.check("the log", s.log.String())
		v.checkAudit()
	})
}

// checkAudit looks through the record of who saw what.
func (v visitor) checkAudit() {
	v.t.Helper()
	n := 0
	for e, err := range v.hub.store.AuditAll(v.t.Context(), cards.AuditQuery{}) {
		if err != nil {
			v.t.Fatal(err)
		}
		n++
		v.check("the audit log", fmt.Sprint(e))
	}
	if n < 20 {
		v.t.Errorf("only %d entries are in the audit log", n)
	}
}

// privateNetwork adds the libraries, each with its bad peer.
func (s *site) privateNetwork() *quotingPeers {
	s.t.Helper()
	s.library("mours")
	s.library("peyrins")
	s.hub("user", "add", "dominique", "--role=reader").want(exitOK) // the first account: what is asked of number 1 is asked of it
	s.hubReading(keyOf("camille")+"\n", "user", "add", "camille", "--role=administrator", "--key-file=-").want(exitOK)
	peers := map[string]http.HandlerFunc{}
	i := 0
	add := func(kind string, handlers map[string]http.HandlerFunc) {
		for _, handler := range handlers {
			i++
			peers[fmt.Sprint(kind, i)] = handler
		}
	}
	add("oai", badOAI())
	add("rest", badREST())
	served := newQuotingPeers(s.t, peers)
	for code := range peers {
		option := "--push-url="
		if strings.HasPrefix(code, "oai") {
			option = "--oai-url="
		}
		args := []string{option + served.url + "/" + code}
		if strings.HasPrefix(option, "--oai-url") {
			args = append(args, "--oai-prefix=carte", "--harvest=@every 3s")
		}
		s.library(code, args...)
	}
	return served
}

// refuseRows has the database refuse rows, with a message that quotes them.
func (s *site) refuseRows(database string) {
	s.t.Helper()
	statements := []string{"ALTER TABLE cards ADD CONSTRAINT broken CHECK (id < 0) NOT VALID", "ALTER TABLE deposits ADD CONSTRAINT broken CHECK (name = 'x') NOT VALID"}
	if strings.HasPrefix(database, "sqlite:") {
		statements = []string{
			"CREATE TRIGGER broken BEFORE INSERT ON cards BEGIN SELECT RAISE(ABORT, 'broken'); END",
			"CREATE TRIGGER broken2 BEFORE UPDATE ON cards BEGIN SELECT RAISE(ABORT, 'broken'); END",
		}
	}
	s.execute(database, statements...)
}

// execute does something to the database past the hub.
func (s *site) execute(database string, statements ...string) {
	s.t.Helper()
	driver, source := "pgx", database
	if path, embedded := strings.CutPrefix(database, "sqlite:"); embedded {
		driver, source = "sqlite3", "file:"+path+"?_pragma=busy_timeout(20000)"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, statement := range statements {
		if _, err := db.ExecContext(s.t.Context(), statement); err != nil {
			s.t.Fatal(err)
		}
	}
}

// visitor uses every door.
type visitor struct {
	t      *testing.T
	hub    *hub
	stride int // of the documents, only one in so many
}

func (v visitor) useEveryDoor() {
	v.post()
	v.drop()
	v.ask()
	v.askInJSON()
}

func (v visitor) documents(code string) []string {
	var some []string
	for i, document := range privateDocuments(code) {
		if i%v.stride == 0 {
			some = append(some, strings.ReplaceAll(document, "06 zqxv", fmt.Sprint("06 zqxv ", i, code))) // each changes the first cards
		}
	}
	return some
}

func (v visitor) check(where, text string) {
	v.t.Helper()
	told := 0
	for line := range strings.Lines(text) {
		lower := strings.ToLower(line)
		if (strings.Contains(lower, private) || strings.Contains(lower, born)) && told < 20 {
			told++
			v.t.Errorf("%s holds what is a reader's: %.600s", where, line)
		}
	}
}

// request asks as a library, as staff, or as somebody whose name is typed for a code. What strangers are answered is
// checked.
func (v visitor) request(method, path, as, body string, header ...string) string {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.t.Context(), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, "http://"+v.hub.listener.Addr().String()+path, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/xml")
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	switch as {
	case "":
	case "camille":
		request.Header.Set("Authorization", "Bearer "+keyOf(as))
	default:
		request.SetBasicAuth(as, keyOf(as))
		if strings.Contains(strings.ToLower(as), private) {
			request.SetBasicAuth(as, "zqxv")
		}
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return "" // the hub may hang up on what is no HTTP
	}
	defer func() { _ = response.Body.Close() }()
	reply := answerOf(response)
	if as != "mours" && as != "peyrins" && as != "camille" {
		v.check("the answer to a stranger", string(reply))
	}
	return string(reply)
}

// answerOf is what was answered; of a stream that never ends, its first event.
func answerOf(response *http.Response) []byte {
	if !strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream") {
		reply, _ := io.ReadAll(response.Body) // the hub may hang up in the middle
		return reply
	}
	var event []byte
	for lines := bufio.NewScanner(response.Body); lines.Scan() && (len(event) == 0 || lines.Text() != ""); {
		event = append(append(event, lines.Text()...), '\n')
	}
	return event
}

func (v visitor) get(path string) string { return v.request(http.MethodGet, path, "camille", "") }

// post goes through POST /cartes, the deposits and the confirmations.
func (v visitor) post() {
	for _, code := range []string{"mours", "peyrins"} {
		for _, document := range v.documents(code) {
			v.request(http.MethodPost, "/cartes", code, document)
		}
	}
	good := privateDocuments("mours")[0]
	v.request(http.MethodPost, "/cartes?simulation=1", "mours", good)
	for _, as := range []string{"mours", "zqxv-lagneau", "Zqxv Lagneau", ""} {
		v.request(http.MethodPost, "/cartes/zqxv?zqxv=zqxv", as, good)
		v.request(http.MethodPost, "/cartes?detail=zqxv&zqxv=Zqxvnom", as, good)
		v.request(http.MethodPost, "/cartes", as, good, "Content-Type", "text/zqxv; charset=zqxv")
		v.request(http.MethodPost, "/cartes", as, good, "Content-Encoding", "gzip")
		v.request(http.MethodPost, "/cartes", as, good, "Content-Encoding", "zqxv")
		for _, path := range []string{"/depots/zqxv", "/depots/1?zqxv=zqxv", "/depots/1", "/zqxv/Zqxvnom", "/schemas/zqxv", "/?nom=zqxv", "/metrics?zqxv"} {
			v.request(http.MethodGet, path, as, "")
			v.request("ZQXV", path, as, "zqxv")
		}
		for _, inside := range []string{"zqxv", `<carte numero="ZQXV00001" resultat="rejetee"><erreur code="zqxv">Zqxvnom</erreur></carte>`, `<carte numero="Zqxv nom" resultat="zqxv"/>`} {
			v.request(http.MethodPost, "/rapports", as, `<rapport xmlns="urn:carte-reseau:1" etablissement="mours" statut="partiel" recues="2" rejetees="1">`+inside+`</rapport>`)
			v.request(http.MethodPost, "/rapports", as, inside)
		}
	}
}

// drop puts every document into the library's folder, under names that are a reader's, and misuses FTP.
func (v visitor) drop() {
	addr := v.hub.parts.ftpServer.Addr()
	for i, document := range v.documents("mours") {
		if i%3 != 0 {
			continue // the reader is that of POST
		}
		if err := dropFile(v.t.Context(), addr, "mours", fmt.Sprintf("Zqxvnom-%d.xml", i), document); err != nil {
			v.t.Fatal(err)
		}
	}
	for _, user := range []string{"mours", "zqxv-lagneau", "Zqxv Lagneau"} {
		conn, err := ftp.Dial(addr, ftp.DialWithTimeout(ftpPatience))
		if err != nil {
			v.t.Fatal(err)
		}
		if conn.Login(user, keyOf(user)) == nil {
			_, _ = conn.Retr("zqxv")
			_ = conn.ChangeDir("zqxv")
			_ = conn.Stor("zqxv/zqxv.xml", strings.NewReader("zqxv"))
			_ = conn.Stor("../zqxv", strings.NewReader("zqxv"))
			_ = conn.Delete("zqxv")
			_ = conn.Rename("zqxv", "peyrins/zqxv")
		}
		_ = conn.Quit()
	}
}

// ask speaks OAI-PMH.
func (v visitor) ask() {
	for _, as := range []string{"mours", "peyrins", "zqxv-lagneau", "Zqxv Lagneau", ""} {
		for _, query := range []string{
			"verb=ListRecords&metadataPrefix=carte", "verb=zqxv", "zqxv=Zqxvnom", "verb=ListRecords&metadataPrefix=zqxv", "verb=ListRecords&metadataPrefix=carte&from=zqxv",
			"verb=ListRecords&metadataPrefix=carte&set=zqxv", "verb=ListRecords&resumptionToken=zqxv", "verb=GetRecord&metadataPrefix=carte&identifier=ZQXV00001",
			"verb=GetRecord&metadataPrefix=carte&identifier=oai:localhost:zqxv", "verb=ListIdentifiers&metadataPrefix=carte&until=" + born + "&from=zqxv", "verb=Identify&zqxv=%zqxv;zqxv",
		} {
			v.request(http.MethodGet, "/oai?"+query, as, "")
			v.request(http.MethodPost, "/oai?zqxv", as, query, "Content-Type", "application/x-www-form-urlencoded")
			v.request(http.MethodPost, "/oai", as, query, "Content-Type", "text/zqxv")
		}
	}
}

// askInJSON asks for every operation of the JSON interface, with the word in every place, and with the numbers of cards.
func (v visitor) askInJSON() {
	var described struct{ Paths map[string]map[string]any }
	if err := json.Unmarshal([]byte(v.get("/api/v1/openapi.json")), &described); err != nil || len(described.Paths) < 10 {
		v.t.Fatal(len(described.Paths), err)
	}
	for path, methods := range described.Paths {
		for method := range methods {
			for _, value := range []string{"1", "ZQXV00001"} {
				filled, method := pathParameters.ReplaceAllString(path, value), strings.ToUpper(method)
				v.request(method, filled+"?"+private, "camille", "", "Content-Type", "application/json")
				v.request(method, filled, "zqxv-lagneau", privateBodies[0], "Content-Type", "application/json")
				for _, body := range privateBodies {
					v.request(method, filled, "camille", body, "Content-Type", "application/json")
				}
			}
		}
	}
}

// privateBodies are what staff ask for by number, and what is no question at all.
var privateBodies = []string{
	`{"card":"ZQXV00001"}`, `{"number":"ZQXV00001"}`, `{"number":"ZQXV00001","other":"ZQXV00002"}`, `{"goes_on":"ZQXV00001","other":"Zqxvnom"}`,
	`{"card":"Zqxv nom","zqxv":"Zqxvnom"}`, "zqxv",
}

var pathParameters = regexp.MustCompile(`\{[^}]*\}`)
