package exchange_test

import (
	"fmt"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/carte-reseau/hub/internal/cards"
)

// words draws a text in the form cards hold: NFC, single inner spaces, with everything XML must escape.
func words(least, most int) *rapid.Generator[string] {
	letters := []rune("aZ9éÉœ&<>\"'];€𝔸-.")
	return rapid.Custom(func(t *rapid.T) string {
		s := []rune(rapid.StringOfN(rapid.SampledFrom(letters), least, most, -1).Draw(t, "text"))
		if len(s) > 2 && rapid.Bool().Draw(t, "spaced") {
			s[len(s)/2] = ' '
		}
		return string(s)
	})
}

func number() *rapid.Generator[string] { return rapid.StringMatching(`[0-9A-Za-z._\-]{1,32}`) }

func optional(g *rapid.Generator[string]) *rapid.Generator[string] {
	return rapid.OneOf(rapid.Just(""), g)
}

func day() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		first := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)
		return first.AddDate(0, 0, rapid.IntRange(0, 80_000).Draw(t, "day")).Format(time.DateOnly)
	})
}

func email() *rapid.Generator[string] {
	return rapid.StringMatching(`[a-zé.+]{1,10}@[a-zé]{1,10}(\.[a-z]{2,5}){1,2}`)
}

func guardian() *rapid.Generator[cards.Guardian] {
	return rapid.Custom(func(t *rapid.T) cards.Guardian {
		g := cards.Guardian{
			Number:   number().Draw(t, "number"),
			LastName: optional(words(1, 20)).Draw(t, "last name"), FirstName: optional(words(1, 20)).Draw(t, "first name"),
			Relation: rapid.SampledFrom([]string{"", "mere", "pere", "tuteur", "structure", "autre"}).Draw(t, "relation"),
			Phone:    optional(words(1, 30)).Draw(t, "phone"), Email: optional(email()).Draw(t, "email"),
		}
		if g.LastName != "" && g.FirstName != "" && rapid.Bool().Draw(t, "by name") {
			g.Number = ""
		}
		return g
	})
}

func address() *rapid.Generator[cards.Address] {
	return rapid.Custom(func(t *rapid.T) cards.Address {
		return cards.Address{
			Lines:    orNil(rapid.SliceOfN(words(1, 100), 0, 4).Draw(t, "lines")),
			Postcode: optional(words(1, 10)).Draw(t, "postcode"), Town: optional(words(1, 60)).Draw(t, "town"),
			Country: optional(rapid.StringMatching(`[A-Z]{2}`)).Draw(t, "country"),
		}
	})
}

// card draws a card the format can hold.
func card() *rapid.Generator[cards.Card] {
	return rapid.Custom(func(t *rapid.T) cards.Card {
		days := []string{day().Draw(t, "day"), day().Draw(t, "day"), day().Draw(t, "day")}
		first, renewed, end := min(days[0], days[1], days[2]), days[1], max(days[0], days[1], days[2])
		if rapid.Bool().Draw(t, "never renewed") {
			renewed = ""
		}
		c := cards.Card{
			Number: number().Draw(t, "number"), Former: orNil(rapid.SliceOfN(number(), 0, 3).Draw(t, "former")),
			Title:    rapid.SampledFrom([]string{"", "M", "MME"}).Draw(t, "title"),
			LastName: words(1, 100).Draw(t, "last name"), BirthName: optional(words(1, 100)).Draw(t, "birth name"),
			FirstName: optional(words(1, 100)).Draw(t, "first name"),
			BirthDate: optional(day()).Draw(t, "birth date"), Sex: rapid.SampledFrom([]string{"", "F", "M", "X"}).Draw(t, "sex"),
			Address: address().Draw(t, "address"), Phone: optional(words(1, 30)).Draw(t, "phone"), Mobile: optional(words(1, 30)).Draw(t, "mobile"),
			Email: optional(email()).Draw(t, "email"), Guardians: orNil(rapid.SliceOfN(guardian(), 0, 2).Draw(t, "guardians")),
			EnrolledAt: optional(rapid.StringMatching(`[a-z0-9\-]{1,32}`)).Draw(t, "enrolled at"),
			Enrolment:  cards.Registration{First: first, Renewed: renewed, End: end},
		}
		if c.BirthDate != "" {
			c.BirthDate = c.BirthDate[:rapid.SampledFrom([]int{4, 7, 10}).Draw(t, "birth date precision")]
		}
		if rapid.Bool().Draw(t, "dated") {
			c.ChangedAt = time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "changed"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns")).UTC()
		}
		return c
	})
}

func orNil[T any](s []T) []T {
	if len(s) == 0 {
		return nil
	}
	return s
}

// values are contents for each kind of element, good and bad, with the white space that must not matter.
var values = map[string][]string{
	"numero":        {"1", " 26.a_B-0 ", "", "a b", "é", strings.Repeat("1", 32), strings.Repeat("1", 33)},
	"modifie-le":    {"", " 2026-11-21T09:30:00 ", "2026-11-21T09:30:00.5+01:00", "2026-11-21T09:30:00Z", "2026-02-29T09:30:00Z", "2026-11-21", "2026-11-21T24:00:00Z", "2026-12-31T24:00:00", "2026-11-21T24:00:00.00+14:00", "2026-11-21T24:00:00.01Z", "2026-11-21T24:00:01Z", "2026-02-29T24:00:00Z", "9999-12-31T24:00:00Z", "0000-12-31T24:00:00Z", "2026-11-21T09:60:00Z", "2026-11-21T09:30:00+14:00", "2026-11-21T09:30:00-14:30", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00", "0000-12-31T23:59:59-01:00", "9999-12-31T23:59:59-05:00", "x"},
	"civilite":      {"", " M ", "MME", "Mme", "MLLE"},
	"sexe":          {"", "F", "\n M", "X", "H"},
	"date":          {"", "2024-02-29", "2023-02-29", " 2023-12-31 ", "2023-1-1", "2023", "2023-05", "9999-12-31", "0000-01-01", "2023-01-01Z", "-2023-01-01", "12023-01-01", "01/02/2023", "2023-13-01", "2023-00-10"},
	"annee":         {"", "1980", "1980-02", "1980-13", "1980-02-29", "1981-02-29", " 1980 ", "80", "0000", "1980Z", "+198", "-1980"},
	"courriel":      {"", "a@b.fr", " é@b.c.fr ", "a@b", "a b@c.fr", "a@b@c.fr", "@b.fr", "a@.fr", "a@b.", "a@b..fr", strings.Repeat("a", 249) + "@b.fr", strings.Repeat("a", 250) + "@b.fr"},
	"pays":          {"", "FR", " fr ", "F", "FRA", "F1", "É"},
	"lien":          {"", "mere", " structure ", "Mere", "oncle"},
	"etablissement": {"", "mours", " saint-paul ", "Mours", "a_b", strings.Repeat("a", 32), strings.Repeat("a", 33)},
}

func texts(most int) []string {
	return []string{"", "x", "  é  x  ", strings.Repeat("é", most), strings.Repeat("é", most+1), " \n" + strings.Repeat("x", most) + "\t ", "<b/>", "a<b>c</b>", "<!-- c -->x<?p?>", "<![CDATA[<]]>&amp;"}
}

// part is an element of the format with what it may be given.
type part struct {
	name   string
	values []string
	parts  []part
	most   int
}

// required must not be left out or empty, in a responsable-legal neither, which makes no difference to what is tried.
var required = map[string]bool{"numero": true, "nom": true, "inscription": true, "premiere": true, "fin": true}

var carteParts = []part{
	{"numero", values["numero"], nil, 1}, {"ancien-numero", values["numero"], nil, 100}, {"modifie-le", values["modifie-le"], nil, 1},
	{"civilite", values["civilite"], nil, 1}, {"nom", texts(100), nil, 1}, {"nom-naissance", texts(100), nil, 1}, {"prenom", texts(100), nil, 1},
	{"date-naissance", values["annee"], nil, 1}, {"sexe", values["sexe"], nil, 1},
	{"adresse", nil, []part{{"ligne", texts(100), nil, 4}, {"code-postal", texts(10), nil, 1}, {"commune", texts(60), nil, 1}, {"pays", values["pays"], nil, 1}}, 1},
	{"telephone", texts(30), nil, 1}, {"portable", texts(30), nil, 1}, {"courriel", values["courriel"], nil, 1},
	{"responsable-legal", nil, []part{
		{"numero", values["numero"], nil, 1}, {"nom", texts(100), nil, 1}, {"prenom", texts(100), nil, 1}, {"lien", values["lien"], nil, 1},
		{"telephone", texts(30), nil, 1}, {"courriel", values["courriel"], nil, 1},
	}, 2},
	{"inscription", nil, []part{
		{"etablissement", values["etablissement"], nil, 1}, {"premiere", values["date"], nil, 1},
		{"reinscription", values["date"], nil, 1}, {"fin", values["date"], nil, 1},
	}, 1},
}

// wild draws the inside of an element: mostly as the format wants it, with now and then something else.
type wild struct {
	*rapid.T
	odd int // one in so many is not as it should be
}

func (w wild) chance() bool { return rapid.IntRange(1, w.odd).Draw(w.T, "odd") == w.odd }

func (w wild) inside(parts []part) string {
	var all []string
	for _, p := range parts {
		n := 1
		if !required[p.name] {
			n = rapid.SampledFrom([]int{1, 1, 1, 0, p.most}).Draw(w.T, "n "+p.name)
		}
		if w.chance() {
			n = rapid.SampledFrom([]int{0, p.most + 1}).Draw(w.T, "n "+p.name)
		}
		for range n {
			all = append(all, w.element(p))
		}
	}
	if len(all) > 1 && w.chance() {
		i := rapid.IntRange(1, len(all)-1).Draw(w.T, "swap")
		all[i-1], all[i] = all[i], all[i-1]
	}
	if w.chance() {
		all = append(all, rapid.SampledFrom([]string{
			"mots", "<note>x</note>", "<x:nom xmlns:x='u'/>", "<nom xmlns=''/>", "&#32;", "<!-- -->", "<carte/>", "<![CDATA[ \n]]>", "<?p mots?>",
			strings.Repeat(" ", 9000), strings.Repeat("\n", 9000) + "mots",
		}).Draw(w.T, "stray"))
	}
	return strings.Join(all, rapid.SampledFrom([]string{"", "\n  "}).Draw(w.T, "layout"))
}

func (w wild) element(p part) string {
	attr := ""
	if w.chance() {
		attr = rapid.SampledFrom([]string{" x='1'", " xmlns:x='u' x:y='1'", " xml:lang='fr'", " xml:space='preserve'",
			" xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:nil='true'", " xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:nil='0'",
			" xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:schemaLocation='u v'"}).Draw(w.T, "attribute")
	}
	var inside string
	switch {
	case p.parts != nil:
		inside = w.inside(p.parts)
	case w.chance():
		inside = rapid.SampledFrom(p.values).Draw(w.T, p.name)
	default:
		good := 1
		if p.values[0] == "" && !required[p.name] {
			good = rapid.IntRange(0, 1).Draw(w.T, "empty "+p.name)
		}
		inside = p.values[good%len(p.values)]
		if p.name == "numero" {
			inside = "1"
		}
	}
	return fmt.Sprintf("<%s%s>%s</%s>", p.name, attr, inside, p.name)
}
