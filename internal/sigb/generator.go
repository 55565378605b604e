package sigb

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
	"unicode"
)

// A Generator invents readers and keeps a desk busy. The same random source, clock and system give the same readers and
// the same actions. It serves one goroutine.
type Generator struct {
	rng    *rand.Rand
	prefix string
	clock  func() time.Time
	last   int
	parent Card // the last grown-up, who may come back with a child
}

// NewGenerator makes a generator; every library needs a prefix of its own, so that no two give out one number.
func NewGenerator(rng *rand.Rand, prefix string, clock func() time.Time) *Generator {
	return &Generator{rng: rng, prefix: prefix, clock: clock}
}

// Number is a card number not given before.
func (g *Generator) Number() string {
	g.last++
	return fmt.Sprintf("%s%06d", g.prefix, g.last)
}

// Reader invents a reader who enrols today; one in five is a child with somebody who answers for it.
func (g *Generator) Reader() Card {
	if g.rng.IntN(5) == 0 {
		return g.child()
	}
	c := g.person(18, 85)
	c.Address = g.address()
	c.Phone = g.landline()
	if g.rng.IntN(3) > 0 {
		c.Mobile = g.mobile()
	}
	if g.rng.IntN(2) == 0 {
		c.Email = g.email(c)
	}
	if c.Sex == "F" && g.rng.IntN(3) == 0 {
		c.BirthName = pick(g, lastNames)
	}
	g.parent = c
	return c
}

// Former invents a reader enrolled in an earlier year and still entitled.
func (g *Generator) Former() Card {
	c := g.Reader()
	renewed := g.clock().AddDate(0, 0, -1-g.rng.IntN(300))
	c.Enrolment.First = renewed.AddDate(-1-g.rng.IntN(6), 0, 0).Format(time.DateOnly)
	c.Enrolment.Renewed = renewed.Format(time.DateOnly)
	c.Enrolment.End = yearFrom(renewed)
	return c
}

func (g *Generator) child() Card {
	c := g.person(4, 16)
	link := []string{"mere", "pere"}[g.rng.IntN(2)]
	if g.parent.Number != "" && g.rng.IntN(2) == 0 {
		c.Name, c.Address = g.parent.Name, g.parent.Clone().Address
		c.Guardians = []Guardian{{Number: g.parent.Number, Link: link}}
		return c
	}
	c.Address = g.address()
	c.Guardians = []Guardian{{
		Name: c.Name, FirstName: pick(g, firstNames).text, Link: link, Phone: g.mobile(),
	}}
	if g.rng.IntN(4) == 0 {
		c.Guardians = append(c.Guardians, Guardian{Name: pick(g, lastNames), FirstName: "Régine", Link: "tuteur"})
	}
	return c
}

// person invents who it is, and nothing else.
func (g *Generator) person(minAge, maxAge int) Card {
	first := pick(g, firstNames)
	age := minAge + g.rng.IntN(maxAge-minAge)
	born := g.clock().AddDate(-age, 0, -g.rng.IntN(365))
	c := Card{
		Number:    g.Number(),
		Name:      pick(g, lastNames),
		FirstName: first.text,
		Sex:       first.sex,
		BirthDate: born.Format(time.DateOnly),
	}
	c.Title = map[string]string{"F": "MME", "M": "M"}[c.Sex]
	return c
}

func (g *Generator) address() Address {
	t := pick(g, towns)
	a := Address{
		Lines:    []string{fmt.Sprintf("%d %s", 1+g.rng.IntN(120), pick(g, streets))},
		Postcode: t.postcode,
		Town:     t.name,
	}
	if g.rng.IntN(6) == 0 {
		a.Lines = append(a.Lines, pick(g, extraLines))
	}
	return a
}

// landline is of the range 04 75 00, mobile of the range kept for fiction.
func (g *Generator) landline() string {
	return fmt.Sprintf("04 75 00 %02d %02d", g.rng.IntN(100), g.rng.IntN(100))
}

func (g *Generator) mobile() string {
	return fmt.Sprintf("06 39 98 %02d %02d", g.rng.IntN(100), g.rng.IntN(100))
}

func (g *Generator) email(c Card) string {
	return fmt.Sprintf("%s.%s%d@example.org", mailWord(c.FirstName), mailWord(c.Name), g.last)
}

func mailWord(s string) string {
	return strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && unicode.IsLetter(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, withoutAccents(s))
}

func pick[T any](g *Generator, from []T) T { return from[g.rng.IntN(len(from))] }
