package cards_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

func TestValuesAsStaffReadThem(t *testing.T) {
	card := cards.Card{
		Number: "A1", Former: []string{"A0", "Z9"}, Title: "MME", LastName: "Dupré", BirthDate: "1980-02-29", Phone: "04 75 00 00 00",
		Address:    cards.Address{Lines: []string{"12 rue des Lilas", "", "Bât. B"}, Postcode: "26100", Town: "Romans-sur-Isère", Country: "FR"},
		Guardians:  []cards.Guardian{{LastName: "Dupré", FirstName: "Jean", Relation: "pere"}, {Number: "G1", Email: "g@example.org"}},
		EnrolledAt: "mours", Enrolment: cards.Registration{First: "2024-09-03", End: "2027-09-09"},
	}
	for field, want := range map[string]string{
		"numero": "A1", "ancien-numero": "A0, Z9", "civilite": "MME", "nom": "Dupré", "prenom": "", "date-naissance": "29/02/1980",
		"adresse": "12 rue des Lilas, Bât. B, 26100 Romans-sur-Isère, FR", "telephone": "04 75 00 00 00",
		"responsable-legal":         "Jean Dupré, pere ; G1, g@example.org",
		"inscription/etablissement": "mours", "inscription": "première inscription 03/09/2024, fin 09/09/2027", "inconnu": "",
	} {
		if got := cards.ShownValue(field, &card); got != want {
			t.Errorf("%s: %q, want %q", field, got, want)
		}
	}
	if len(card.Address.Lines) != 3 || card.Address.Lines[1] != "" {
		t.Errorf("showing an address changed it: %q", card.Address.Lines)
	}
	for day, want := range map[string]string{"1980": "1980", "1980-02": "1980-02", "": ""} {
		if got := cards.ShownDay(day); got != want {
			t.Errorf("%q: %q, want %q", day, got, want)
		}
	}
}

func TestEveryDisputeIsExplained(t *testing.T) {
	told := map[string]bool{}
	for _, d := range []cards.Dispute{
		{Field: cards.NumberField},
		{Field: "nom", Kind: cards.NoteDoubt, Rule: cards.RuleBehind, Sender: "mours"},
		{Field: "nom", Kind: cards.NoteConflict, Rule: cards.RuleMeeting, Sender: "mours"},
		{Field: "nom", Kind: cards.NoteConflict, Rule: cards.RuleMeeting, Sender: "mours", Kept: cards.Claim{Library: "mours"}},
		{Field: "nom", Kind: cards.NoteConflict, Rule: cards.RuleHolder, Sender: "mours", Kept: cards.Claim{Library: "mours"}},
		{Field: "responsable-legal", Kind: cards.NoteConflict, Rule: cards.RuleRoom, Sender: "mours", Kept: cards.Claim{Library: "mours"}},
		{Field: "nom", Kind: cards.NoteConflict, Rule: cards.RuleJoined, Sender: "mours"},
		{Field: "nom", Kind: cards.NoteConflict, Rule: cards.RuleChanged, Sender: "mours", Kept: cards.Claim{Library: "mours"}},
	} {
		why := d.Why()
		if told[why] || !strings.HasSuffix(why, ".") || strings.ContainsRune(why, '\'') {
			t.Errorf("%+v: %q", d, why)
		}
		told[why] = true
	}
}

func TestChoosingAValue(t *testing.T) {
	for _, f := range cards.AllFields() {
		lost := cards.Card{
			Former: []string{"B0"}, Title: "M", LastName: "Roux", BirthName: "Roux", FirstName: "Jean", BirthDate: "1990-01-01", Sex: "M",
			Address: cards.Address{Town: "Mours"}, Phone: "1", Mobile: "2", Email: "j@example.org", Guardians: []cards.Guardian{{Number: "G1"}},
			EnrolledAt: "mours", Enrolment: cards.Registration{First: "2020-01-01", End: "2030-01-01"},
		}
		claim := cards.Claim{Value: f.Only(&lost)}
		card := cards.Card{Number: "A1", LastName: "Dupré", Former: []string{"A0"}}
		d := cards.Dispute{Field: f.String(), Kept: cards.Claim{Value: f.Only(&card)}, Current: f.Only(&card)}
		if d.Overtaken() {
			t.Errorf("%s: overtaken by what was kept", f)
		}
		if got := f.Choose(&card, claim); got != cards.FieldsOf(f) {
			t.Errorf("%s: changed %v", f, got.Fields())
		}
		if f != cards.FormerNumbers && f.Shown(&card) != f.Shown(&lost) {
			t.Errorf("%s: %q, want %q", f, f.Shown(&card), f.Shown(&lost))
		}
		if d.Current = f.Only(&card); !d.Overtaken() {
			t.Errorf("%s: not overtaken by another value", f)
		}
		if got := f.Choose(&card, claim); got != 0 {
			t.Errorf("%s: chosen twice, changed %v", f, got.Fields())
		}
		if f == cards.FormerNumbers && !slices.Equal(card.Former, []string{"A0", "B0"}) {
			t.Errorf("a number was taken back: %q", card.Former)
		}
		if card.Number != "A1" {
			t.Errorf("%s: the number changed to %s", f, card.Number)
		}
	}
}

// Two libraries replaced one card by two numbers: the question is overtaken once the card has a third.
func TestADisputeAboutANumberIsOvertakenByAnother(t *testing.T) {
	d := cards.Dispute{Field: cards.NumberField, Kept: cards.Claim{Value: cards.Card{Number: "B1"}}, Current: cards.Card{Number: "b1"}}
	if d.Overtaken() {
		t.Error("overtaken by what was kept")
	}
	if d.Current.Number = "C1"; !d.Overtaken() {
		t.Error("not overtaken by another number")
	}
}
