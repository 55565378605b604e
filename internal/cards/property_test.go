package cards_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"pgregory.net/rapid"
)

var (
	someNames  = rapid.SampledFrom([]string{"", "Dupré", "DUPRE", "Dupre", "Duprè", "Roux", "ROUX", "D’Angelo", "D'ANGELO", "Bœuf", "BOEUF", "Weiß", "WEISS"})
	somePhones = rapid.SampledFrom([]string{"", "04 75 00 00 00", "+33 4 75 00 00 00", "0475000000", "06 00 00 00 01", "liste rouge"})
	someDates  = rapid.SampledFrom([]string{"", "1980", "1980-02", "1980-02-29", "1981-01-01"})
	someNumber = rapid.SampledFrom([]string{"B1", "b1", "B2", "B3"})
)

func drawCard(t *rapid.T) cards.Card {
	c := cards.Card{
		Number: "A1", LastName: someNames.Draw(t, "name"), Phone: somePhones.Draw(t, "phone"), BirthDate: someDates.Draw(t, "birth"),
		Sex: rapid.SampledFrom([]string{"", "F", "M"}).Draw(t, "sex"), Former: rapid.SliceOfN(someNumber, 0, 2).Draw(t, "former"),
	}
	if rapid.Bool().Draw(t, "has an address") {
		c.Address = cards.Address{
			Lines: []string{someNames.Draw(t, "line")}, Town: someNames.Draw(t, "town"), Country: rapid.SampledFrom([]string{"", "FR", "BE"}).Draw(t, "country"),
		}
	}
	for range rapid.IntRange(0, 2).Draw(t, "guardians") {
		g := cards.Guardian{LastName: someNames.Draw(t, "guardian"), Phone: somePhones.Draw(t, "guardian's phone")}
		if g.LastName != "" { // the reader refuses a guardian without a name
			c.Guardians = append(c.Guardians, g)
		}
	}
	if len(c.Guardians) == 2 && cards.FoldName(c.Guardians[0].LastName) == cards.FoldName(c.Guardians[1].LastName) {
		c.Guardians = c.Guardians[:1] // one person named twice is one the reader refuses
	}
	return c
}

var drawn = []cards.Field{cards.FormerNumbers, cards.LastName, cards.BirthDate, cards.Sex, cards.PostalAddress, cards.Phone, cards.Guardians}

func drawIncoming(t *rapid.T) cards.Incoming {
	in := cards.Incoming{Card: drawCard(t), GuardiansComplete: rapid.Bool().Draw(t, "complete")}
	for _, f := range drawn {
		if rapid.Bool().Draw(t, "gives "+f.String()) {
			in.Given = in.Given.With(f)
		}
	}
	return in
}

var drawnLibraries = []*cards.Library{
	mours, peyrins,
	{ID: 3, Code: "etroite", Widths: map[cards.Field]int{cards.LastName: 3}},
	{ID: 4, Code: "sans-telephone", NotHeld: cards.FieldsOf(cards.Phone)},
}

// drawHistory plays some documents and handovers of one card.
func drawHistory(t *rapid.T) *card {
	k := newCard()
	for range rapid.IntRange(0, 8).Draw(t, "steps") {
		l := rapid.SampledFrom(drawnLibraries).Draw(t, "library")
		if k.current != nil && rapid.IntRange(0, 2).Draw(t, "hand") == 0 {
			k.hand(l)
			continue
		}
		k.send(l, drawIncoming(t))
	}
	return k
}

func text(t *rapid.T, v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Merging is a function of its input, and leaves its input alone.
func TestMergeIsPure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := drawHistory(t)
		k.minutes++
		in := k.input(rapid.SampledFrom(drawnLibraries).Draw(t, "library"), drawIncoming(t))
		before := text(t, in)
		first, second := text(t, cards.Merge(in)), text(t, cards.Merge(in))
		if first != second {
			t.Fatalf("%s\nthen %s", first, second)
		}
		if after := text(t, in); after != before {
			t.Fatalf("the input was %s\nand is %s", before, after)
		}
	})
}

// The same document again changes nothing, whatever was handed in between.
func TestMergeIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := drawHistory(t)
		l, in := rapid.SampledFrom(drawnLibraries).Draw(t, "library"), drawIncoming(t)
		if k.send(l, in).Result == cards.Rejected {
			return // it is nobody's yet
		}
		if rapid.Bool().Draw(t, "handed") {
			k.hand(l)
		}
		before, seq := text(t, k.current.Card), k.seq
		if d := k.send(l, in); d.Result != cards.Unchanged || d.Changed != 0 || k.seq != seq || text(t, k.current.Card) != before {
			t.Fatalf("%s %v: %s\nbecame %s", d.Result, d.Changed.Fields(), before, text(t, d.Card))
		}
	})
}

// A library that sends back what it was handed changes nothing.
func TestHandedBackIsUnchanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := drawHistory(t)
		if k.current == nil {
			return
		}
		l := rapid.SampledFrom(drawnLibraries).Draw(t, "library")
		k.hand(l)
		in := cards.Incoming{Card: k.current.Card, Given: cards.FieldsOf(cards.AllFields()...), GuardiansComplete: true}
		if d := k.send(l, in); d.Changed != 0 || d.Result != cards.Unchanged {
			t.Fatalf("%s %v", d.Result, d.Changed.Fields())
		}
	})
}

// A system that rewrites every name in capitals without accents changes no
// name it did not send itself.
func TestPoorerNeverBeatsRicherUnlessMeant(t *testing.T) {
	strip := strings.NewReplacer("é", "E", "è", "E", "œ", "OE", "ß", "SS")
	rapid.Check(t, func(t *rapid.T) {
		k := drawHistory(t)
		if k.current == nil {
			return
		}
		capitals := &cards.Library{ID: 9, Code: "capitales"}
		if rapid.Bool().Draw(t, "handed") {
			k.hand(capitals)
		}
		x := k.current.Card
		if x.LastName == "" {
			return
		}
		in := cards.Incoming{Given: cards.FieldsOf(cards.LastName, cards.BirthDate)}
		in.Number, in.LastName = "A1", strings.ToUpper(strip.Replace(x.LastName))
		in.BirthDate, _, _ = strings.Cut(x.BirthDate, "-")
		if d := k.send(capitals, in); in.BirthDate != "" && (d.Changed != 0 || d.Card.LastName != x.LastName || d.Card.BirthDate != x.BirthDate) {
			t.Fatalf("%q became %q, %q became %q", x.LastName, d.Card.LastName, x.BirthDate, d.Card.BirthDate)
		}
	})
}

// Whatever stands afterwards, somebody sent it; what was not given stays.
func TestMergeInventsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := drawHistory(t)
		if k.current == nil {
			return
		}
		l, in := rapid.SampledFrom(drawnLibraries).Draw(t, "library"), drawIncoming(t)
		x := k.current.Card
		d := k.send(l, in)
		for _, f := range cards.AllFields() {
			was, is, sent := f.Only(&x), f.Only(&d.Card), f.Only(&in.Card)
			moved := text(t, was) != text(t, is)
			switch {
			case moved != d.Changed.Has(f):
				t.Fatalf("%s moved %v, said to have %v", f, moved, d.Changed.Has(f))
			case !moved || f == cards.FormerNumbers || f == cards.Guardians || f == cards.PostalAddress:
			case !in.Given.Has(f) || l.NotHeld.Has(f):
				t.Fatalf("%s changed though it was not given", f)
			case text(t, is) != text(t, sent):
				t.Fatalf("%s: %s was sent, %s stands", f, text(t, sent), text(t, is))
			}
		}
		for _, g := range d.Card.Guardians {
			if !slices.Contains(x.Guardians, g) && !slices.Contains(in.Guardians, g) {
				t.Fatalf("a guardian nobody sent: %+v", g)
			}
		}
		for _, n := range x.Former {
			if !slices.Contains(d.Card.Former, n) {
				t.Fatalf("former number %s is gone", n)
			}
		}
	})
}

// The library is the origin only where it has every value of the result, by
// its own sending now or by what it was handed.
func TestOriginHoldsTheResult(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := drawHistory(t)
		if k.current == nil {
			return
		}
		l, in := rapid.SampledFrom(drawnLibraries).Draw(t, "library"), drawIncoming(t)
		k.minutes++
		input := k.input(l, in)
		d := cards.Merge(input)
		if d.Changed == 0 || d.ByHub {
			return
		}
		handed := cards.Card{}
		if input.Handed != nil {
			handed = *input.Handed
		}
		for _, g := range d.Card.Guardians {
			if !slices.ContainsFunc(append(in.Guardians, handed.Guardians...), func(o cards.Guardian) bool { return cards.FoldName(o.LastName) == cards.FoldName(g.LastName) }) {
				t.Fatalf("it never saw %+v", g)
			}
		}
		for _, n := range d.Card.Former {
			if !slices.ContainsFunc(append(in.Former, handed.Former...), func(o string) bool { return strings.EqualFold(o, n) }) {
				t.Fatalf("it never saw %s", n)
			}
		}
		for _, f := range []cards.Field{cards.LastName, cards.BirthDate, cards.Sex} {
			result, now, had := text(t, f.Only(&d.Card)), text(t, f.Only(&in.Card)), text(t, f.Only(&handed))
			loose := strings.NewReplacer("’", "", "'", "", "-", "")
			if l.NotHeld.Has(f) || loose.Replace(result) == loose.Replace(had) || in.Given.Has(f) && loose.Replace(result) == loose.Replace(now) {
				continue
			}
			empty := text(t, f.Only(&cards.Card{}))
			if result != empty || in.Given.Has(f) {
				t.Fatalf("%s: %s stands, it sent %s (%v) and had %s", f, result, now, in.Given.Has(f), had)
			}
		}
	})
}

// A stale list that says it is whole stays stale when it is sent again: the
// guardian another library added meanwhile is not lost.
func TestStaleWholeListOfGuardiansSentTwice(t *testing.T) {
	dupré, roux := cards.Guardian{LastName: "Dupré"}, cards.Guardian{LastName: "Roux"}
	l := &cards.Library{ID: 1, Code: "mours"}
	in := &cards.Incoming{Card: cards.Card{Number: "A1", Guardians: []cards.Guardian{dupré}}, Given: cards.FieldsOf(cards.Guardians), GuardiansComplete: true}
	current := &cards.Current{Card: cards.Card{Number: "A1", Guardians: []cards.Guardian{roux, dupré}}}
	current.Seqs[cards.Guardians] = 2
	var sent *cards.Sent
	for range 2 {
		d := cards.Merge(cards.MergeInput{
			Library: l, Incoming: in, Current: current, Sent: sent, Handed: &cards.Card{Number: "A1", Guardians: []cards.Guardian{dupré}}, Passed: 1,
		})
		if d.Changed != 0 {
			t.Fatalf("the guardian added elsewhere is lost: %+v", d.Card.Guardians)
		}
		next := sent.Remember(l, in, cards.Moment{}, nil, 2, 0)
		sent = &next
	}
}
