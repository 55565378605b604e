package cards_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

// The audit log says whose cards were shown: each once, the first hundred by name, and how many in all.
func TestWhoseCardsWereShown(t *testing.T) {
	var many, more []string
	for i := range 100 {
		many = append(many, fmt.Sprintf("c%03d", 99-i))
	}
	more = append([]string{"d"}, many...)
	for _, c := range []struct {
		ids             []string
		detail, subject string
	}{
		{nil, "aucune carte", ""},
		{[]string{"b"}, "cartes b", cards.SubjectCard("b")},
		{[]string{"b", "b"}, "cartes b", cards.SubjectCard("b")},
		{[]string{"b", "a", "b"}, "cartes a b", ""},
		{[]string{"b", "b", "a"}, "cartes a b", ""},
	} {
		if detail, subject := cards.AuditShown(c.ids), cards.AuditSubject(c.ids); detail != c.detail || subject != c.subject {
			t.Errorf("%v: %q, %q", c.ids, detail, subject)
		}
	}
	if got := cards.AuditShown(many); !strings.HasPrefix(got, "cartes c000 c001") || len(strings.Fields(got)) != 101 {
		t.Errorf("a hundred: %q", got)
	}
	if got := cards.AuditShown(more); !strings.HasPrefix(got, "101 cartes, dont c000 c001") || !strings.HasSuffix(got, "c099") {
		t.Errorf("one more: %q", got)
	}
	if many[0] != "c099" {
		t.Error("what was shown is in another order")
	}
}

// What an entry is about says what kind of thing it is: two things with one number are not taken for each other.
func TestSubjectsOfTheAuditLogDiffer(t *testing.T) {
	seen := map[string]bool{"": true}
	for _, subject := range []string{
		cards.SubjectCard("7"), cards.SubjectLibrary("7"), cards.SubjectDeposit(7), cards.SubjectConflict(7), cards.SubjectErasure(7), cards.SubjectMail(7),
		cards.SubjectAccount(7), cards.SubjectAccount(8),
	} {
		if seen[subject] {
			t.Errorf("%q twice, or nothing", subject)
		}
		seen[subject] = true
	}
}
