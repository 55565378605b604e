package cards_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

func TestFieldsAndTheirNames(t *testing.T) {
	var all cards.FieldSet
	for _, f := range cards.AllFields() {
		all = all.With(f)
		if found, err := cards.ParseField(f.String()); err != nil || found != f {
			t.Errorf("%s: %v, %v", f, found, err)
		}
	}
	if _, err := cards.ParseField("pretes"); cards.CodeOf(err) != cards.Invalid || !strings.Contains(cards.MessageOf(err), "telephone") {
		t.Errorf("an unknown field: %v", err)
	}
	if rest := all.Without(cards.Phone); rest.Has(cards.Phone) || len(rest.Fields()) != len(cards.AllFields())-1 {
		t.Errorf("without the phone: %v", rest.Fields())
	}
	if name := cards.Field(99).String(); name != "field(99)" {
		t.Error(name)
	}
}

func TestNumbersAndDays(t *testing.T) {
	if cards.NumberKey("aB-01") != cards.NumberKey("Ab-01") || cards.NumberKey("01") == cards.NumberKey("1") {
		t.Error("letter case, and only that, is put aside")
	}
	for number, want := range map[string]string{"": "", "123456": "••••••", "2610000012345": "••••••••••345"} {
		if got := cards.MaskNumber(number); got != want {
			t.Errorf("%q is shown as %q", number, got)
		}
	}
	c := cards.Card{Enrolment: cards.Registration{End: "2026-11-21"}}
	if c.ExpiredOn("2026-11-21") || !c.ExpiredOn("2026-11-22") {
		t.Error("a card is valid on its last day, and no longer")
	}
}

func TestLibrarySettings(t *testing.T) {
	good := cards.Library{Code: "mours", Name: "Mours", Email: "mours@example.org", Serves: []string{"mours-jeunesse"}}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	if !good.Speaks("mours") || !good.Speaks("mours-jeunesse") || good.Speaks("peyrins") || good.Pushed() || good.Harvested() {
		t.Errorf("%+v", good)
	}
	for why, change := range map[string]func(*cards.Library){
		"no code":                  func(l *cards.Library) { l.Code = "" },
		"a code in capitals":       func(l *cards.Library) { l.Code = "Mours" },
		"a long code":              func(l *cards.Library) { l.Code = strings.Repeat("a", 33) },
		"no name":                  func(l *cards.Library) { l.Name = "" },
		"no address":               func(l *cards.Library) { l.Email = "mours" },
		"an establishment's code":  func(l *cards.Library) { l.Serves = []string{"Mours jeunesse"} },
		"no width":                 func(l *cards.Library) { l.Widths = map[cards.Field]int{cards.LastName: 0} },
		"no name on its cards":     func(l *cards.Library) { l.NotHeld = cards.FieldsOf(cards.LastName) },
		"no end of its enrolments": func(l *cards.Library) { l.NotHeld = cards.FieldsOf(cards.EnrolmentDates) },
		"no scheme":                func(l *cards.Library) { l.PushURL = "ils.example.org/cartes" },
		"another scheme":           func(l *cards.Library) { l.PushURL = "file:///etc/passwd" },
		"no host":                  func(l *cards.Library) { l.PushURL = "http:///cartes" },
		"a password in the URL":    func(l *cards.Library) { l.OAIURL, l.OAIPrefix = "https://a:secret@ils.example.org/oai", "carte" },
		"no prefix":                func(l *cards.Library) { l.OAIURL = "https://ils.example.org/oai" },
	} {
		bad := good
		change(&bad)
		if err := bad.Validate(); cards.CodeOf(err) != cards.Invalid || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", why, err)
		} else if strings.Contains(err.Error(), "--") { // who reads it may sit before a form, or write a program
			t.Errorf("%s: a flag of the command line is named: %v", why, err)
		}
	}
	for _, address := range []func(*cards.Library){
		func(l *cards.Library) { l.OAIURL, l.PushURL = "oai", "push" }, func(l *cards.Library) { l.OAIURL, l.PushURL = "https://a:secret@b", "https://a:secret@b" },
	} {
		bad := good
		address(&bad)
		if err := bad.Validate(); err == nil || !strings.Contains(err.Error(), "serveur OAI-PMH") { // the first of two, always
			t.Errorf("which address is wrong is not said: %v", err)
		}
	}
}

func TestErrorsShowWhatMayBeShown(t *testing.T) {
	cause := errors.New("nom Dupré")
	err := cards.WrapError(cards.Unavailable, cause, "La base ne répond pas (%d).", 7)
	if !errors.Is(err, cause) || cards.CodeOf(err) != cards.Unavailable || cards.MessageOf(err) != "La base ne répond pas (7)." {
		t.Errorf("%v, %s", err, cards.MessageOf(err))
	}
	if !strings.Contains(err.Error(), "Dupré") {
		t.Errorf("the log is not told the cause: %v", err)
	}
	for _, err := range []error{cause, cards.WrapError(cards.Internal, cause, "Dupré")} {
		if cards.CodeOf(err) != cards.Internal || strings.Contains(cards.MessageOf(err), "Dupré") {
			t.Errorf("shown: %s", cards.MessageOf(err))
		}
	}
}

func TestCountsAddUp(t *testing.T) {
	var c cards.Counts
	for _, r := range []cards.Result{cards.Created, cards.Modified, cards.Unchanged, cards.Stale, cards.Rejected} {
		c.Add(r)
	}
	if want := (cards.Counts{Received: 5, Created: 1, Modified: 1, Unchanged: 2, Rejected: 1}); c != want {
		t.Errorf("%+v", c)
	}
	if double := c.Plus(c); double.Received != 10 || double.Unchanged != 4 || double.Created != 2 || double.Modified != 2 || double.Rejected != 2 {
		t.Errorf("%+v", double)
	}
}

func TestRolesIncludeEachOther(t *testing.T) {
	roles := []cards.Role{"personne", cards.RoleReader, cards.RoleOperator, cards.RoleAdministrator}
	for i, has := range roles {
		for j, wanted := range roles {
			u := cards.User{Role: has}
			if j > 0 && u.May(wanted) != (i >= j) {
				t.Errorf("%s may what %s may: %v", has, wanted, u.May(wanted))
			}
		}
	}
}

func TestWhatTheMergeNeedsToKnow(t *testing.T) {
	k := newCard()
	if cards.NeedsHistory(k.input(mours, phone("1"))) {
		t.Error("of a new card")
	}
	k.send(mours, phone("1"))
	if cards.NeedsHistory(k.input(peyrins, phone("1"))) {
		t.Error("of one that is the same")
	}
	if !cards.NeedsHistory(k.input(peyrins, phone("2"))) {
		t.Error("not of one that differs")
	}
	without := &cards.Library{ID: 5, Code: "sans", NotHeld: cards.FieldsOf(cards.Phone)}
	if cards.NeedsHistory(k.input(without, phone("2"))) {
		t.Error("of a field its system does not have")
	}
}
