package sigb_test

import (
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/sigb"
)

func newServer(t *testing.T, s *sigb.System, o sigb.ServerOptions) *sigb.Server {
	t.Helper()
	srv := sigb.NewServer(s, o)
	must(t, srv.Start(t.Context(), "127.0.0.1:0"))
	t.Cleanup(func() {
		must(t, srv.Close())
		http.DefaultClient.CloseIdleConnections()
	})
	return srv
}

// oaiPage is what a harvester reads, in namespaces.
type oaiPage struct {
	XMLName xml.Name `xml:"http://www.openarchives.org/OAI/2.0/ OAI-PMH"`
	Date    string   `xml:"http://www.openarchives.org/OAI/2.0/ responseDate"`
	Request struct {
		Verb string `xml:"verb,attr"`
		URL  string `xml:",chardata"`
	} `xml:"http://www.openarchives.org/OAI/2.0/ request"`
	Error struct {
		Code string `xml:"code,attr"`
	} `xml:"http://www.openarchives.org/OAI/2.0/ error"`
	Records []struct {
		Header struct {
			Status     string `xml:"status,attr"`
			Identifier string `xml:"http://www.openarchives.org/OAI/2.0/ identifier"`
			Datestamp  string `xml:"http://www.openarchives.org/OAI/2.0/ datestamp"`
			Set        string `xml:"http://www.openarchives.org/OAI/2.0/ setSpec"`
		} `xml:"http://www.openarchives.org/OAI/2.0/ header"`
		Card *struct {
			XMLName xml.Name `xml:"urn:carte-reseau:1 carte"`
			Number  string   `xml:"urn:carte-reseau:1 numero"`
			Name    string   `xml:"urn:carte-reseau:1 nom"`
		} `xml:"metadata>carte"`
	} `xml:"http://www.openarchives.org/OAI/2.0/ ListRecords>record"`
	Token struct {
		Value  string `xml:",chardata"`
		Size   string `xml:"completeListSize,attr"`
		Cursor string `xml:"cursor,attr"`
	} `xml:"http://www.openarchives.org/OAI/2.0/ ListRecords>resumptionToken"`
}

// A reply is a response whose body was read and closed.
type reply struct {
	status       int
	header       http.Header
	length       int64
	uncompressed bool
	body         []byte
}

func get(t *testing.T, address string) (reply, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	must(t, err)
	return do(req)
}

func do(req *http.Request) (reply, error) {
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, resp.ContentLength, resp.Uncompressed, body}, err
}

func list(t *testing.T, srv *sigb.Server, query string) oaiPage {
	t.Helper()
	if !strings.Contains(query, "verb=") {
		query = "verb=ListRecords&" + query
		if !strings.Contains(query, "resumptionToken") {
			query += "&metadataPrefix=carte"
		}
	}
	resp, err := get(t, srv.URL(sigb.OAI)+"?"+query)
	must(t, err)
	var p oaiPage
	if err := xml.Unmarshal(resp.body, &p); err != nil || resp.status != http.StatusOK {
		t.Fatalf("status %d, %v:\n%s", resp.status, err, resp.body)
	}
	return p
}

// numbers follows all pages.
func numbers(t *testing.T, srv *sigb.Server, query string) []string {
	t.Helper()
	var out []string
	for range 100 {
		p := list(t, srv, query)
		for _, r := range p.Records {
			out = append(out, r.Card.Number)
		}
		if p.Token.Value == "" {
			return out
		}
		query = "resumptionToken=" + url.QueryEscape(p.Token.Value)
	}
	t.Fatal("the list does not end")
	return nil
}

func post(t *testing.T, srv *sigb.Server, doc string) (reply, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL(sigb.REST), strings.NewReader(doc))
	must(t, err)
	return do(req)
}

func TestTheSetHoldsOnlyWhatChangedHereAndLives(t *testing.T) {
	c := newClock()
	s := newSystem("beauvoir", sigb.Aloes(), c)
	srv := newServer(t, s, sigb.ServerOptions{})
	enrol(t, s, "1", "2", "3")
	integrate(t, s, "<numero>4</numero><nom>X</nom>"+dates, "<numero>2</numero><nom>Y</nom>")
	c.advance(40 * 24 * time.Hour)
	must(t, s.EndEarly("3", c.now().AddDate(0, 0, -1)))
	if got := numbers(t, srv, "set=cartes"); !slices.Equal(got, []string{"1"}) {
		t.Errorf("set holds %v, want only card 1", got)
	}
	must(t, s.Change("4", func(c *sigb.Card) { c.Phone = "04 75 00 99 99" }))
	if got := numbers(t, srv, ""); !slices.Equal(got, []string{"1", "4"}) {
		t.Errorf("set holds %v: an edit here makes the card ours to give", got)
	}
	p := list(t, srv, "")
	r := p.Records[0]
	if r.Header.Identifier != "oai:beauvoir.example.org:1" || r.Header.Datestamp != "2026-11-21T09:30:00Z" || r.Header.Set != "cartes" ||
		p.Date != "2026-12-31T09:30:00Z" || p.Request.Verb != "ListRecords" || p.Request.URL != srv.URL(sigb.OAI) {
		t.Errorf("page %+v", p)
	}
}

func TestAnEchoingSystemRepeatsTheNetwork(t *testing.T) {
	c := newClock()
	s := newSystem("x", sigb.Rustic(), c)
	srv := newServer(t, s, sigb.ServerOptions{})
	for _, what := range []string{"new", "as it was"} {
		c.advance(time.Minute)
		from := "&from=" + c.now().UTC().Format(time.RFC3339)
		integrate(t, s, "<numero>4</numero><nom>X</nom>"+dates)
		if got := numbers(t, srv, "verb=ListRecords&metadataPrefix=carte"+from); !slices.Equal(got, []string{"4"}) {
			t.Errorf("a card received %s: the set holds %v", what, got)
		}
	}
}

func TestPagesBoundsAndChangesMeanwhile(t *testing.T) {
	c := newClock()
	s := newSystem("beauvoir", sigb.Aloes(), c)
	srv := newServer(t, s, sigb.ServerOptions{PageSize: 2, Set: "reseau", Prefix: "cr"})
	for _, n := range []string{"1", "2", "3", "4", "5"} {
		enrol(t, s, n)
		c.advance(time.Minute)
	}
	const all = "verb=ListRecords&metadataPrefix=cr"
	if got := numbers(t, srv, all); !slices.Equal(got, []string{"1", "2", "3", "4", "5"}) {
		t.Errorf("pages held %v", got)
	}
	if got := numbers(t, srv, all+"&set=reseau&from=2026-11-21T09:31:00Z&until=2026-11-21T09:33:00Z"); !slices.Equal(got, []string{"2", "3", "4"}) {
		t.Errorf("window held %v", got)
	}
	if got := numbers(t, srv, all+"&from=2026-11-21&until=2026-11-21"); len(got) != 5 {
		t.Errorf("day held %v", got)
	}
	first := list(t, srv, all)
	if first.Token.Size != "5" || first.Token.Cursor != "0" {
		t.Errorf("token %+v", first.Token)
	}
	c.advance(time.Minute)
	must(t, s.Change("4", func(c *sigb.Card) { c.Phone = "1" }))
	if got := numbers(t, srv, "resumptionToken="+url.QueryEscape(first.Token.Value)); !slices.Equal(got, []string{"3", "5"}) {
		t.Errorf("rest of the list held %v: a card changed meanwhile leaves it", got)
	}
	if got := numbers(t, srv, all+"&from="+first.Date); !slices.Equal(got, []string{"4"}) {
		t.Errorf("the next harvest held %v", got)
	}
}

func TestTheServerKnowsOnlyListRecords(t *testing.T) {
	s := newSystem("beauvoir", sigb.Aloes(), newClock())
	srv := newServer(t, s, sigb.ServerOptions{})
	for _, c := range [][2]string{
		{"verb=Identify", "badVerb"},
		{"verb=ListSets", "badVerb"},
		{"verb=ListRecords", "badArgument"},
		{"verb=ListRecords&metadataPrefix=oai_dc", "cannotDisseminateFormat"},
		{"set=autre", "noRecordsMatch"},
		{"", "noRecordsMatch"},
		{"from=hier", "badArgument"},
		{"from=2026-11-22&until=2026-11-21", "badArgument"},
		{"toto=1", "badArgument"},
		{"resumptionToken=xyz", "badResumptionToken"},
		{"verb=ListRecords&resumptionToken=e30&set=autre", "badArgument"},
	} {
		if p := list(t, srv, c[0]); p.Error.Code != c[1] {
			t.Errorf("%s: %q, want %q", c[0], p.Error.Code, c[1])
		}
	}
}

func TestOnlyTheHubComesIn(t *testing.T) {
	s := newSystem("beauvoir", sigb.Aloes(), newClock())
	srv := newServer(t, s, sigb.ServerOptions{User: "hub", Password: "secret"})
	srv.Faults.Next(sigb.Broken())
	resp, err := get(t, srv.URL(sigb.OAI))
	must(t, err)
	if resp.status != http.StatusUnauthorized || resp.header.Get("WWW-Authenticate") == "" || srv.Faults.Waiting() != 1 {
		t.Errorf("a stranger got %d and used up a fault", resp.status)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL(sigb.OAI),
		strings.NewReader("verb=ListRecords&metadataPrefix=carte"))
	must(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth("hub", "secret")
	srv.Faults.Clear()
	resp, err = do(req)
	must(t, err)
	if resp.status != http.StatusOK || !strings.Contains(string(resp.body), "noRecordsMatch") {
		t.Errorf("by POST: %d %s", resp.status, resp.body)
	}
}

func TestRESTAnswersWithAReport(t *testing.T) {
	s := newSystem("beauvoir", sigb.Aloes(), newClock())
	srv := newServer(t, s, sigb.ServerOptions{})
	resp, err := post(t, srv, cartes("<numero>1</numero><nom>X</nom>"+dates, "<numero>2</numero>"))
	must(t, err)
	var r struct {
		XMLName  xml.Name `xml:"urn:carte-reseau:1 rapport"`
		Received int      `xml:"recues,attr"`
		Created  int      `xml:"creees,attr"`
		Refused  int      `xml:"rejetees,attr"`
		Cards    []struct {
			Result string `xml:"resultat,attr"`
		} `xml:"urn:carte-reseau:1 carte"`
	}
	must(t, xml.Unmarshal(resp.body, &r))
	if resp.status != http.StatusOK || r.Received != 2 || r.Created != 1 || r.Refused != 1 || r.Cards[1].Result != "rejetee" {
		t.Errorf("%d %+v", resp.status, r)
	}
	resp, err = post(t, srv, "<cartes>")
	must(t, err)
	if resp.status != http.StatusBadRequest {
		t.Errorf("broken XML: %d", resp.status)
	}
	seen := srv.Seen()
	if len(seen) != 2 || seen[0].Door != sigb.REST || !slices.Equal(seen[0].Numbers, []string{"1", "2"}) {
		t.Errorf("seen %+v", seen)
	}
}

func TestAServerStartsOnceAndClosesTwice(t *testing.T) {
	srv := newServer(t, newSystem("x", sigb.Aloes(), newClock()), sigb.ServerOptions{})
	if srv.Start(t.Context(), "127.0.0.1:0") == nil {
		t.Error("started twice")
	}
	must(t, srv.Close())
	must(t, srv.Close())
	unstarted := sigb.NewServer(newSystem("x", sigb.Aloes(), newClock()), sigb.ServerOptions{})
	if unstarted.URL(sigb.OAI) != "" {
		t.Error("an address before the start")
	}
	must(t, unstarted.Close())
	if unstarted.Start(t.Context(), "127.0.0.1:0") == nil {
		t.Error("started after the close")
	}
}
