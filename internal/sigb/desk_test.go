package sigb_test

import (
	"errors"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/sigb"
)

func TestEnrolFillsWhatDesksFill(t *testing.T) {
	s := newSystem("mours", sigb.Microbib(), newClock())
	enrol(t, s, "A1")
	p := patron(t, s, "a1") // letter case aside
	want := sigb.Enrolment{Library: "mours", First: "2026-11-21", End: "2027-11-20"}
	if p.Enrolment != want {
		t.Errorf("enrolment %+v, want %+v", p.Enrolment, want)
	}
	if p.Name != "DUPRE-LEBOEUF" {
		t.Errorf("the desk's typing was not rewritten: %q", p.Name)
	}
	if !p.Waiting || s.Waiting() != 1 {
		t.Error("a new reader must wait to be given to the network")
	}
	var taken *sigb.NumberError
	if err := s.Enrol(helene("a1"), sigb.Local{}); !errors.As(err, &taken) {
		t.Errorf("a taken number was given again: %v", err)
	}
}

func TestWhatStaysTheSameAfterRewritingIsNoChange(t *testing.T) {
	hub := newFakeHub(t)
	s := newSystem("mours", sigb.Microbib(), newClock())
	enrol(t, s, "1")
	c := hub.client(t, s, sigb.ClientOptions{})
	_, err := c.Post(t.Context())
	must(t, err)
	must(t, s.Change("1", func(c *sigb.Card) { c.Name = "dupré-lebœuf"; c.BirthDate = "1980-12-31" }))
	must(t, s.ChangeLocal("1", func(l *sigb.Local) { l.Loans = 9 }))
	if s.Waiting() != 0 {
		t.Error("a change that leaves nothing, or only local data, was marked for the network")
	}
	must(t, s.Change("1", func(c *sigb.Card) { c.Phone = "04 75 00 11 11"; c.Number = "2" }))
	if p := patron(t, s, "1"); !p.Waiting || p.Phone != "04 75 00 11 11" {
		t.Errorf("the change was not kept: %+v", p)
	}
}

func TestRenewEndEarlyAndReplace(t *testing.T) {
	c := newClock()
	s := newSystem("mours", sigb.Aloes(), c)
	enrol(t, s, "1")
	c.advance(300 * 24 * time.Hour)
	must(t, s.Renew("1"))
	if e := patron(t, s, "1").Enrolment; e.Renewed != "2027-09-17" || e.End != "2028-09-16" || e.First != "2026-11-21" {
		t.Errorf("renewed as %+v", e)
	}
	c.advance(48 * time.Hour)
	must(t, s.EndEarly("1", c.now().AddDate(0, 0, -1)))
	if p := patron(t, s, "1"); p.Enrolment.End != "2027-09-18" || !p.ExpiredOn("2027-09-19") {
		t.Errorf("ended as %+v", p.Enrolment)
	}
	must(t, s.EndEarly("1", c.now().AddDate(-3, 0, 0)))
	if e := patron(t, s, "1").Enrolment; e.End != e.Renewed {
		t.Errorf("an end before the renewal: %+v", e)
	}
	must(t, s.ReplaceCard("1", "2"))
	if _, still := s.Patron("1"); still {
		t.Error("the lost card still works")
	}
	p := patron(t, s, "2")
	if len(p.OldNumbers) != 1 || p.OldNumbers[0] != "1" || p.Local.Loans != 2 {
		t.Errorf("replaced as %+v", p)
	}
	if s.ReplaceCard("2", "1") == nil || s.Renew("3") == nil || s.ReplaceCard("2", "") == nil {
		t.Error("an impossible request was accepted")
	}
}
