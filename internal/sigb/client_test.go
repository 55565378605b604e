package sigb_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/sigb"
)

const inscribed = `<inscription><etablissement>mours</etablissement><premiere>2026-11-21</premiere>` +
	`<reinscription></reinscription><fin>2027-11-20</fin></inscription>`

func TestPostGivesWhatChangedInTheFormatOfTheNetwork(t *testing.T) {
	hub := newFakeHub(t)
	c := newClock()
	s := newSystem("mours", sigb.Microbib(), c)
	client := hub.client(t, s, sigb.ClientOptions{})
	if d, err := client.Post(t.Context()); err != nil || d.Sent != 0 || len(hub.posted) != 0 {
		t.Errorf("with nothing to give it called: %+v %v", d, err)
	}
	enrol(t, s, "1")
	must(t, s.ReplaceCard("1", "2"))
	d, err := client.Post(t.Context())
	must(t, err)
	if d.Sent != 1 || d.Report.Modified != 1 || s.Waiting() != 0 {
		t.Errorf("deposit %+v, %d waiting", d, s.Waiting())
	}
	body, doc := hub.lastPost(t)
	if doc.Mode != "incremental" || doc.Made != "2026-11-21T09:30:00Z" || doc.Library != "mours" {
		t.Errorf("envelope %+v", doc)
	}
	flat := strings.Join(strings.Split(strings.ReplaceAll(body, "\n", ""), "> "), ">")
	flat = strings.ReplaceAll(strings.Join(strings.Fields(flat), " "), "> <", "><")
	want := `<carte><numero>2</numero><ancien-numero>1</ancien-numero><modifie-le>2026-11-21T09:30:00Z</modifie-le>` +
		`<civilite>MME</civilite><nom>DUPRE-LEBOEUF</nom><prenom>HELENE</prenom><date-naissance>1980</date-naissance>` +
		`<sexe>F</sexe><adresse><ligne>12 AVENUE DE L’EGLISE</ligne><code-postal>26100</code-postal>` +
		`<commune>ROMANS-SUR-ISERE</commune><pays>FR</pays></adresse><telephone>04 75 00 00 00</telephone>` +
		`<portable></portable><courriel>helene@example.org</courriel><responsable-legal></responsable-legal>` +
		inscribed + `</carte></cartes>`
	if !strings.HasSuffix(flat, want) {
		t.Errorf("sent\n%s\nwant the end\n%s", flat, want)
	}
	d, err = client.PostAll(t.Context())
	must(t, err)
	if _, doc = hub.lastPost(t); d.Sent != 1 || doc.Mode != "complet" {
		t.Errorf("all as %+v", doc)
	}
}

func TestARejectedCardStaysWaitingWithItsReason(t *testing.T) {
	hub := newFakeHub(t)
	s := newSystem("mours", sigb.Microbib(), newClock())
	client := hub.client(t, s, sigb.ClientOptions{})
	enrol(t, s, "1", "2")
	hub.rejected["2"] = "Le nom manque."
	_, err := client.Post(t.Context())
	must(t, err)
	if why := s.Refusals()["2"]; len(why) != 1 || why[0].Text != "Le nom manque." || why[0].Field != "nom" || s.Waiting() != 1 {
		t.Errorf("%+v, %d waiting", why, s.Waiting())
	}
	delete(hub.rejected, "2")
	_, err = client.Post(t.Context())
	must(t, err)
	if len(s.Refusals()) != 0 || s.Waiting() != 0 {
		t.Error("the card was taken and still waits")
	}
}

func TestAnEditDuringTheDepositStillWaits(t *testing.T) {
	hub := newFakeHub(t)
	s := newSystem("mours", sigb.Aloes(), newClock())
	client := hub.client(t, s, sigb.ClientOptions{})
	enrol(t, s, "1")
	hub.mu.Lock() // the hub is slow
	done := make(chan error, 1)
	go func() {
		_, err := client.Post(t.Context())
		done <- err
	}()
	// The document is made before the connection: once the hub holds it, a new edit is no part of it. The edit counter
	// tells, whichever comes first here.
	must(t, s.Change("1", func(c *sigb.Card) { c.Phone = "04 75 00 22 22" }))
	hub.mu.Unlock()
	must(t, <-done)
	_, doc := hub.lastPost(t)
	included := strings.Contains(doc.Cards[0].Inner, "04 75 00 22 22")
	if included == (s.Waiting() == 1) {
		t.Errorf("edit in the document: %v, waiting: %d", included, s.Waiting())
	}
}

func TestAReportNamesANewNumber(t *testing.T) {
	hub := newFakeHub(t)
	s := newSystem("mours", sigb.Aloes(), newClock())
	client := hub.client(t, s, sigb.ClientOptions{})
	enrol(t, s, "1")
	hub.renamed["1"] = "9"
	_, err := client.Post(t.Context())
	must(t, err)
	if p := patron(t, s, "9"); len(p.OldNumbers) != 1 || s.Len() != 1 || p.Waiting {
		t.Errorf("renumbered as %+v", p)
	}
}

func TestNothingIsTakenAsGivenOnABadAnswer(t *testing.T) {
	hub := newFakeHub(t)
	s := newSystem("mours", sigb.Aloes(), newClock())
	client := hub.client(t, s, sigb.ClientOptions{MaxWait: time.Second})
	enrol(t, s, "1", "2")
	refusal := `<rapport xmlns="urn:carte-reseau:1" statut="refuse"><erreur code="xml">Document illisible.</erreur></rapport>`
	short := `<rapport xmlns="urn:carte-reseau:1" statut="integre" recues="1"/>`
	stale := `<rapport statut="integre" recues="2"><carte numero="1" resultat="perimee"/><carte numero="2" resultat="creee"/></rapport>`
	for _, a := range []fakeAnswer{
		{status: 200, body: refusal}, {status: 200, body: short}, {status: 200, body: "<html/>"}, {status: 200},
		{status: 500}, {status: 503, header: map[string]string{"Retry-After": "3600"}}, {status: 503},
	} {
		a.path = "/cartes"
		hub.answer(a)
		if _, err := client.Post(t.Context()); err == nil || s.Waiting() != 2 {
			t.Errorf("%+v: %v, %d waiting", a, err, s.Waiting())
		}
	}
	hub.answer(fakeAnswer{path: "/cartes", status: 400, body: refusal})
	_, err := client.Post(t.Context())
	var status *sigb.StatusError
	if !errors.As(err, &status) || status.Status != http.StatusBadRequest || status.Reason != "Document illisible." {
		t.Errorf("error %v", err)
	}
	hub.answer(fakeAnswer{path: "/cartes", status: 200, body: stale})
	_, err = client.Post(t.Context())
	must(t, err)
	if s.Waiting() != 1 || !patron(t, s, "1").Waiting {
		t.Error("a stale card must be given again, later")
	}
	hub.answer(fakeAnswer{path: "/cartes", status: 202, body: `<rapport statut="suspendu" recues="0"/>`})
	_, err = client.Post(t.Context())
	must(t, err)
	if s.Waiting() != 0 {
		t.Error("a suspended deposit is in the hub's hands")
	}
}

func TestTheClientWaitsWhenToldTo(t *testing.T) {
	hub := newFakeHub(t)
	s := newSystem("mours", sigb.Aloes(), newClock())
	client := hub.client(t, s, sigb.ClientOptions{})
	enrol(t, s, "1")
	hub.answer(
		fakeAnswer{path: "/cartes", status: 503, header: map[string]string{"Retry-After": "0"}},
		fakeAnswer{path: "/cartes", status: 429, header: map[string]string{"Retry-After": "Sat, 21 Nov 2020 09:30:00 GMT"}},
	)
	_, err := client.Post(t.Context())
	must(t, err)
	if len(hub.posted) != 3 || s.Waiting() != 0 {
		t.Errorf("%d calls, %d waiting", len(hub.posted), s.Waiting())
	}
}

func TestHarvestFollowsPagesAndComesBackFromTheResponseDate(t *testing.T) {
	hub := newFakeHub(t)
	s := newSystem("mours", sigb.Microbib(), newClock())
	client := hub.client(t, s, sigb.ClientOptions{Confirm: true})
	h, err := client.Harvest(t.Context())
	if err != nil || h.Records != 0 || client.From() != "2026-11-21T09:30:01Z" || len(hub.reports) != 0 {
		t.Fatalf("nothing to harvest is a success: %+v %v, from %q", h, err, client.From())
	}
	for _, n := range []string{"1", "2", "3", "4", "5"} {
		hub.put("beauvoir", n, nil, "<numero>"+n+"</numero><nom>Dupré</nom>"+dates)
	}
	hub.put("mours", "6", nil, "<numero>6</numero><nom>Dupré</nom>"+dates)
	h, err = client.Harvest(t.Context())
	must(t, err)
	if h.Pages != 3 || h.Records != 5 || h.Report.Created != 5 || s.Len() != 5 || s.Waiting() != 0 {
		t.Errorf("harvest %+v, %d patrons", h, s.Len())
	}
	if q, _ := url.ParseQuery(hub.queries[1]); q.Get("from") != "2026-11-21T09:30:01Z" || q.Get("set") != "mours" || q.Get("metadataPrefix") != "carte" {
		t.Errorf("query %v", q)
	}
	if client.From() != "2026-11-21T09:30:08Z" {
		t.Errorf("comes back from %s: it must be the date of the first page", client.From())
	}
	if len(hub.reports) != 1 || !strings.Contains(hub.reports[0], `recues="5"`) || !strings.Contains(hub.reports[0], `creees="5"`) {
		t.Errorf("confirmations %v", hub.reports)
	}
}

func TestHarvestersWithOtherWindows(t *testing.T) {
	hub := newFakeHub(t)
	c := newClock()
	s := newSystem("mours", sigb.Aloes(), c)
	until := hub.client(t, s, sigb.ClientOptions{Window: sigb.FromUntilPlusOne})
	_, err := until.Harvest(t.Context())
	must(t, err)
	if q, _ := url.ParseQuery(hub.queries[0]); q.Get("until") != "2026-11-21T09:30:00Z" || until.From() != "2026-11-21T09:30:01Z" {
		t.Errorf("until %v, from %s", q, until.From())
	}
	day := hub.client(t, s, sigb.ClientOptions{Window: sigb.FromDay})
	_, err = day.Harvest(t.Context())
	must(t, err)
	if day.From() != "2026-11-21" {
		t.Errorf("from %s", day.From())
	}
	day.Rewind("")
	_, err = day.Harvest(t.Context())
	must(t, err)
	if strings.Contains(hub.queries[2], "from=") {
		t.Error("rewound, it still comes back from the last time")
	}
}

func TestAHarvestThatBreaksOffIsDoneAgain(t *testing.T) {
	hub := newFakeHub(t)
	s := newSystem("mours", sigb.Aloes(), newClock())
	client := hub.client(t, s, sigb.ClientOptions{})
	for _, n := range []string{"1", "2", "3"} {
		hub.put("beauvoir", n, nil, "<numero>"+n+"</numero><nom>Dupré</nom>"+dates)
	}
	bad := `<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><error code="badResumptionToken">périmé</error></OAI-PMH>`
	hub.answer(fakeAnswer{path: "/oai", status: 200, body: bad})
	h, err := client.Harvest(t.Context())
	if err != nil || h.Records != 3 {
		t.Fatalf("a dead token must start the window again: %+v %v", h, err)
	}
	from := client.From()
	for _, a := range []fakeAnswer{
		{status: 200, body: strings.Replace(bad, "badResumptionToken", "badArgument", 1)},
		{status: 200, body: "<OAI-PMH><responseDate>x</responseDate></OAI-PMH>"}, {status: 200, body: "<html/>"},
		{status: 200, body: "<OAI-PMH><ListRec"}, {status: 200}, {status: 500}, {status: 403},
	} {
		a.path = "/oai"
		hub.answer(a)
		if _, err := client.Harvest(t.Context()); err == nil || client.From() != from {
			t.Errorf("%+v: %v, from %s", a, err, client.From())
		}
	}
	var protocol *sigb.OAIError
	hub.answer(fakeAnswer{path: "/oai", status: 200, body: bad}, fakeAnswer{path: "/oai", status: 200, body: bad},
		fakeAnswer{path: "/oai", status: 200, body: bad})
	if _, err := client.Harvest(t.Context()); !errors.As(err, &protocol) || protocol.Code != "badResumptionToken" {
		t.Errorf("it tries for ever: %v", err)
	}
	repeats := `<OAI-PMH><responseDate>x</responseDate><ListRecords><resumptionToken>t</resumptionToken></ListRecords></OAI-PMH>`
	hub.answer(fakeAnswer{path: "/oai", status: 200, body: repeats}, fakeAnswer{path: "/oai", status: 200, body: repeats})
	if _, err := client.Harvest(t.Context()); err == nil || client.From() != from {
		t.Error("it follows a token that repeats")
	}
}

func TestASessionEndsWhenTheDepositFails(t *testing.T) {
	hub := newFakeHub(t)
	s := newSystem("mours", sigb.Aloes(), newClock())
	client := hub.client(t, s, sigb.ClientOptions{})
	enrol(t, s, "1")
	hub.answer(fakeAnswer{path: "/cartes", status: 500})
	if _, err := client.Session(t.Context()); err == nil || len(hub.queries) != 0 {
		t.Errorf("it harvested: %v", err)
	}
	v, err := client.Session(t.Context())
	if err != nil || v.Deposit.Sent != 1 || v.Harvest.Pages != 1 {
		t.Errorf("session %+v %v", v, err)
	}
}
