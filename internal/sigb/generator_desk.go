package sigb

import (
	"errors"
	"time"
)

// The kinds of desk action, in the words of a demo's log.
const (
	ActEnrol   = "inscription"
	ActAddress = "changement d’adresse"
	ActPhone   = "changement de téléphone"
	ActEmail   = "changement de courriel"
	ActName    = "changement de nom"
	ActRenew   = "réinscription"
	ActReplace = "remplacement de carte"
	ActEnd     = "fin anticipée"
)

// An Action is what a desk did.
type Action struct {
	Kind   string
	Number string // of the card, after it
}

// frequencies say how often, in a hundred, a desk does what.
var frequencies = []struct {
	kind string
	of   int
}{
	{ActEnrol, 34}, {ActAddress, 18}, {ActPhone, 12}, {ActEmail, 8}, {ActName, 5}, {ActRenew, 17}, {ActReplace, 4},
	{ActEnd, 2},
}

// Fill enrols readers of earlier years, so that a library does not start empty.
func (g *Generator) Fill(s *System, n int) error {
	for range n {
		if err := s.Enrol(g.Former(), g.local()); err != nil {
			return err
		}
	}
	return nil
}

// Act does the next thing at a desk. Where there is nobody to do it to, it enrols.
func (g *Generator) Act(s *System) (Action, error) {
	for attempt := 1; ; attempt++ {
		a, err := g.act(s)
		var gone *NumberError
		// The network may replace a number between choosing a reader and acting: the desk turns to the next one.
		if errors.As(err, &gone) && attempt < 5 {
			continue
		}
		return a, err
	}
}

func (g *Generator) act(s *System) (Action, error) {
	kind := g.kind()
	number, ok := g.somebody(s, kind)
	if !ok {
		c := g.Reader()
		return Action{ActEnrol, c.Number}, s.Enrol(c, g.local())
	}
	if kind == ActReplace {
		replacement := g.Number()
		return Action{kind, replacement}, s.ReplaceCard(number, replacement)
	}
	return Action{kind, number}, g.do(s, kind, number)
}

func (g *Generator) do(s *System, kind, number string) error {
	switch kind {
	case ActRenew:
		return s.Renew(number)
	case ActEnd:
		return s.EndEarly(number, g.clock().AddDate(0, 0, -1))
	}
	return s.Change(number, func(c *Card) {
		switch kind {
		case ActAddress:
			country := c.Address.Country
			c.Address = g.address()
			c.Address.Country = country
		case ActPhone:
			c.Phone = g.landline()
		case ActEmail:
			c.Email = g.email(*c)
		case ActName:
			setDefault(&c.BirthName, c.Name)
			c.Name = pick(g, lastNames)
		}
	})
}

func (g *Generator) kind() string {
	total := 0
	for _, f := range frequencies {
		total += f.of
	}
	n := g.rng.IntN(total)
	for _, f := range frequencies {
		if n -= f.of; n < 0 {
			return f.kind
		}
	}
	return ActEnrol
}

// somebody finds a reader to whom this can happen. A card is replaced where it was given out: two libraries replacing
// one lost card is no day's work. Nor is a renewal of who enrolled or renewed the same day, also where another desk has
// ended that since: it would say what the card said before, of which the hub leaves the judgement to staff.
func (g *Generator) somebody(s *System, kind string) (string, bool) {
	if kind == ActEnrol {
		return "", false
	}
	full := yearFrom(s.now())
	s.mu.RLock()
	defer s.mu.RUnlock()
	today := s.today()
	found := s.ordered(func(p *patron) bool {
		switch {
		case p.card.ExpiredOn(today):
			return false
		case kind == ActRenew:
			return p.card.Enrolment.End < full && max(p.card.Enrolment.First, p.card.Enrolment.Renewed) < today
		case kind == ActReplace:
			return p.card.Enrolment.Library == s.code
		}
		return true
	})
	if len(found) == 0 {
		return "", false
	}
	return pick(g, found).card.Number, true
}

func (g *Generator) local() Local {
	l := Local{Category: pick(g, categories), Loans: g.rng.IntN(6)}
	if g.rng.IntN(10) == 0 {
		l.Notes = "À prévenir le " + g.clock().AddDate(0, 0, 7).Format(time.DateOnly)
	}
	return l
}
