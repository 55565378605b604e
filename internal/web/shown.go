package web

import (
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
)

// shown writes a card's value of a field as staff read it, in their language; empty where there is none.
func (r *renderer) shown(lang string, f cards.Field, c *cards.Card) string {
	switch f {
	case cards.BirthDate:
		return formatDay(lang, c.BirthDate)
	case cards.Sex:
		return r.known(lang, "sexe."+c.Sex)
	case cards.Guardians:
		list := make([]string, len(c.Guardians))
		for i, g := range c.Guardians {
			list[i] = r.guardian(lang, g)
		}
		return strings.Join(list, r.text(lang, "hub.puis"))
	case cards.EnrolledAt:
		return r.library(c.EnrolledAt)
	case cards.EnrolmentDates:
		return joined(r.dated(lang, "premiere", c.Enrolment.First), r.dated(lang, "reinscription", c.Enrolment.Renewed), r.dated(lang, "fin", c.Enrolment.End))
	default:
		return f.Shown(c)
	}
}

func (r *renderer) guardian(lang string, g cards.Guardian) string {
	return joined(strings.TrimSpace(g.FirstName+" "+g.LastName), g.Number, r.known(lang, "lien."+g.Relation), g.Phone, g.Email)
}

func (r *renderer) dated(lang, what, day string) string {
	if day == "" {
		return ""
	}
	return r.text(lang, "inscription."+what, "jour", formatDay(lang, day))
}

// joined leaves out what is empty.
func joined(parts ...string) string {
	var kept []string
	for _, part := range parts {
		if part != "" {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, ", ")
}

// shown is the same, in the visitor's language.
func (v *visit) shown(f cards.Field, c *cards.Card) string { return v.door.pages.shown(v.lang, f, c) }

// shownNamed is the same of a field named by its path, or cards.NumberField.
func (v *visit) shownNamed(field string, c *cards.Card) string {
	if field == cards.NumberField {
		return c.Number
	}
	f, err := cards.ParseField(field)
	if err != nil {
		return ""
	}
	return v.shown(f, c)
}
