package sigb_test

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/sigb"
)

// fakeHub is the smallest thing that speaks as the hub does: the last document wins, every library sees what others
// gave. It has its own XML, so that a mistake of the package is not made twice.
type fakeHub struct {
	srv *httptest.Server

	mu       sync.Mutex
	now      time.Time
	cards    map[string]fakeCard
	seq      int
	page     int
	posted   []string     // bodies of POST /cartes
	reports  []string     // bodies of POST /rapports
	queries  []string     // of /oai
	answers  []fakeAnswer // used up before the real answers
	rejected map[string]string
	renamed  map[string]string
}

type fakeCard struct {
	number, origin, inner string
	seq                   int
	stamp                 time.Time
}

type fakeAnswer struct {
	path   string
	status int
	header map[string]string
	body   string
}

func newFakeHub(t *testing.T) *fakeHub {
	t.Helper()
	h := &fakeHub{
		now: time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC), cards: map[string]fakeCard{}, page: 2,
		rejected: map[string]string{}, renamed: map[string]string{},
	}
	h.srv = httptest.NewServer(h)
	t.Cleanup(h.srv.Close)
	return h
}

func (h *fakeHub) client(t *testing.T, s *sigb.System, o sigb.ClientOptions) *sigb.Client {
	t.Helper()
	o.Hub, o.Key = h.srv.URL+"/", "clef-"+s.Code()
	c := sigb.NewClient(s, o)
	t.Cleanup(func() { must(t, c.Close()) })
	return c
}

func (h *fakeHub) answer(a ...fakeAnswer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answers = append(h.answers, a...)
}

func (h *fakeHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	h.mu.Lock()
	defer h.mu.Unlock()
	code, key, _ := r.BasicAuth()
	if key != "clef-"+code {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	h.note(r, string(body))
	if len(h.answers) > 0 && h.answers[0].path == r.URL.Path {
		a := h.answers[0]
		h.answers = h.answers[1:]
		for k, v := range a.header {
			w.Header().Set(k, v)
		}
		w.WriteHeader(a.status)
		_, _ = io.WriteString(w, a.body)
		return
	}
	switch r.URL.Path {
	case "/cartes":
		_, _ = io.WriteString(w, h.take(code, body))
	case "/oai":
		_, _ = io.WriteString(w, h.list(code, r))
	}
}

func (h *fakeHub) note(r *http.Request, body string) {
	switch r.URL.Path {
	case "/cartes":
		h.posted = append(h.posted, body)
	case "/rapports":
		h.reports = append(h.reports, body)
	case "/oai":
		h.queries = append(h.queries, r.URL.RawQuery)
	}
}

type fakeDocument struct {
	XMLName xml.Name `xml:"urn:carte-reseau:1 cartes"`
	Library string   `xml:"etablissement,attr"`
	Mode    string   `xml:"mode,attr"`
	Made    string   `xml:"genere-le,attr"`
	Cards   []struct {
		Number string   `xml:"numero"`
		Old    []string `xml:"ancien-numero"`
		Inner  string   `xml:",innerxml"`
	} `xml:"carte"`
}

func (h *fakeHub) take(code string, body []byte) string {
	var d fakeDocument
	if err := xml.Unmarshal(body, &d); err != nil || d.Library != code {
		return `<rapport statut="refuse"><erreur code="x">Document refusé.</erreur></rapport>`
	}
	var list strings.Builder
	rejected := 0
	for _, c := range d.Cards {
		if why := h.rejected[c.Number]; why != "" {
			rejected++
			fmt.Fprintf(&list, `<carte numero="%s" resultat="rejetee"><erreur code="nom" champ="nom">%s</erreur></carte>`, c.Number, why)
			continue
		}
		fmt.Fprintf(&list, `<carte numero="%s" resultat="modifiee" nouveau-numero="%s"/>`, c.Number, h.renamed[c.Number])
		if h.renamed[c.Number] == "" {
			h.put(code, c.Number, c.Old, c.Inner)
		}
	}
	return fmt.Sprintf(`<rapport xmlns="urn:carte-reseau:1" etablissement="%s" statut="partiel" recues="%d" creees="0" `+
		`modifiees="%d" inchangees="0" rejetees="%d">%s</rapport>`, code, len(d.Cards), len(d.Cards)-rejected, rejected, list.String())
}

func (h *fakeHub) put(origin, number string, old []string, inner string) {
	for _, o := range old {
		delete(h.cards, o)
		h.renamed[o] = number
	}
	h.seq++
	h.now = h.now.Add(time.Second)
	h.cards[number] = fakeCard{number: number, origin: origin, inner: inner, seq: h.seq, stamp: h.now}
}

func (h *fakeHub) list(code string, r *http.Request) string {
	q := r.URL.Query()
	h.now = h.now.Add(time.Second)
	from, offset := q.Get("from"), 0
	if token := q.Get("resumptionToken"); token != "" {
		at, f, _ := strings.Cut(token, "_")
		offset, _ = strconv.Atoi(at)
		from = f
	}
	var found []fakeCard
	for _, c := range h.cards {
		if c.origin != code && c.stamp.Format(time.RFC3339) >= from {
			found = append(found, c)
		}
	}
	slices.SortFunc(found, func(a, b fakeCard) int { return a.seq - b.seq })
	var b strings.Builder
	fmt.Fprintf(&b, `<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>%s</responseDate><request/>`, h.now.Format(time.RFC3339))
	if len(found) <= offset {
		return b.String() + `<error code="noRecordsMatch">rien</error></OAI-PMH>`
	}
	b.WriteString("<ListRecords>")
	for _, c := range found[offset:min(offset+h.page, len(found))] {
		fmt.Fprintf(&b, `<record><header><identifier>oai:x:%d</identifier><datestamp>%s</datestamp></header><metadata>`+
			`<carte xmlns="urn:carte-reseau:1">%s</carte></metadata></record>`, c.seq, c.stamp.Format(time.RFC3339), c.inner)
	}
	if offset+h.page < len(found) {
		fmt.Fprintf(&b, "<resumptionToken>%d_%s</resumptionToken>", offset+h.page, from)
	}
	return b.String() + "</ListRecords></OAI-PMH>"
}

// reference is what the hub holds.
func (h *fakeHub) reference(t *testing.T) sigb.Snapshot {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	inner := make([]string, 0, len(h.cards))
	for _, c := range h.cards {
		inner = append(inner, c.inner)
	}
	cards, err := sigb.ReadCards(strings.NewReader(cartes(inner...)))
	must(t, err)
	return sigb.SnapshotOf("reseau", cards...)
}

func (h *fakeHub) lastPost(t *testing.T) (string, fakeDocument) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	var d fakeDocument
	body := h.posted[len(h.posted)-1]
	must(t, xml.Unmarshal([]byte(body), &d))
	return body, d
}
