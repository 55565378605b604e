package cards_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

func TestWhatAPasswordMayBe(t *testing.T) {
	for name, c := range map[string]struct {
		password string
		wrong    string // a word of the sentence; empty where it is right
	}{
		"a phrase":                 {"les lilas de la rue", ""},
		"no composition asked":     {"aaaaaaaaaaaa", ""},
		"twelve accented letters":  {"éééééééééééé", ""},
		"eleven letters":           {"abcdefghijk", "moins de 12"},
		"eleven, two bytes each":   {"ééééééééééé", "moins de 12"},
		"eleven, decomposed":       {strings.Repeat("e\u0301", 11), "moins de 12"},
		"empty":                    {"", "moins de 12"},
		"256 bytes":                {strings.Repeat("a", 256), ""},
		"257 bytes":                {strings.Repeat("a", 257), "256 octets"},
		"too long in bytes":        {strings.Repeat("é", 129), "256 octets"},
		"the name":                 {"camille.dupont", "nom du compte"},
		"the name, in capitals":    {" Camille.DUPONT ", "nom du compte"},
		"the name and more":        {"camille.dupont-1", ""},
		"bytes that are no text":   {"abcdefghijkl\xff", "UTF-8"},
		"spaces inside and around": {" un deux trois ", ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := cards.CheckPassword(c.password, "camille.dupont")
			if c.wrong == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if cards.CodeOf(err) != cards.Invalid || !strings.Contains(cards.MessageOf(err), c.wrong) {
				t.Errorf("%v", err)
			}
			if c.password != "" && strings.Contains(cards.MessageOf(err), c.password) {
				t.Errorf("the password is in the sentence: %v", err)
			}
		})
	}
	if cards.Password("Noe\u0308l") != "Noël" {
		t.Error("two ways to type one letter are two passwords")
	}
}

func TestWhatAnAccountMayBe(t *testing.T) {
	good := cards.User{
		Name: "Équipe de Mours", Role: cards.RoleOperator, Email: "equipe@example.org", Language: cards.French,
		Alerts: []cards.TroubleKind{"recolte", "depot-suspendu"},
	}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*cards.User){
		"the browser's language":  func(u *cards.User) { u.Language = "" },
		"English":                 func(u *cards.User) { u.Language = cards.English },
		"no address to write to":  func(u *cards.User) { u.Email = "" },
		"a name of 64 letters":    func(u *cards.User) { u.Name = strings.Repeat("é", 64) },
		"an address of 254 bytes": func(u *cards.User) { u.Email = strings.Repeat("a", 242) + "@example.org" },
	} {
		u := good
		change(&u)
		if err := u.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, change := range map[string]func(*cards.User){
		"no name":            func(u *cards.User) { u.Name = "" },
		"a space before":     func(u *cards.User) { u.Name = " Ana" },
		"a line break":       func(u *cards.User) { u.Name = "Ana\nBob" },
		"no text":            func(u *cards.User) { u.Name = "Ana\xff" },
		"decomposed":         func(u *cards.User) { u.Name = "Noe\u0308l" },
		"a long name":        func(u *cards.User) { u.Name = strings.Repeat("é", 65) },
		"no role":            func(u *cards.User) { u.Role = "" },
		"another role":       func(u *cards.User) { u.Role = "chef" },
		"another language":   func(u *cards.User) { u.Language = "de" },
		"no address":         func(u *cards.User) { u.Email = "equipe" },
		"a name and address": func(u *cards.User) { u.Email = "Ana <ana@example.org>" },
		"a header in it":     func(u *cards.User) { u.Email = "ana@example.org\r\nBcc: b@example.org" },
		"a long address":     func(u *cards.User) { u.Email = strings.Repeat("a", 250) + "@example.org" },
		"no kind of trouble": func(u *cards.User) { u.Alerts = []cards.TroubleKind{"deux mots"} },
		"very many of them":  func(u *cards.User) { u.Alerts = slices.Repeat([]cards.TroubleKind{"silence"}, 33) },
	} {
		u := good
		change(&u)
		if err := u.Validate(); cards.CodeOf(err) != cards.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhoSignsIn(t *testing.T) {
	for _, c := range []struct {
		u    cards.User
		want bool
	}{
		{cards.User{HasKey: true}, true}, {cards.User{HasPassword: true}, true}, {cards.User{}, false},
		{cards.User{HasKey: true, HasPassword: true, Disabled: true}, false},
	} {
		if c.u.SignsIn() != c.want {
			t.Errorf("%+v", c.u)
		}
	}
}

// Tries at a password are counted by account and caller, whatever the case the name is typed in.
func TestWhatTriesAreCountedBy(t *testing.T) {
	one := cards.PasswordTries("Ana", "192.0.2.1")
	if cards.PasswordTries(" ANA", "192.0.2.1") != one {
		t.Error("one account typed in two ways is two")
	}
	if cards.PasswordTries("Bob", "192.0.2.1") == one || cards.PasswordTries("Ana", "192.0.2.2") == one {
		t.Error("two accounts, or two callers, are one")
	}
}
