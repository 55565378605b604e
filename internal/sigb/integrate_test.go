package sigb_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/sigb"
)

func TestIntegrateCreatesChangesAndIgnoresEqual(t *testing.T) {
	s := newSystem("peyrins", sigb.Microbib(), newClock())
	first := integrate(t, s, `<numero>1</numero><nom>Dupré</nom><prenom>Zoé</prenom><telephone>04</telephone>`+dates)
	if first.Created != 1 || first.Received != 1 || first.Status != sigb.StatusIntegrated || first.Library != "peyrins" {
		t.Fatalf("report %+v", first)
	}
	must(t, s.ChangeLocal("1", func(l *sigb.Local) { l.Notes, l.Loans = "aime le jazz", 4 }))
	if r := integrate(t, s, `<numero>1</numero><nom>DUPRÉ</nom><prenom>ZOE</prenom>`+dates); r.Unchanged != 1 {
		t.Errorf("the same card, rewritten, was not recognised: %+v", r)
	}
	r := integrate(t, s, `<numero>1</numero><nom>Dupré</nom><prenom></prenom>`)
	p := patron(t, s, "1")
	if r.Modified != 1 || p.FirstName != "" || p.Phone != "04" {
		t.Errorf("empty must clear and absent must keep: %+v %+v", r, p)
	}
	if p.Local.Notes != "aime le jazz" || p.Local.Loans != 4 || p.Waiting {
		t.Errorf("local data touched, or given back to the network: %+v", p)
	}
}

func TestIntegrateKeepsTheWholeCardOfADocumentWithoutNamespace(t *testing.T) {
	s := newSystem("monnaie", sigb.Aloes(), newClock())
	doc := `<cartes etablissement="reseau"><carte origine="mours"><numero>1</numero><ancien-numero/><civilite>MME</civilite>` +
		`<nom>Dupré</nom><adresse><ligne>a</ligne><ligne>b</ligne><code-postal>26100</code-postal><commune>R</commune>` +
		`<pays>FR</pays></adresse><responsable-legal><numero>9</numero><nom/><lien>mere</lien></responsable-legal>` +
		`<responsable-legal/>` + dates + `</carte></cartes>`
	if r := s.Integrate(strings.NewReader(doc)); r.Created != 1 {
		t.Fatalf("report %+v", r)
	}
	want := sigb.Card{
		Number: "1", Title: "MME", Name: "Dupré",
		Address:   sigb.Address{Lines: []string{"a", "b"}, Postcode: "26100", Town: "R", Country: "FR"},
		Guardians: []sigb.Guardian{{Number: "9", Link: "mere"}},
		Enrolment: sigb.Enrolment{Library: "mours", First: "2024-09-03", End: "2027-09-09"},
	}
	if p := patron(t, s, "1"); !p.Equal(want) {
		t.Errorf("stored %+v\nwant   %+v", p.Card, want)
	}
}

func TestIntegrateRefusesOneCardWithItsReason(t *testing.T) {
	s := newSystem("monnaie", sigb.Aloes(), newClock())
	s.Refuse(func(number string) error {
		switch number {
		case "2":
			return errors.New("lecteur exclu")
		case "3":
			return &sigb.RefusalError{Code: "longueur", Field: sigb.FieldName, Text: "Nom trop long."}
		}
		return nil
	})
	card := func(n string) string { return "<numero>" + n + "</numero><nom>X</nom>" + dates }
	r := integrate(t, s, card("1"), card("2"), card("3"), "<numero>4</numero>"+dates, "<nom>X</nom>"+dates)
	if r.Created != 1 || r.Refused != 4 || r.Received != 5 || r.Status != sigb.StatusPartial || s.Len() != 1 {
		t.Fatalf("report %+v", r)
	}
	if e := r.Cards[1].Errors[0]; !strings.Contains(e.Text, "lecteur exclu") {
		t.Errorf("reason %+v", e)
	}
	if e := r.Cards[2].Errors[0]; e.Code != "longueur" || e.Field != "nom" || e.Text != "Nom trop long." {
		t.Errorf("reason %+v", e)
	}
}

func TestIntegrateOfABrokenDocumentChangesNothing(t *testing.T) {
	s := newSystem("monnaie", sigb.Aloes(), newClock())
	whole := cartes("<numero>1</numero><nom>X</nom>" + dates)
	for _, doc := range []string{"", whole[:len(whole)-5], "<html/>", "bonjour"} {
		r := s.Integrate(strings.NewReader(doc))
		if r.Status != sigb.StatusRefused || len(r.Errors) != 1 || s.Len() != 0 {
			t.Errorf("%.20q: %+v", doc, r)
		}
	}
}

func TestAReplacedNumberFindsItsReader(t *testing.T) {
	s := newSystem("monnaie", sigb.Aloes(), newClock())
	enrol(t, s, "1")
	r := integrate(t, s, "<numero>2</numero><ancien-numero>1</ancien-numero><nom>Y</nom>")
	if p := patron(t, s, "2"); r.Modified != 1 || s.Len() != 1 || p.Name != "Y" || p.Local.Loans != 2 {
		t.Errorf("the replacement made another reader: %+v", r)
	}
	// Two rows of one reader become one, and nothing local is lost.
	enrol(t, s, "7", "8")
	r = integrate(t, s, "<numero>8</numero><ancien-numero>7</ancien-numero><nom>Z</nom>")
	if p := patron(t, s, "8"); r.Modified != 1 || s.Len() != 2 || p.Local.Loans != 4 {
		t.Errorf("two rows remain, or loans were lost: %+v, %d rows", r, s.Len())
	}
}

func TestAReplacementMadeHereSurvivesAnUpdateOfTheFormerNumber(t *testing.T) {
	s := newSystem("monnaie", sigb.Aloes(), newClock())
	srv := newServer(t, s, sigb.ServerOptions{})
	enrol(t, s, "1")
	must(t, s.ReplaceCard("1", "2"))
	r := integrate(t, s, "<numero>1</numero><nom>Y</nom>")
	if len(r.Cards) != 1 || r.Cards[0].NewNumber != "2" || r.Modified != 1 {
		t.Fatalf("report %+v", r)
	}
	if got := numbers(t, srv, ""); len(got) != 1 || got[0] != "2" {
		t.Errorf("the network can no longer hear of the replacement: %v", got)
	}
}

func TestEditsNotYetGivenAreKeptUnlessTheSystemOverwrites(t *testing.T) {
	for _, p := range []sigb.Profile{{}, {Overwrites: true}} {
		s := newSystem("x", p, newClock())
		integrate(t, s, "<numero>1</numero><nom>X</nom><telephone>01</telephone>"+dates)
		must(t, s.Change("1", func(c *sigb.Card) { c.Phone = "02" }))
		integrate(t, s, "<numero>1</numero><nom>Y</nom><telephone>01</telephone>"+dates)
		got := patron(t, s, "1")
		want := map[bool]string{false: "02", true: "01"}[p.Overwrites]
		if got.Phone != want || got.Name != "Y" || got.Waiting == p.Overwrites {
			t.Errorf("overwrites=%v: %+v", p.Overwrites, got)
		}
	}
}

// Two libraries replaced one card: whatever its system was told first, it ends with the number the network settled on.
func TestReplacementThatCrossedAnother(t *testing.T) {
	s := newSystem("mours", sigb.Aloes(), newClock())
	must(t, s.Enrol(sigb.Card{Number: "A1", Name: "Dupré"}, sigb.Local{}))
	must(t, s.ReplaceCard("A1", "B1"))
	integrate(t, s, `<numero>C1</numero><ancien-numero>A1</ancien-numero><nom>Dupré</nom>`)
	integrate(t, s, `<numero>B1</numero><ancien-numero>A1</ancien-numero><ancien-numero>C1</ancien-numero><nom>Dupré</nom>`)
	p, ok := s.Patron("B1")
	if !ok || s.Len() != 1 || !slices.Equal(p.OldNumbers, []string{"A1", "C1"}) {
		t.Errorf("%v %+v", ok, p.Card)
	}
}
