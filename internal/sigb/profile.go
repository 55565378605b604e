package sigb

import (
	"slices"
	"strings"
)

// A Profile is how one maker's system treats what it stores, whether typed at the desk or received from the network.
type Profile struct {
	Maker      string
	Upper      bool              // names and addresses in capitals
	NoAccents  bool              // names and addresses without accents, œ as oe
	YearOnly   bool              // of a birth date, the year
	Widths     map[Field]int     // what does not fit is cut; that of FieldAddress is for each of its parts
	Abbreviate map[string]string // whole words in address lines, case aside: avenue → AV
	NotHeld    []Field           // dropped when received, absent when sent
	SendsEmpty bool              // what it does not hold stands empty in what it sends

	// Echo is a fault of some systems: a card received from the network appears in their own OAI set, changed by it or not.
	Echo bool
	// Overwrites: a card from the network replaces desk changes that were not yet given. Without it the system keeps
	// the values changed here until they were given.
	Overwrites bool
	// HidesEnded: its OAI set leaves out expired cards, as the network asks, so it cannot give away that one ended early.
	HidesEnded bool
	// Particular: it looks whose card it is given, and turns one down that has the number of another reader of its own.
	Particular bool
}

// Holds tells whether the system has a place for this field.
func (p Profile) Holds(f Field) bool {
	return !slices.Contains(p.NotHeld, f) && !slices.Contains(p.NotHeld, f.value())
}

// Rewrite returns the card as this system stores it. Rewriting twice is rewriting once.
func (p Profile) Rewrite(c Card) Card {
	c = c.Clone()
	for _, s := range scalars {
		v := s.at(&c)
		*v = p.rewrite(s.field, *v)
	}
	c.Address.Lines = p.rewriteLines(c.Address.Lines)
	for i := range c.Guardians {
		p.rewriteGuardian(&c.Guardians[i])
	}
	for _, f := range p.NotHeld {
		c.clear(f)
	}
	return c
}

func (p Profile) rewriteLines(lines []string) []string {
	var kept []string
	for _, line := range lines {
		if line = p.rewrite(FieldLines, line); line != "" {
			kept = append(kept, line)
		}
	}
	return kept
}

func (p Profile) rewriteGuardian(g *Guardian) {
	g.Number = strings.TrimSpace(g.Number)
	g.Name = p.rewrite(FieldName, g.Name)
	g.FirstName = p.rewrite(FieldFirstName, g.FirstName)
	if g.Number != "" {
		g.Name, g.FirstName = "", "" // a guardian with a card is named by its number alone
	}
	g.Link = strings.TrimSpace(g.Link)
	g.Phone = p.rewrite(FieldPhone, g.Phone)
	g.Email = p.rewrite(FieldEmail, g.Email)
}

// rewrite repeats its steps until nothing moves: a cut may leave a word that has an abbreviation.
func (p Profile) rewrite(f Field, v string) string {
	for {
		next := p.rewriteOnce(f, v)
		if next == v {
			return v
		}
		v = next
	}
}

func (p Profile) rewriteOnce(f Field, v string) string {
	v = strings.Join(strings.Fields(v), " ")
	switch f {
	case FieldName, FieldBirthName, FieldFirstName, FieldLines, FieldTown:
		v = p.rewriteText(f, v)
	case FieldBirthDate:
		if p.YearOnly {
			v = cut(v, len("2006"))
		}
	}
	return cut(v, p.width(f))
}

func (p Profile) width(f Field) int {
	if w, ok := p.Widths[f]; ok {
		return w
	}
	return p.Widths[f.value()]
}

func (p Profile) rewriteText(f Field, v string) string {
	if f == FieldLines {
		v = p.abbreviate(v)
	}
	if p.NoAccents {
		v = withoutAccents(v)
	}
	if p.Upper {
		v = strings.ToUpper(v)
	}
	return v
}

// abbreviate only ever shortens, so that rewriting comes to an end.
func (p Profile) abbreviate(line string) string {
	words := strings.Fields(line)
	for i, w := range words {
		for long, short := range p.Abbreviate {
			if strings.EqualFold(w, long) && len(short) < len(w) {
				words[i] = short
			}
		}
	}
	return strings.Join(words, " ")
}
