package cards_test

import (
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"pgregory.net/rapid"
)

// What is known to be repeatable changes nothing when it is sent again, whatever the library was handed meanwhile, and
// leaves of what it sent nothing but the moment otherwise: so it need not be merged.
func TestWhatIsRepeatableNeedNoMerge(t *testing.T) {
	repeatable := 0
	rapid.Check(t, func(t *rapid.T) {
		k := drawHistory(t)
		l, in := rapid.SampledFrom(drawnLibraries).Draw(t, "library"), drawIncoming(t)
		if rapid.Bool().Draw(t, "what stands") && k.current != nil {
			in.Card = k.current.Card
			in.Former = nil
		}
		if d := k.send(l, in); d.Result == cards.Rejected || d.Result == cards.Stale {
			return
		}
		sent, said := *k.sent[l.Code], in
		said.Given &^= l.NotHeld
		if !sent.Repeatable(&said, l, &k.current.Card) {
			return
		}
		repeatable++
		k.minutes++
		again := k.input(l, in)
		again.Passed, again.OtherPerson = rapid.Int64Range(0, 1).Draw(t, "passed"), rapid.Bool().Draw(t, "other person")
		again.Past = cards.FieldSet(rapid.Uint32Range(0, 1<<14-1).Draw(t, "past"))
		if again.Handed = nil; rapid.Bool().Draw(t, "handed") {
			handed := drawCard(t)
			again.Handed, again.HandedSeq = &handed, rapid.Int64Range(0, k.seq).Draw(t, "handed seq")
		}
		d := cards.Merge(again)
		if d.Result != cards.Unchanged || d.Changed != 0 || d.Behind != 0 || d.Notes != nil || d.Reasons != nil {
			t.Fatalf("%+v", d)
		}
		next := sent.Remember(l, &said, sent.Moment, nil, k.seq, 0)
		if text(t, next) != text(t, sent) {
			t.Fatalf("what it sent was  %s\nand becomes %s", text(t, sent), text(t, next))
		}
	})
	if repeatable < 5 {
		t.Errorf("only %d sendings were repeatable: the draws miss what they are for", repeatable)
	}
}

// A fingerprint tells two sendings apart that the merge could, and no others.
func TestFingerprints(t *testing.T) {
	full := cards.Incoming{
		Card: cards.Card{
			Number: "A1", LastName: "Dupré", FirstName: "Hélène", Phone: "04 75 00 00 00",
			Address:   cards.Address{Lines: []string{"12 rue des Lilas", "Bâtiment C"}, Postcode: "26100", Town: "Romans"},
			Guardians: []cards.Guardian{{LastName: "Dupré", FirstName: "Jean"}},
			Enrolment: cards.Registration{First: "2024-09-03", End: "2027-09-09"},
		},
		Given: cards.FieldsOf(cards.LastName, cards.FirstName, cards.Phone, cards.Mobile, cards.PostalAddress, cards.Guardians, cards.EnrolmentDates),
	}
	want := full.Fingerprint(mours)
	for what, change := range map[string]func(in *cards.Incoming){
		"number's spelling":   func(in *cards.Incoming) { in.Number = "a1" },
		"spelling":            func(in *cards.Incoming) { in.Phone = "0475000000" },
		"moved between names": func(in *cards.Incoming) { in.LastName, in.FirstName = "DupréHélène", "" },
		"not given":           func(in *cards.Incoming) { in.Given = in.Given.Without(cards.Mobile) },
		"lines joined":        func(in *cards.Incoming) { in.Address.Lines = []string{"12 rue des LilasBâtiment C"} },
		"line is town":        func(in *cards.Incoming) { in.Address.Lines, in.Address.Town = in.Address.Lines[:1], "Bâtiment C" },
		"another line":        func(in *cards.Incoming) { in.Address.Lines = []string{"14 rue des Lilas", "Bâtiment C"} },
		"another town":        func(in *cards.Incoming) { in.Address.Town = "Mours" },
		"another guardian":    func(in *cards.Incoming) { in.Guardians = []cards.Guardian{{LastName: "Dupré", FirstName: "Anne"}} },
		"guardian gone":       func(in *cards.Incoming) { in.Guardians = nil },
		"complete":            func(in *cards.Incoming) { in.GuardiansComplete = true },
		"renewed":             func(in *cards.Incoming) { in.Enrolment.Renewed = "2026-09-10" },
		"ended elsewhere":     func(in *cards.Incoming) { in.Enrolment.Renewed, in.Enrolment.End = in.Enrolment.End, "" },
	} {
		other := full
		if change(&other); other.Fingerprint(mours) == want {
			t.Errorf("%s: makes no difference", what)
		}
	}
	for _, l := range []*cards.Library{
		{Code: "mours", NotHeld: cards.FieldsOf(cards.Phone)}, {Code: "mours", Widths: map[cards.Field]int{cards.LastName: 20}},
		{Code: "mours", HeldSince: map[cards.Field]int64{cards.Phone: 7}}, {Code: "mours", OldWidths: map[cards.Field][]cards.OldWidth{cards.LastName: {{Width: 20, Until: 7}}}},
	} {
		if full.Fingerprint(l) == want {
			t.Errorf("%+v: makes no difference", l)
		}
	}
	here, there := says(cards.Card{Phone: "06 00 00 00 00"}, cards.Phone), says(cards.Card{Mobile: "06 00 00 00 00"}, cards.Mobile)
	if here.Fingerprint(mours) == there.Fingerprint(mours) {
		t.Error("the field a value is given in makes no difference")
	}
	same := full
	same.Email, same.ChangedAt = "not@given.example", morning
	if same.Fingerprint(mours) != want {
		t.Error("a field that was not given, or the moment of the change, makes a difference")
	}
}

// A card is known by its fingerprint where the library said what stands, in full or as its system leaves it: not where it
// may hold something else, nor where its document names another number, or has a former system's cuts in it.
func TestWhatIsRepeatable(t *testing.T) {
	narrow := &cards.Library{ID: 4, Code: "etroite", Widths: map[cards.Field]int{cards.LastName: 5}}
	wide := &cards.Library{ID: 4, Code: "etroite", OldWidths: map[cards.Field][]cards.OldWidth{cards.LastName: {{Width: 5, Until: 9}}}}
	stands := cards.Card{Number: "B1", Former: []string{"A1"}, LastName: "Martineau", Address: cards.Address{Town: "Tournai", Country: "BE"}}
	under := func(number string, in cards.Incoming) cards.Incoming { in.Number = number; return in }
	for why, c := range map[string]struct {
		by      *cards.Library
		in      cards.Incoming
		crossed cards.FieldSet
		want    bool
	}{
		"what stands":                         {mours, under("b1", name("Martineau")), 0, true},
		"another value":                       {mours, under("B1", name("Martin")), 0, false},
		"a poorer form":                       {mours, under("B1", name("MARTINEAU")), 0, true},
		"cut at the width":                    {narrow, under("B1", name("MARTI")), 0, true},
		"cut at a former width":               {wide, under("B1", name("MARTI")), 0, false},
		"no country, which is that of before": {mours, under("B1", says(cards.Card{Address: cards.Address{Town: "Tournai"}}, cards.PostalAddress)), 0, true},
		"handed something else on the way":    {mours, under("B1", name("Martineau")), cards.FieldsOf(cards.LastName), false},
		"under a number that was replaced":    {mours, under("A1", name("Martineau")), 0, false},
		"it names a number it replaces":       {mours, under("B1", says(cards.Card{Former: []string{"A1"}}, cards.FormerNumbers)), 0, false},
	} {
		var before *cards.Sent
		sent := before.Remember(c.by, &c.in, cards.Moment{Arrived: morning}, nil, 1, c.crossed)
		if got := sent.Repeatable(&c.in, c.by, &stands); got != c.want {
			t.Errorf("%s: %v", why, got)
		}
	}
}
