package sigb_test

import (
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/sigb"
)

func TestDiffForgivesRewritingAndLayoutOnly(t *testing.T) {
	c := newClock()
	enrolment := sigb.Enrolment{Library: "mours", First: "2024-09-03", End: "2027-09-09"}
	ref := helene("A1")
	ref.Enrolment = enrolment
	ref.Mobile = "+33 6 39 98 00 01"
	ref.Guardians = []sigb.Guardian{{Name: "Zoé", Phone: "04.75"}, {Number: "B2"}}
	for _, p := range profiles() {
		s := newSystem("mours", p, c)
		held := ref.Clone()
		held.Number, held.Phone, held.Mobile = "a1", "0475000000", "0639980001"
		held.Address.Lines = []string{"12, avenue", "de l'Église"}
		held.Guardians = []sigb.Guardian{{Number: "b2"}, {Name: "Zoé", Phone: "0475"}}
		must(t, s.Enrol(held, sigb.Local{Loans: 3}))
		if d := sigb.Diff(sigb.SnapshotOf("reseau", ref), s.Snapshot(), c.now()); len(d) != 0 {
			t.Errorf("%s: %v", p.Maker, d)
		}
	}
}

// A card that has ended is in nobody's set, whatever it replaced: who was not told of either may hold the old number.
func TestDiffForgivesTheNumberThatACardWhichEndedReplaced(t *testing.T) {
	c := newClock()
	s := newSystem("mours", sigb.Microbib(), c)
	for _, number := range []string{"a1", "B1"} {
		held := helene(number)
		held.Enrolment = sigb.Enrolment{Library: "mours", First: "2024-09-03", End: "2027-09-09"}
		must(t, s.Enrol(held, sigb.Local{}))
	}
	ended, valid := helene("A2"), helene("B2")
	ended.Enrolment = sigb.Enrolment{Library: "mours", First: "2024-09-03", End: "2026-11-20"}
	valid.Enrolment = sigb.Enrolment{Library: "mours", First: "2024-09-03", End: "2027-09-09"}
	ended.OldNumbers, valid.OldNumbers = []string{"A1"}, []string{"B1"}
	var got []string
	for _, d := range sigb.Diff(sigb.SnapshotOf("reseau", ended, valid), s.Snapshot(), c.now()) {
		got = append(got, d.String())
	}
	if want := "mours : la carte b1 est de trop\nmours : la carte b2 manque"; strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
}

func TestDiffSeesWhatDiffers(t *testing.T) {
	c := newClock()
	s := newSystem("mours", sigb.Microbib(), c)
	card := func(n string) sigb.Card {
		h := helene(n)
		h.Enrolment = sigb.Enrolment{Library: "mours", First: "2024-09-03", End: "2027-09-09"}
		return h
	}
	over := card("over")
	over.Enrolment.End = "2026-11-20"
	missing, changed := card("2"), card("3")
	changed.Email, changed.BirthDate, changed.OldNumbers = "autre@example.org", "1981-01-01", []string{"33"}
	must(t, s.Enrol(card("3"), sigb.Local{}))
	must(t, s.Enrol(card("4"), sigb.Local{}))
	must(t, s.Enrol(card("5"), sigb.Local{}))
	ended := card("5")
	ended.Enrolment.End = "2026-11-20"
	var got []string
	for _, d := range sigb.Diff(sigb.SnapshotOf("reseau", over, missing, changed, ended), s.Snapshot(), c.now()) {
		got = append(got, d.String())
	}
	want := []string{
		"mours : la carte 2 manque",
		"mours : carte 3, date-naissance : attendu « 1981 », trouvé « 1980 »",
		"mours : carte 3, courriel : attendu « autre@example.org », trouvé « helene@example.org »",
		"mours : carte 3, ancien-numero : attendu « 33 », trouvé «  »",
		"mours : la carte 4 est de trop",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
