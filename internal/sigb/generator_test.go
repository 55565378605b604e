package sigb_test

import (
	"regexp"
	"slices"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/carte-reseau/hub/internal/sigb"
)

func TestTheSameSeedGivesTheSameReadersAndActions(t *testing.T) {
	run := func() ([]sigb.Action, []sigb.Patron) {
		c := newClock()
		s := newSystem("mours", sigb.Microbib(), c)
		g := newGenerator(5, "26100", c)
		must(t, g.Fill(s, 20))
		var done []sigb.Action
		for range 200 {
			a, err := g.Act(s)
			must(t, err)
			done = append(done, a)
			c.advance(time.Hour)
		}
		return done, s.Patrons()
	}
	actions, patrons := run()
	again, patronsAgain := run()
	if !slices.Equal(actions, again) || len(patrons) != len(patronsAgain) {
		t.Fatal("two runs differ")
	}
	for i := range patrons {
		if !patrons[i].Equal(patronsAgain[i].Card) {
			t.Fatalf("%+v\n%+v", patrons[i], patronsAgain[i])
		}
	}
	kinds := map[string]bool{}
	for _, a := range actions {
		kinds[a.Kind] = true
	}
	if len(kinds) != 8 {
		t.Errorf("two hundred actions were only of the kinds %v", kinds)
	}
}

func TestReadersAreRealisticAndNobody(t *testing.T) {
	c := newClock()
	s := newSystem("mours", sigb.Aloes(), c)
	g := newGenerator(1, "26100", c)
	must(t, g.Fill(s, 500))
	number := regexp.MustCompile(`^[0-9A-Za-z._-]{1,32}$`)
	landline := regexp.MustCompile(`^(04 75 00 \d\d \d\d)?$`)
	mobile := regexp.MustCompile(`^(06 39 98 \d\d \d\d)?$`)
	email := regexp.MustCompile(`^([a-z]+\.[a-z]+\d+@example\.org)?$`)
	date := regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)
	seen, children := map[string]bool{}, 0
	for _, p := range s.Patrons() {
		e := p.Enrolment
		switch {
		case seen[p.Number] || !number.MatchString(p.Number):
			t.Errorf("number %q", p.Number)
		case !landline.MatchString(p.Phone) || !mobile.MatchString(p.Mobile) || !email.MatchString(p.Email):
			t.Errorf("reachable: %+v", p.Card)
		case !date.MatchString(p.BirthDate) || e.First > e.Renewed || e.Renewed > e.End || p.ExpiredOn("2026-11-21"):
			t.Errorf("dates: %+v", p.Card)
		case utf8.RuneCountInString(p.Name) > 100 || len(p.Address.Lines) == 0 || p.Address.Town == "":
			t.Errorf("incomplete: %+v", p.Card)
		}
		if len(p.Guardians) > 0 {
			children++
		}
		seen[p.Number] = true
	}
	if children < 50 || children > 150 {
		t.Errorf("%d children among 500", children)
	}
}

// A demo plays years of desks in one day. To say the same of an enrolment again, after another desk has ended it that day,
// would be to type back what the card said before, and a doubt for staff: no desk does so by the dozen.
func TestNobodyIsRenewedTwiceInADay(t *testing.T) {
	c := newClock()
	s := newSystem("mours", sigb.Microbib(), c)
	g := newGenerator(5, "26100", c)
	must(t, g.Fill(s, 20))
	today := c.now().Format(time.DateOnly)
	renewed := 0
	for range 2000 {
		before := map[string]sigb.Card{}
		for _, p := range s.Patrons() {
			before[p.Number] = p.Card
		}
		a, err := g.Act(s)
		must(t, err)
		if a.Kind != sigb.ActRenew {
			continue
		}
		renewed++
		if e := before[a.Number].Enrolment; max(e.First, e.Renewed) >= today {
			t.Fatalf("renewed once more on %s: %+v", today, e)
		}
	}
	if renewed < 10 {
		t.Errorf("only %d of two thousand actions were renewals", renewed)
	}
}
