package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// The two libraries: one gives all the cards, the other harvests them. The
// keys hold what has a meaning in URLs, in Basic and in YAML.
const (
	peerGiver  = "beauvoir"
	peerReader = "mours"
	peerKey    = `clé:de/%s@2026 +&"?#`
	peerDomain = "cartes.exemple.fr"
)

// peerParts are the sizes of the documents the cards come in, with a moment
// between them: 5,000 in all, each part more than a page.
var peerParts = [...]int{600, 700, 3000, 700}

// peerPatience bounds what takes a second or two on an idle machine.
const peerPatience = time.Minute

// peerAddress is where a hub is served.
type peerAddress struct{ origin string }

func (a peerAddress) plain() string { return a.origin + "/oai" }

// signed holds the reader's code and key: the only way some clients take them.
func (a peerAddress) signed() string {
	return strings.Replace(a.plain(), "http://", "http://"+url.UserPassword(peerReader, peerKeyOf(peerReader)).String()+"@", 1)
}

func peerKeyOf(code string) string { return fmt.Sprintf(peerKey, code) }

// peerCard is a card as the database has it.
type peerCard struct {
	record peerRecord
	stamp  int64
}

// peerNetwork is a hub's database with a set of cards, whoever serves it.
type peerNetwork struct {
	data, database string
	store          *store.Store // a second look at the same database
	reader         int64
	cards          []peerCard // the reader's set, in the order of the feed
	ends           []int64    // the second each part was over
}

func newPeerNetwork(t *testing.T, database string) *peerNetwork {
	t.Helper()
	n := &peerNetwork{data: t.TempDir(), database: database}
	for _, code := range []string{peerGiver, peerReader} {
		key := filepath.Join(n.data, code+".key")
		if err := os.WriteFile(key, []byte(peerKeyOf(code)+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		out := &peerLog{}
		args := n.command("library", "add", code, "--name", "Bibliothèque de "+code, "--email", code+"@bib.example", "--key-file", key)
		if status := run(t.Context(), console{in: strings.NewReader(""), out: out, err: out}, args); status != exitOK {
			t.Fatalf("library add %s ended with %d: %s", code, status, out)
		}
	}
	s, err := store.Open(t.Context(), store.Options{Database: database, SecretOf: func(bool) ([]byte, error) {
		secret, err := readSecret(filepath.Join(n.data, "secret"), false)
		if err != nil {
			return nil, err
		}
		return subkey(secret, "mots de passe des SIGB")
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	reader, err := s.Library(t.Context(), peerReader)
	if err != nil {
		t.Fatal(err)
	}
	n.store, n.reader = s, reader.ID
	return n
}

func (n *peerNetwork) command(args ...string) []string {
	return append(args, "--data", n.data, "--database", n.database)
}

// serve runs `hub serve` until the test ends, and sees that it ends in order
// and that its log, at its most talkative, tells nothing it must not.
func (n *peerNetwork) serve(t *testing.T, page int) peerAddress {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	log, ended := &peerLog{}, make(chan int, 1)
	args := n.command("serve", "--listen", "127.0.0.1:0", "--oai-page", fmt.Sprint(page), "--domain", peerDomain, "--log-level", "debug")
	go func() { ended <- run(ctx, console{in: strings.NewReader(""), out: log, err: log}, args) }()
	t.Cleanup(func() {
		stop()
		if status := <-ended; status != exitOK {
			t.Errorf("hub serve ended with %d: %s", status, log)
		}
		log.mustKeepSecrets(t)
	})
	var listen []string
	peerUntil(t, "the hub to listen", func() bool {
		listen = regexp.MustCompile(`msg="hub started".* listen=(\S+)`).FindStringSubmatch(log.String())
		return listen != nil
	})
	return peerAddress{origin: "http://" + listen[1]}
}

// fill posts the cards part by part and reads back what the database has.
func (n *peerNetwork) fill(t *testing.T) {
	at := n.serve(t, 500)
	next := 0
	for _, size := range peerParts {
		peerPost(t, at, next, size)
		next += size
		n.ends = append(n.ends, n.settle(t))
	}
	n.read(t)
	if len(n.cards) != next {
		t.Fatalf("the database has %d cards for %s, %d were posted", len(n.cards), peerReader, next)
	}
	for i, c := range n.cards {
		card, _ := c.record.Card.(map[string]any)
		if card["numero"] != peerNumber(i) || card["nom"] != peerName(i) {
			t.Fatalf("card %d of the database is %v", i, card)
		}
	}
}

// settle waits until all that was posted is stamped in seconds that are over,
// and closes them: what is posted next is stamped later.
func (n *peerNetwork) settle(t *testing.T) int64 {
	t.Helper()
	last := int64(0)
	for _, item := range n.feed(t) {
		last = max(last, item.Stamp)
	}
	closed := int64(0)
	peerUntil(t, "the last second of the cards to be over", func() bool {
		var err error
		if closed, err = n.store.CloseSecond(t.Context()); err != nil {
			t.Fatal(err)
		}
		return closed >= last
	})
	return closed
}

// feed is the reader's whole set, straight from the database.
func (n *peerNetwork) feed(t *testing.T) []cards.FeedItem {
	t.Helper()
	items, err := storetest.Feed(t.Context(), n.store, cards.FeedRange{LibraryID: n.reader, Day: "2026-01-01", Limit: 1_000_000})
	if err != nil {
		t.Fatal(err)
	}
	return items
}

func (n *peerNetwork) read(t *testing.T) {
	t.Helper()
	for _, item := range n.feed(t) {
		card, err := peerTree(item.XML)
		if err != nil {
			t.Fatalf("the card stored as %s: %v", item.XML, err)
		}
		n.cards = append(n.cards, peerCard{stamp: item.Stamp, record: peerRecord{
			Identifier: "oai:" + peerDomain + ":" + item.OAIID, Datestamp: peerStamp(item.Stamp), Sets: []string{peerReader}, Card: card,
		}})
	}
}

// expected is what a harvest of the window must bring.
func (n *peerNetwork) expected(w peerWindow, withCards bool) []peerRecord {
	var records []peerRecord
	for _, c := range n.cards {
		if !w.within(c.stamp) {
			continue
		}
		record := c.record
		if !withCards {
			record.Card = nil
		}
		records = append(records, record)
	}
	return records
}

// mustBeUpToDate asks what staff would: has the library got everything?
func (n *peerNetwork) mustBeUpToDate(t *testing.T) {
	t.Helper()
	status, err := n.store.LibraryStatus(t.Context(), peerReader)
	if err != nil {
		t.Fatal(err)
	}
	if status.Behind != 0 || status.Pull.Seq == 0 {
		t.Errorf("after all those harvests the hub holds %s to be %d cards behind, at %d", peerReader, status.Behind, status.Pull.Seq)
	}
}

func peerStamp(unix int64) string { return time.Unix(unix, 0).UTC().Format(time.RFC3339) }

func peerNumber(i int) string { return fmt.Sprintf("02610%08d", i) }

// peerName holds what XML escapes, and letters of one, two and three bytes.
func peerName(i int) string { return fmt.Sprintf(`D’Œuvré & <Fils> "ŷ" — nº %d`, i) }

// peerPost gives the hub a document of cards.
func peerPost(t *testing.T, at peerAddress, first, count int) {
	t.Helper()
	var doc bytes.Buffer
	fmt.Fprintf(&doc, `<cartes xmlns="urn:carte-reseau:1" etablissement="%s">`, peerGiver)
	for i := first; i < first+count; i++ {
		doc.WriteString(`<carte><numero>` + peerNumber(i) + `</numero><nom>`)
		if err := xml.EscapeText(&doc, []byte(peerName(i))); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&doc, `</nom><prenom>Hélène</prenom><date-naissance>%d-02-01</date-naissance>`+
			`<adresse><ligne>%d rue des Lilas</ligne><ligne>Bâtiment B</ligne><code-postal>26100</code-postal><commune>L’Haÿ</commune></adresse>`+
			`<responsable-legal><nom>Dupré</nom><prenom>Zoë</prenom><lien>mere</lien></responsable-legal>`+
			`<inscription><premiere>2024-09-03</premiere><fin>2099-09-09</fin></inscription></carte>`, 1930+i%90, i)
	}
	doc.WriteString(`</cartes>`)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, at.origin+"/cartes", &doc)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/xml")
	request.SetBasicAuth(peerGiver, peerKeyOf(peerGiver))
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: peerPatience}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	report, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil || !bytes.Contains(report, fmt.Appendf(nil, `creees="%d"`, count)) {
		t.Fatalf("POST /cartes answered %s, %v: %.600s", response.Status, err, report)
	}
}

// peerLog keeps what a hub says.
type peerLog struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write takes what is logged.
func (l *peerLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// String gives everything so far.
func (l *peerLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *peerLog) mustKeepSecrets(t *testing.T) {
	t.Helper()
	log := l.String()
	for _, code := range []string{peerGiver, peerReader} {
		key := peerKeyOf(code)
		for _, secret := range []string{
			key, url.QueryEscape(key), strings.TrimPrefix(url.UserPassword("", key).String(), ":"), base64.StdEncoding.EncodeToString([]byte(code + ":" + key)),
		} {
			if strings.Contains(log, secret) {
				t.Errorf("the log holds the key of %s", code)
			}
		}
	}
	for _, personal := range []string{peerNumber(0)[:5] + "000", "uvr", "Lilas"} {
		if strings.Contains(log, personal) {
			t.Errorf("the log holds %q of a card", personal)
		}
	}
}

// peerUntil polls a condition.
func peerUntil(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(peerPatience); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited for %s in vain", what)
		}
	}
}
