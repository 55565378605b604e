package cards

import "testing"

// verdict is how a value that comes in stands to the one that is there.
type verdict string

const (
	equal  verdict = "same"
	poor   verdict = "poorer"
	differ verdict = "different"
)

func judge(f Field, in, x *Card, width int) verdict {
	switch {
	case f.same(in, x):
		return equal
	case f.poorer(in, x, width):
		return poor
	}
	return differ
}

func nameCard(v string) *Card  { return &Card{LastName: v} }
func phoneCard(v string) *Card { return &Card{Phone: v} }
func birthCard(v string) *Card { return &Card{BirthDate: v} }

func TestTextsSameAndPoorer(t *testing.T) {
	for _, c := range []struct {
		why   string
		in, x string
		width int
		want  verdict
	}{
		{"itself", "Dupré", "Dupré", 0, equal},
		{"upper case", "DUPRÉ", "Dupré", 0, poor},
		{"no accents", "Dupre", "Dupré", 0, poor},
		{"upper case without accents", "DUPRE", "Dupré", 0, poor},
		{"upper case of plain letters alone", "ZAZé", "Zazé", 0, poor},
		{"upper case, a mark that no letter has", "SØ\u0304REN", "Sø\u0304ren", 0, poor},
		{"only the letters ISO-8859-1 has", "Dupré-Walesa", "Dupré-Wałęsa", 0, poor},
		{"only the letters Windows-1252 has", "Šimunek", "Šimůnek", 0, poor},
		{"the richer over the poorer", "Dupré", "DUPRE", 0, differ},
		{"another accent", "Duprè", "Dupré", 0, differ},
		{"lower case is not what systems make of a name", "dupré", "Dupré", 0, differ},
		{"decomposed", "Dupre\u0301", "Dupr\u00e9", 0, equal},
		{"decomposed upper case", "DUPRE\u0301", "Dupr\u00e9", 0, poor},
		{"typewriter and typographic apostrophes", "D'Angelo", "D’Angelo", 0, equal},
		{"modifier apostrophe and backtick", "D`Angelo", "D´Angelo", 0, equal},
		{"no apostrophe at all", "DAngelo", "D’Angelo", 0, equal},
		{"hyphens and spaces", "Saint Jean", "Saint-Jean", 0, equal},
		{"no-break space", "Le\u00a0Gall", "Le Gall", 0, equal},
		{"oe without ligature", "Boeuf", "Bœuf", 0, poor},
		{"OE upper case", "BOEUF", "Bœuf", 0, poor},
		{"Œ upper case", "BŒUF", "Bœuf", 0, poor},
		{"ae without ligature", "Laetitia", "Lætitia", 0, poor},
		{"AE, and an accent kept", "LAETITIA É", "Lætitia É", 0, poor},
		{"sharp s", "WEISS", "Weiß", 0, poor},
		{"sharp s, lower case", "Weiss", "Weiß", 0, poor},
		{"dotted capital I", "Istanbul", "İstanbul", 0, poor},
		{"dotless i", "ISIK", "Işık", 0, poor},
		{"Polish l", "LUKASZ", "Łukasz", 0, poor},
		{"Danish o", "SORENSEN", "Sørensen", 0, poor},
		{"cut at the width", "Dupont-Marti", "Dupont-Martineau", 12, poor},
		{"cut and upper case", "DUPONT-MARTI", "Dupont-Martineau", 12, poor},
		{"cut without accents", "Hermenegi", "Herménégilde", 9, poor},
		{"cut elsewhere than at the width", "Dupont-M", "Dupont-Martineau", 12, differ},
		{"cut where the system cuts nothing", "Dupont-Marti", "Dupont-Martineau", 0, differ},
		{"shorter than the width is whole", "Dupont", "Dupond", 12, differ},
		{"empty is not poorer", "", "Dupré", 0, differ},
		{"nothing is poorer than empty", "Dupré", "", 0, differ},
		{"not Latin", "Иванов", "Иванов", 0, equal},
		{"not Latin, upper case", "ИВАНОВ", "Иванов", 0, poor},
	} {
		if got := judge(LastName, nameCard(c.in), nameCard(c.x), c.width); got != c.want {
			t.Errorf("%s: %q against %q (width %d): %s, want %s", c.why, c.in, c.x, c.width, got, c.want)
		}
	}
}

func TestPhonesSameAndPoorer(t *testing.T) {
	const x = "04 75 00 00 00"
	for in, want := range map[string]verdict{
		"0475000000": equal, "04.75.00.00.00": equal, "04-75-00-00-00": equal, "+33 4 75 00 00 00": equal, "+33475000000": equal,
		"+33 (0)4 75 00 00 00": equal, "(+33) 4 75 00 00 00": equal, "(04) 75 00 00 00": equal, "+ 33 4 75 00 00 00": equal, "0033 4 75 00 00 00": equal,
		"00 33 4 75 00 00 00": equal, "04\u00a075\u00a000\u00a000\u00a000": equal, "04 75 00 00 01": differ, "+44 4 75 00 00 00": differ, "": differ,
		"liste rouge": differ, "33 4 75 00 00 00": differ,
	} {
		if got := judge(Phone, phoneCard(in), phoneCard(x), 0); got != want {
			t.Errorf("%q against %q: %s, want %s", in, x, got, want)
		}
	}
	for _, c := range []struct {
		in, x string
		want  verdict
	}{
		{"0044 20 7946 0000", "+44 20 7946 0000", equal},
		{"+41 22 000 00 00", "022 000 00 00", differ},
		{"liste rouge", "", differ},
		{"", "liste rouge", differ},
		{"LISTE ROUGE", "liste rouge", poor},
		{"-", "", equal},
	} {
		if got := judge(Phone, phoneCard(c.in), phoneCard(c.x), 0); got != c.want {
			t.Errorf("%q against %q: %s, want %s", c.in, c.x, got, c.want)
		}
	}
}

func TestBirthDatesSameAndPoorer(t *testing.T) {
	const x = "1980-02-29"
	for in, want := range map[string]verdict{
		x: equal, "1980-02": poor, "1980": poor, "1981": differ, "1980-03": differ, "198": differ, "1980-02-2": differ, "": differ,
	} {
		if got := judge(BirthDate, birthCard(in), birthCard(x), 0); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
	if got := judge(BirthDate, birthCard(x), birthCard("1980"), 0); got != differ {
		t.Errorf("the full date against the year: %s", got)
	}
}

func TestAddressesSameAndPoorer(t *testing.T) {
	x := Address{Lines: []string{"Résidence l’Écrin", "12 rue des Lilas"}, Postcode: "26100", Town: "Romans-sur-Isère", Country: "FR"}
	with := func(change func(*Address)) Address {
		a := x
		a.Lines = append([]string(nil), x.Lines...)
		change(&a)
		return a
	}
	for _, c := range []struct {
		why   string
		in    Address
		width int
		want  verdict
	}{
		{"itself", x, 0, equal},
		{"punctuation", with(func(a *Address) { a.Lines[1] = "12, rue des Lilas" }), 0, equal},
		{"lines put together", with(func(a *Address) { a.Lines = []string{"Résidence l'Écrin 12 rue des Lilas"} }), 0, equal},
		{"lines put together, upper case", with(func(a *Address) { a.Lines = []string{"RESIDENCE L'ECRIN 12 RUE DES LILAS"} }), 0, poor},
		{"upper case, no accents", with(func(a *Address) {
			a.Lines[0], a.Lines[1], a.Town = "RESIDENCE L'ECRIN", "12 RUE DES LILAS", "ROMANS SUR ISERE"
		}), 0, poor},
		{"one line only", with(func(a *Address) { a.Lines[1] = "12 RUE DES LILAS" }), 0, poor},
		{"cut in one line", with(func(a *Address) { a.Lines[0] = "Résidence " }), 10, poor},
		{"cut all over", with(func(a *Address) { a.Lines[0], a.Lines[1], a.Town = "Résidence ", "12 rue des", "Romans-sur" }), 10, poor},
		{"another house", with(func(a *Address) { a.Lines[1] = "14 rue des Lilas" }), 0, differ},
		{"another postcode", with(func(a *Address) { a.Postcode = "26750" }), 0, differ},
		{"another country", with(func(a *Address) { a.Country = "BE" }), 0, differ},
		{"a line less", with(func(a *Address) { a.Lines = a.Lines[1:] }), 0, differ},
		{"the last line less", with(func(a *Address) { a.Lines = a.Lines[:1] }), 0, differ},
		{"a line more", with(func(a *Address) { a.Lines = append(a.Lines, "Bâtiment C") }), 0, differ},
		{"no lines", with(func(a *Address) { a.Lines = nil }), 0, differ},
		{"no town", with(func(a *Address) { a.Town = "" }), 0, differ},
		{"nothing", Address{}, 0, differ},
	} {
		if got := judge(PostalAddress, &Card{Address: c.in}, &Card{Address: x}, c.width); got != c.want {
			t.Errorf("%s: %s, want %s", c.why, got, c.want)
		}
	}
}

func TestGuardiansSameAndPoorer(t *testing.T) {
	mother := Guardian{Number: "A9", LastName: "Dupré", FirstName: "Hélène", Relation: "mere", Phone: "04 75 00 00 00"}
	father := Guardian{LastName: "Roux", FirstName: "André", Relation: "pere", Email: "a@example.org"}
	with := func(g Guardian, change func(*Guardian)) Guardian { change(&g); return g }
	x := []Guardian{mother, father}
	for _, c := range []struct {
		why  string
		in   []Guardian
		want verdict
	}{
		{"themselves", []Guardian{mother, father}, equal},
		{"in another order", []Guardian{father, mother}, equal},
		{"number in another case", []Guardian{with(mother, func(g *Guardian) { g.Number = "a9" }), father}, equal},
		{"upper case", []Guardian{with(mother, func(g *Guardian) { g.LastName, g.FirstName = "DUPRE", "HELENE" }), father}, poor},
		{"another phone", []Guardian{with(mother, func(g *Guardian) { g.Phone = "06 00 00 00 00" }), father}, differ},
		{"another relation", []Guardian{mother, with(father, func(g *Guardian) { g.Relation = "tuteur" })}, differ},
		{"another number", []Guardian{with(mother, func(g *Guardian) { g.Number = "A8" }), father}, differ},
		{"a number where none was known", []Guardian{mother, with(father, func(g *Guardian) { g.Number = "A7" })}, differ},
		{"the name alone", []Guardian{with(mother, func(g *Guardian) { g.Number = "" }), father}, poor},
		{"the number alone", []Guardian{with(mother, func(g *Guardian) { g.LastName, g.FirstName = "", "" }), father}, poor},
		{"another number alone", []Guardian{with(mother, func(g *Guardian) { g.Number, g.LastName, g.FirstName = "A8", "", "" }), father}, differ},
		{"no last name under the number", []Guardian{with(mother, func(g *Guardian) { g.LastName = "" }), father}, differ},
		{"no first name under the number", []Guardian{with(mother, func(g *Guardian) { g.FirstName = "" }), father}, differ},
		{"another last name under the number", []Guardian{with(mother, func(g *Guardian) { g.LastName = "Martin" }), father}, differ},
		{"another first name under the number", []Guardian{with(mother, func(g *Guardian) { g.FirstName = "Louise" }), father}, differ},
		{"another e-mail address", []Guardian{mother, with(father, func(g *Guardian) { g.Email = "b@example.org" })}, differ},
		{"the e-mail address in capitals", []Guardian{mother, with(father, func(g *Guardian) { g.Email = "A@EXAMPLE.ORG" })}, poor},
		{"one of them", []Guardian{mother}, differ},
		{"another person", []Guardian{mother, {LastName: "Roux", FirstName: "Paul"}}, differ},
		{"none", nil, differ},
	} {
		if got := judge(Guardians, &Card{Guardians: c.in}, &Card{Guardians: x}, 0); got != c.want {
			t.Errorf("%s: %s, want %s", c.why, got, c.want)
		}
	}
}

// Some systems do not hold when a registration was renewed last.
func TestDatesWithoutTheRenewalArePoorer(t *testing.T) {
	x := Registration{First: "2024-09-03", Renewed: "2026-09-10", End: "2027-09-09"}
	for why, c := range map[string]struct {
		in   Registration
		want verdict
	}{
		"itself":          {x, equal},
		"no renewal":      {Registration{First: x.First, End: x.End}, poor},
		"another renewal": {Registration{First: x.First, Renewed: "2026-09-11", End: x.End}, differ},
		"another end":     {Registration{First: x.First, End: "2028-09-09"}, differ},
		"another first":   {Registration{First: "2024-09-04", End: x.End}, differ},
	} {
		if got := judge(EnrolmentDates, &Card{Enrolment: c.in}, &Card{Enrolment: x}, 0); got != c.want {
			t.Errorf("%s: %s, want %s", why, got, c.want)
		}
	}
	if got := judge(EnrolmentDates, &Card{Enrolment: x}, &Card{Enrolment: Registration{First: x.First, End: x.End}}, 0); got != differ {
		t.Errorf("a renewal that was not known is %s", got)
	}
}

// Every name ignores spacing and punctuation, every phone its layout, and each
// address has a width for its one line.
func TestSameAndPoorerOfTheOtherFields(t *testing.T) {
	for _, c := range []struct {
		f     Field
		in, x Card
		width int
		want  verdict
	}{
		{BirthName, Card{BirthName: "Saint Jean"}, Card{BirthName: "Saint-Jean"}, 0, equal},
		{FirstName, Card{FirstName: "Anne Marie"}, Card{FirstName: "Anne-Marie"}, 0, equal},
		{Mobile, Card{Mobile: "+33 6 00 00 00 00"}, Card{Mobile: "0600000000"}, 0, equal},
		{PostalAddress, Card{Address: Address{Lines: []string{"12 rue des"}}}, Card{Address: Address{Lines: []string{"12 rue des Lilas"}}}, 10, poor},
		{Title, Card{Title: "M"}, Card{Title: "MME"}, 1, differ},
		{EnrolledAt, Card{EnrolledAt: "mours"}, Card{EnrolledAt: "mours-annexe"}, 5, differ},
	} {
		if got := judge(c.f, &c.in, &c.x, c.width); got != c.want {
			t.Errorf("%s of %+v: %s, want %s", c.f, c.in, got, c.want)
		}
	}
}

// One part alone makes an address: it is no empty value.
func TestAnAddressIsEmptyWhereAllOfItIs(t *testing.T) {
	for _, a := range []Address{{Lines: []string{"12 rue des Lilas"}}, {Lines: []string{"", "Bâtiment C"}}, {Postcode: "26100"}, {Town: "Mours"}, {Country: "FR"}} {
		if a.IsZero() || PostalAddress.empty(&Card{Address: a}) {
			t.Errorf("%+v is empty", a)
		}
	}
	for _, a := range []Address{{}, {Lines: []string{}}, {Lines: []string{"", ""}}} {
		if !a.IsZero() {
			t.Errorf("%+v is not empty", a)
		}
	}
}

func TestFieldsWithoutPoorerForms(t *testing.T) {
	for _, c := range []struct {
		f     Field
		in, x Card
		want  verdict
	}{
		{Title, Card{Title: "M"}, Card{Title: "MME"}, differ},
		{Sex, Card{Sex: "F"}, Card{Sex: "F"}, equal},
		{EnrolledAt, Card{EnrolledAt: "mours"}, Card{EnrolledAt: "peyrins"}, differ},
		{Email, Card{Email: "H@EXAMPLE.ORG"}, Card{Email: "h@example.org"}, poor},
		{Email, Card{Email: "h@example.org"}, Card{Email: "H@EXAMPLE.ORG"}, differ},
		{EnrolmentDates, Card{Enrolment: Registration{First: "2024-09-03", End: "2027-09-09"}}, Card{Enrolment: Registration{First: "2024-09-03", End: "2028-09-09"}}, differ},
		{FormerNumbers, Card{Former: []string{"A1", "B2"}}, Card{Former: []string{"a1", "b2"}}, equal},
		{FormerNumbers, Card{Former: []string{"A1"}}, Card{Former: []string{"A1", "B2"}}, differ},
	} {
		if got := judge(c.f, &c.in, &c.x, 0); got != c.want {
			t.Errorf("%s: %s, want %s", c.f, got, c.want)
		}
	}
}

func TestFoldName(t *testing.T) {
	for _, names := range [][2]string{
		{"Dupré", "DUPRE"}, {"D’Angelo", "d'angelo"}, {"Bœuf", "boeuf"}, {"Weiß", "Weiss"}, {"İpek", "ipek"}, {"Işık", "isik"},
		{"Saint-Jean", "saint jean"}, {"Noe\u0308l", "NOËL"}, {"Łukasz", "lukasz"},
	} {
		if FoldName(names[0]) != FoldName(names[1]) {
			t.Errorf("%q folds to %q, %q to %q", names[0], FoldName(names[0]), names[1], FoldName(names[1]))
		}
	}
	if FoldName("Roux") == FoldName("Rouxe") {
		t.Error("two names are one")
	}
}
