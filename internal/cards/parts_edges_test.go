package cards

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// layouts are the ways a number of ten digits is written in France, on paper
// and in programs.
func layout(t *rapid.T, national string) string {
	separator := rapid.SampledFrom([]string{"", " ", ".", "-", "/", "\u00a0", "\u202f", "\u2011", " . "}).Draw(t, "separator")
	digits := national
	prefix := rapid.SampledFrom([]string{"0", "+33", "+33 ", "0033", "00 33 ", "(+33) ", "+33 (0)", "0033 (0)", "+33(0) ", "+33 0", "＋33 ", "+0033 "}).Draw(t, "prefix")
	var pairs []string
	for i := 1; i < len(digits); i += 2 {
		pairs = append(pairs, digits[max(0, i):min(len(digits), i+2)])
	}
	written := prefix + strings.Join(pairs, separator)
	if rapid.Bool().Draw(t, "wide digits") {
		written = strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return r - '0' + '０'
			}
			return r
		}, written)
	}
	return written
}

// One phone is one value however it is written, and never another phone's.
func TestOnePhoneManyLayouts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one := rapid.StringMatching(`0[1-9][0-9]{8}`).Draw(t, "phone")
		other := rapid.StringMatching(`0[1-9][0-9]{8}`).Draw(t, "another")
		a, b, c := layout(t, one), layout(t, one), layout(t, other)
		if got := judge(Phone, phoneCard(a), phoneCard(b), 0); got != equal {
			t.Fatalf("%q against %q: %s", a, b, got)
		}
		if got := judge(Phone, phoneCard(a), phoneCard(c), 0); (got == equal) != (one == other) {
			t.Fatalf("%q against %q: %s", a, c, got)
		}
	})
}

func TestPhonesOfOtherCountries(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want verdict
	}{
		{"+44 (0)20 7946 0000", "+44 20 7946 0000", equal},
		{"0044 (0)20 7946 0000", "+44 20 7946 0000", equal},
		{"+39 06 1234 5678", "0039 06 1234 5678", equal},
		{"+39 (0)6 1234 5678", "+39 06 1234 5678", equal}, // Italy dials the zero from abroad too
		{"+41 22 000 00 00", "+41 (0)22 000 00 00", equal},
		{"+41 22 000 00 00", "+42 22 000 00 00", differ},
		{"+596 596 12 34 56", "0596 12 34 56", equal},
		{"00596 696 12 34 56", "0696 12 34 56", equal},
		{"+262 262 12 34 56", "+262 (0)262 12 34 56", equal},
		{"+687 28 00 00", "28 00 00", differ}, // New Caledonia has no leading zero to know it by
		{"112", "00 112", differ},
		{"+", "", equal},
		{"00", "", differ},
		{"٠٤٧٥", "٠٤٧٦", differ},
		{"liste rouge", "Liste Rouge", differ},
		{"LISTE ROUGE", "Liste rouge", poor},
		{"Liste rouge", "04 75 00 00 00", differ},
	} {
		if got := judge(Phone, phoneCard(c.a), phoneCard(c.b), 0); got != c.want {
			t.Errorf("%q against %q: %s, want %s", c.a, c.b, got, c.want)
		}
	}
}

// Numbers are ASCII: no foreign letter is another way to write one of theirs.
func TestNumbersAreASCII(t *testing.T) {
	for _, foreign := range []string{"İ1", "ı1", "\u212a1", "ſ1", "\u212b1", "１"} {
		for _, number := range []string{"i1", "I1", "k1", "K1", "s1", "å1", "1"} {
			if NumberKey(foreign) == NumberKey(number) {
				t.Errorf("%q is taken for %q", foreign, number)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.StringMatching(`[0-9A-Za-z._\-]{1,32}`).Draw(t, "number")
		other := rapid.StringMatching(`[0-9A-Za-z._\-]{1,32}`).Draw(t, "another")
		key := NumberKey(number)
		if key != NumberKey(strings.ToUpper(number)) || key != NumberKey(strings.ToLower(number)) || NumberKey(key) != key || len(key) != len(number) {
			t.Fatalf("%q has the key %q", number, key)
		}
		if (key == NumberKey(other)) != strings.EqualFold(number, other) || NumberKey("0"+number) == key {
			t.Fatalf("%q and %q", number, other)
		}
	})
}

func edgeAddress(t *rapid.T, label string) Address {
	lines := []string{}
	for range rapid.IntRange(0, 3).Draw(t, label+"'s lines") {
		if line := edgeText(t, label+"'s line", 1); line != "" {
			lines = append(lines, line)
		}
	}
	return Address{Lines: lines, Town: edgeText(t, label+"'s town", 0), Postcode: rapid.SampledFrom([]string{"", "26100", "26 100", "26750"}).Draw(t, label+"'s postcode")}
}

// rewrittenAddress is what a system makes of an address.
func rewrittenAddress(t *rapid.T, a Address) Address {
	rewrite := rewriters[rewriter().Draw(t, "by")]
	b := Address{Town: kept(rewrite(a.Town)), Postcode: strings.ReplaceAll(a.Postcode, " ", ""), Country: a.Country}
	for _, line := range a.Lines {
		written := kept(rewrite(line))
		if strings.Count(looseLine(written), " ") < strings.Count(looseLine(line), " ") {
			t.Skip("two numbers have become one: that is another house")
		}
		b.Lines = append(b.Lines, written)
	}
	if rapid.Bool().Draw(t, "in one line") {
		b.Lines = []string{strings.Join(b.Lines, " ")}
	}
	return b
}

func TestRewritingAnAddressIsNeverAnEdit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := edgeAddress(t, "x")
		in := rewrittenAddress(t, x)
		if loose(in.Town) == "" && loose(x.Town) != "" {
			t.Skip("nothing is left of the town")
		}
		if slices.ContainsFunc(in.Lines, func(line string) bool { return loose(line) == "" }) {
			t.Skip("nothing is left of a line")
		}
		a, b := Card{Address: in}, Card{Address: x}
		if got := judge(PostalAddress, &a, &b, 0); got == differ && !x.IsZero() {
			t.Fatalf("%+q for %+q is taken for an edit", in, x)
		}
		if PostalAddress.poorer(&a, &b, 0) && PostalAddress.poorer(&b, &a, 0) {
			t.Fatalf("%+q and %+q are each poorer than the other", in, x)
		}
	})
}

// Two numbers that stand side by side are not one.
func TestNumbersInAnAddressStayApart(t *testing.T) {
	line := func(s ...string) *Card { return &Card{Address: Address{Lines: s}} }
	for _, c := range []struct {
		a, b *Card
		want verdict
	}{
		{line("Appartement 1", "12 rue des Lilas"), line("Appartement 11", "2 rue des Lilas"), differ},
		{line("Appartement 1", "12 rue des Lilas"), line("Appartement 1, 12 rue des Lilas"), equal},
		{line("12/14 rue des Lilas"), line("12-14, rue des Lilas"), equal},
		{line("12/14 rue des Lilas"), line("1214 rue des Lilas"), differ},
		{line("12 bis rue des Lilas"), line("12bis rue des Lilas"), equal},
		{line("12 ½ rue des Lilas"), line("12 rue des Lilas"), differ},
		{line("2 RUE DES LILAS 1"), line("2 rue des Lilas, 1"), poor},
	} {
		if got := judge(PostalAddress, c.a, c.b, 0); got != c.want {
			t.Errorf("%q against %q: %s, want %s", c.a.Address.Lines, c.b.Address.Lines, got, c.want)
		}
	}
}

func edgeGuardians(t *rapid.T, label string) []Guardian {
	var list []Guardian
	for range rapid.IntRange(0, 2).Draw(t, label) {
		list = append(list, Guardian{
			Number: rapid.SampledFrom([]string{"", "B1", "b1", "B2"}).Draw(t, "number"), LastName: edgeName.Draw(t, "name"),
			FirstName: rapid.SampledFrom([]string{"", "Hélène"}).Draw(t, "first name"),
			Phone:     rapid.SampledFrom([]string{"", "04 75 00 00 00", "0475000000"}).Draw(t, "phone"),
			Email:     rapid.SampledFrom([]string{"", "h@example.org", "H@EXAMPLE.ORG", "H@example.org"}).Draw(t, "email"),
		})
	}
	return list
}

var edgeName = rapid.SampledFrom([]string{"Dupré", "DUPRE", "Dupre", "D’Angelo", "DʼAngelo", "D'ANGELO"})

// To be the same is an equivalence, of every field, whatever the cards hold;
// and what is poorer is so in one direction only.
func TestSameIsAnEquivalence(t *testing.T) {
	draw := func(t *rapid.T, label string) *Card {
		return &Card{
			LastName: edgeName.Draw(t, label+"'s name"), Phone: rapid.SampledFrom([]string{"", "-", "04 75 00 00 00", "+33475000000", "liste rouge", "LISTE ROUGE"}).Draw(t, label+"'s phone"),
			Address: edgeAddress(t, label), Guardians: edgeGuardians(t, label+"'s guardians"), BirthDate: rapid.SampledFrom([]string{"", "1980", "1980-02", "1980-02-29"}).Draw(t, label+"'s birth"),
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := draw(t, "a"), draw(t, "b"), draw(t, "c")
		for _, f := range AllFields() {
			switch {
			case !f.same(a, a):
				t.Fatalf("%s: %+q is not itself", f, *a)
			case f.same(a, b) != f.same(b, a):
				t.Fatalf("%s: %+q and %+q depend on who asks", f, *a, *b)
			case f.same(a, b) && f.same(b, c) && !f.same(a, c):
				t.Fatalf("%s: %+q, %+q and %+q", f, *a, *b, *c)
			case f.poorer(a, b, 0) && f.poorer(b, a, 0):
				t.Fatalf("%s: %+q and %+q are each poorer than the other", f, *a, *b)
			}
		}
	})
}
