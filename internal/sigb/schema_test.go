package sigb_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/jacoelho/xsd"

	"github.com/carte-reseau/hub/internal/sigb"
)

// The published schemas are what a maker has in hand: all a system sends must be valid by them.

func schema(t *testing.T, files ...string) *xsd.Engine {
	t.Helper()
	var sources []xsd.SchemaSource
	for _, f := range files {
		if _, err := os.Stat(f); err != nil {
			t.Skipf("the schema %s is not here: %v", filepath.Base(f), err)
		}
		sources = append(sources, xsd.File(f))
	}
	engine, err := xsd.Compile(t.Context(), sources...)
	must(t, err)
	return engine
}

func specFile(name string) string {
	if dir := os.Getenv("HUB_SPEC"); dir != "" {
		return filepath.Join(dir, name)
	}
	return filepath.Join("..", "..", "..", "shared", "spec", name)
}

const (
	cardSchema   = "../exchange/carte-reseau-1.xsd"
	reportSchema = "../exchange/rapport-1.xsd"
)

func TestWhatSystemsDepositIsValid(t *testing.T) {
	engine := schema(t, cardSchema)
	for _, p := range profiles() {
		hub := newFakeHub(t)
		c := newClock()
		s := newSystem("mours", p, c)
		g := newGenerator(2, "26100", c)
		must(t, g.Fill(s, 100))
		for range 100 {
			_, err := g.Act(s)
			must(t, err)
		}
		must(t, s.Change("26100000001", func(c *sigb.Card) { *c = sigb.Card{Name: "Seul", Enrolment: c.Enrolment} }))
		_, err := hub.client(t, s, sigb.ClientOptions{}).Post(t.Context())
		must(t, err)
		body, _ := hub.lastPost(t)
		if err := engine.Validate(t.Context(), bytes.NewReader([]byte(body))); err != nil {
			t.Errorf("%s: %v", p.Maker, err)
		}
	}
}

func TestReportsOfSystemsAreValid(t *testing.T) {
	engine := schema(t, reportSchema)
	s := newSystem("beauvoir", sigb.Aloes(), newClock())
	srv := newServer(t, s, sigb.ServerOptions{})
	enrol(t, s, "3")
	must(t, s.ReplaceCard("3", "4"))
	for _, doc := range []string{
		"", "<cartes", "<autre/>", cartes(),
		cartes("<numero>1</numero><nom>X</nom>"+dates, "<numero>2</numero>", "<nom>X</nom>"+dates, "<numero>3</numero><nom>Y</nom>"+dates),
	} {
		resp, err := post(t, srv, doc)
		must(t, err)
		if err := engine.Validate(t.Context(), bytes.NewReader(resp.body)); err != nil {
			t.Errorf("%v:\n%s", err, resp.body)
		}
	}
}

func TestListsOfSystemsAreValid(t *testing.T) {
	engine := schema(t, specFile("oai/OAI-PMH.xsd"), cardSchema)
	for _, p := range profiles() {
		c := newClock()
		s := newSystem("beauvoir", p, c)
		must(t, newGenerator(4, "26100", c).Fill(s, 30))
		srv := newServer(t, s, sigb.ServerOptions{PageSize: 20})
		srv.Faults.Next(sigb.Fault{}, sigb.DayGranularity(), sigb.DeletedHeaders(), sigb.NoRecords(), sigb.Fault{})
		for _, query := range []string{
			"verb=ListRecords&metadataPrefix=carte&set=cartes&from=2026-01-01", "verb=ListRecords&metadataPrefix=carte",
			"verb=ListRecords&metadataPrefix=carte", "verb=ListRecords&metadataPrefix=carte", "verb=Identify",
		} {
			resp, err := get(t, srv.URL(sigb.OAI)+"?"+query)
			must(t, err)
			if err := engine.Validate(t.Context(), bytes.NewReader(resp.body)); err != nil {
				t.Errorf("%s, %s: %v:\n%.2000s", p.Maker, query, err, resp.body)
			}
		}
	}
}
