package cards

import (
	"strings"
	"time"
)

// Shown writes a card's value of f as staff read it, on one line; empty where
// there is none.
func (f Field) Shown(c *Card) string {
	switch f {
	case FormerNumbers:
		return strings.Join(c.Former, ", ")
	case BirthDate:
		return ShownDay(c.BirthDate)
	case PostalAddress:
		return shownAddress(c.Address)
	case Guardians:
		list := make([]string, len(c.Guardians))
		for i, g := range c.Guardians {
			list[i] = shownGuardian(g)
		}
		return strings.Join(list, " ; ")
	case EnrolmentDates:
		return shownEnrolment(c.Enrolment)
	}
	return f.text(c)
}

// ShownValue does the same for a field named by its path, or NumberField.
func ShownValue(field string, c *Card) string {
	if field == NumberField {
		return c.Number
	}
	f, err := ParseField(field)
	if err != nil {
		return ""
	}
	return f.Shown(c)
}

// ShownDay writes a day the French way; of a date that is only a year or a
// month, what there is.
func ShownDay(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.Format("02/01/2006")
}

func shownAddress(a Address) string {
	town := strings.TrimSpace(a.Postcode + " " + a.Town)
	return joinShown(", ", append(append([]string{}, a.Lines...), town, a.Country)...)
}

func shownGuardian(g Guardian) string {
	return joinShown(", ", strings.TrimSpace(g.FirstName+" "+g.LastName), g.Number, g.Relation, g.Phone, g.Email)
}

func shownEnrolment(r Registration) string {
	label := func(what, day string) string {
		if day == "" {
			return ""
		}
		return what + " " + ShownDay(day)
	}
	return joinShown(", ", label("première inscription", r.First), label("réinscription", r.Renewed), label("fin", r.End))
}

// joinShown leaves out what is empty.
func joinShown(separator string, parts ...string) string {
	kept := parts[:0]
	for _, part := range parts {
		if part != "" {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, separator)
}
