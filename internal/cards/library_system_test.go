package cards_test

import (
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

func mail(v string) cards.Incoming { return says(cards.Card{Email: v}, cards.Email) }

// A library's first system had a field, the second had it not, the third has it again: what the first one sent the third
// does not hold, so its empty field clears nothing, until it has sent a value of its own.
func TestWhatAFormerSystemSentIsNotHeld(t *testing.T) {
	third := &cards.Library{ID: 1, Code: "mours", HeldSince: map[cards.Field]int64{cards.Email: 1}}
	for why, c := range map[string]struct {
		then  []cards.Incoming
		want  string
		notes int
	}{
		"empty":                          {[]cards.Incoming{mail("")}, "a@example.org", 0},
		"empty, and typed":               {[]cards.Incoming{mail(""), mail("b@example.org")}, "b@example.org", 1},
		"typed without having known":     {[]cards.Incoming{mail("b@example.org")}, "b@example.org", 1},
		"sent, and cleared":              {[]cards.Incoming{mail("a@example.org"), mail("")}, "", 0},
		"sent, and typed":                {[]cards.Incoming{mail("a@example.org"), mail("b@example.org")}, "b@example.org", 0},
		"typed, and cleared":             {[]cards.Incoming{mail("b@example.org"), mail("")}, "", 1},
		"another field, and still empty": {[]cards.Incoming{phone("1"), mail("")}, "a@example.org", 0},
	} {
		k := newCard()
		k.send(mours, mail("a@example.org"))
		notes := 0
		for _, in := range c.then {
			notes += len(k.send(third, in).Notes)
		}
		if got := k.current.Card.Email; got != c.want || notes != c.notes {
			t.Errorf("%s: %q stands, %d notes", why, got, notes)
		}
	}
}

// A library's new system has more room than the last. Of the names it took over what the last one had left of them, and
// sends that: nobody typed it.
func TestWhatAFormerWidthLeftIsNoEdit(t *testing.T) {
	narrow := &cards.Library{ID: 4, Code: "etroite", Widths: map[cards.Field]int{cards.LastName: 5}}
	wide := &cards.Library{ID: 4, Code: "etroite", OldWidths: map[cards.Field][]cards.OldWidth{cards.LastName: {{Width: 5, Until: 1}}}}
	for why, c := range map[string]struct {
		before, then []cards.Incoming
		want         string
		notes        int
	}{
		"it was handed it":                 {nil, []cards.Incoming{name("Marti")}, "Martineau", 0},
		"it had sent what was left":        {[]cards.Incoming{name("MARTI")}, []cards.Incoming{name("MARTI")}, "Martineau", 0},
		"it changes what it holds":         {[]cards.Incoming{name("Marti")}, []cards.Incoming{name("Roux")}, "Roux", 0},
		"it types the rest":                {[]cards.Incoming{name("Marti")}, []cards.Incoming{name("Martin")}, "Martin", 0},
		"it sent it in full, and means it": {nil, []cards.Incoming{name("Martineau"), name("Marti")}, "Marti", 0},
	} {
		k := newCard()
		k.send(mours, name("Martineau"))
		k.hand(narrow)
		for _, in := range c.before {
			k.send(narrow, in)
		}
		notes := 0
		for _, in := range c.then {
			notes += len(k.send(wide, in).Notes)
		}
		if got := k.current.Card.LastName; got != c.want || notes != c.notes {
			t.Errorf("%s: %q stands, %d notes", why, got, notes)
		}
	}
}

// What a former system left is less than the present one has room for: who sends it with a change is handed the result.
func TestWhatAFormerWidthLeftIsHandedInFull(t *testing.T) {
	widths := map[cards.Field]int{cards.LastName: 5, cards.Guardians: 5}
	narrow := &cards.Library{ID: 4, Code: "etroite", Widths: widths}
	wide := &cards.Library{ID: 4, Code: "etroite", OldWidths: map[cards.Field][]cards.OldWidth{
		cards.LastName: {{Width: 5, Until: 9}}, cards.Guardians: {{Width: 5, Until: 9}},
	}}
	given := cards.FieldsOf(cards.LastName, cards.Guardians, cards.Phone)
	for what, c := range map[string]cards.Card{
		"a name":     {LastName: "Marti", Guardians: []cards.Guardian{{LastName: "Martineau"}}},
		"a guardian": {LastName: "Martineau", Guardians: []cards.Guardian{{LastName: "Marti"}}},
	} {
		c.Phone = "1"
		for _, l := range []*cards.Library{narrow, wide} {
			k := newCard()
			k.send(mours, says(cards.Card{LastName: "Martineau", Guardians: []cards.Guardian{{LastName: "Martineau"}}}, given.Fields()...))
			k.hand(narrow)
			if d := k.send(l, says(c, given.Fields()...)); d.Changed != cards.FieldsOf(cards.Phone) || d.ByHub != (l == wide) {
				t.Errorf("%s, widths %v: %+v", what, l.Widths, d)
			}
		}
	}
}

// Capitals and accents are no matter of width: who sent a name with them takes them away, be it by another system.
func TestANewWidthIsNoMatterOfAccents(t *testing.T) {
	wide := &cards.Library{ID: 1, Code: "mours", Widths: map[cards.Field]int{cards.LastName: 9}, OldWidths: map[cards.Field][]cards.OldWidth{cards.LastName: {{Width: 5, Until: 1}}}}
	k := newCard()
	k.send(mours, name("Dupré"))
	if d := k.send(wide, name("Dupre")); d.Card.LastName != "Dupre" {
		t.Errorf("%+v", d)
	}
}

// What stands only since the new system is there was never cut by the last one.
func TestWhatCameAfterAFormerWidthWasNotCut(t *testing.T) {
	wide := &cards.Library{ID: 4, Code: "etroite", OldWidths: map[cards.Field][]cards.OldWidth{cards.LastName: {{Width: 5, Until: 1}}}}
	k := newCard()
	k.send(mours, name("Martineau"))
	k.hand(wide)
	k.send(mours, name("Lefebvre"))
	k.hand(wide)
	if d := k.send(wide, name("Lefeb")); d.Changed == 0 || d.Card.LastName != "Lefeb" {
		t.Errorf("%+v", d)
	}
}

// A library sent names in full, and has another system now, which cuts them: it does not mean what is left.
func TestWhatANewWidthLeavesIsNotMeant(t *testing.T) {
	narrow := &cards.Library{ID: 1, Code: "mours", Widths: map[cards.Field]int{cards.LastName: 5}}
	for sent, c := range map[string]struct{ then, want string }{
		"Martineau": {"Marti", "Martineau"}, "Lefèvre": {"LEFEV", "Lefèvre"}, "Dupré": {"Dupre", "Dupre"}, "Roux": {"Rou", "Rou"},
	} {
		k := newCard()
		k.send(mours, name(sent))
		for range 2 {
			if d := k.send(narrow, name(c.then)); d.Card.LastName != c.want || d.Notes != nil {
				t.Errorf("%s, then %s: %+v", sent, c.then, d)
			}
		}
	}
}
