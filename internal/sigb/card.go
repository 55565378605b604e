package sigb

import (
	"slices"
	"strings"
)

// A Card is what the network shares about one reader. Dates are text as on the wire: a system may know only a year.
type Card struct {
	Number     string
	OldNumbers []string
	Title      string
	Name       string
	BirthName  string
	FirstName  string
	BirthDate  string
	Sex        string
	Address    Address
	Phone      string
	Mobile     string
	Email      string
	Guardians  []Guardian
	Enrolment  Enrolment
}

// An Address is one value: it changes as a whole.
type Address struct {
	Lines    []string
	Postcode string
	Town     string
	Country  string
}

// A Guardian answers for a minor, named by a card number or by name.
type Guardian struct {
	Number    string
	Name      string
	FirstName string
	Link      string
	Phone     string
	Email     string
}

// An Enrolment says where and for how long; its three dates are one value.
type Enrolment struct {
	Library string
	First   string
	Renewed string
	End     string
}

// A scalar reaches one simple field of a card, so that rewriting, comparing and merging need no list of their own.
type scalar struct {
	field Field
	at    func(*Card) *string
}

var scalars = []scalar{
	{FieldNumber, func(c *Card) *string { return &c.Number }},
	{FieldTitle, func(c *Card) *string { return &c.Title }},
	{FieldName, func(c *Card) *string { return &c.Name }},
	{FieldBirthName, func(c *Card) *string { return &c.BirthName }},
	{FieldFirstName, func(c *Card) *string { return &c.FirstName }},
	{FieldBirthDate, func(c *Card) *string { return &c.BirthDate }},
	{FieldSex, func(c *Card) *string { return &c.Sex }},
	{FieldPostcode, func(c *Card) *string { return &c.Address.Postcode }},
	{FieldTown, func(c *Card) *string { return &c.Address.Town }},
	{FieldCountry, func(c *Card) *string { return &c.Address.Country }},
	{FieldPhone, func(c *Card) *string { return &c.Phone }},
	{FieldMobile, func(c *Card) *string { return &c.Mobile }},
	{FieldEmail, func(c *Card) *string { return &c.Email }},
	{FieldLibrary, func(c *Card) *string { return &c.Enrolment.Library }},
	{FieldFirst, func(c *Card) *string { return &c.Enrolment.First }},
	{FieldRenewed, func(c *Card) *string { return &c.Enrolment.Renewed }},
	{FieldEnd, func(c *Card) *string { return &c.Enrolment.End }},
}

// Clone returns a copy that shares nothing with c.
func (c Card) Clone() Card {
	c.OldNumbers = slices.Clone(c.OldNumbers)
	c.Address.Lines = slices.Clone(c.Address.Lines)
	c.Guardians = slices.Clone(c.Guardians)
	return c
}

// Equal tells whether every field is the same, letter for letter.
func (c Card) Equal(d Card) bool { return len(c.changes(d)) == 0 }

// ExpiredOn tells whether the card had ended before that day (YYYY-MM-DD).
func (c Card) ExpiredOn(day string) bool { return c.Enrolment.End != "" && c.Enrolment.End < day }

// changes lists the fields in which c and d differ.
func (c Card) changes(d Card) []Field {
	var out []Field
	for _, s := range scalars {
		if *s.at(&c) != *s.at(&d) {
			out = append(out, s.field)
		}
	}
	if !slices.Equal(c.OldNumbers, d.OldNumbers) {
		out = append(out, FieldOldNumbers)
	}
	if !slices.Equal(c.Address.Lines, d.Address.Lines) {
		out = append(out, FieldLines)
	}
	if !slices.Equal(c.Guardians, d.Guardians) {
		out = append(out, FieldGuardians)
	}
	return out
}

// take copies one field from another card.
func (c *Card) take(f Field, from Card) {
	switch f {
	case FieldOldNumbers:
		c.OldNumbers = slices.Clone(from.OldNumbers)
	case FieldLines:
		c.Address.Lines = slices.Clone(from.Address.Lines)
	case FieldGuardians:
		c.Guardians = slices.Clone(from.Guardians)
	default:
		for _, s := range scalars {
			if s.field == f {
				*s.at(c) = *s.at(&from)
			}
		}
	}
}

// clear empties a field; FieldAddress empties the whole address.
func (c *Card) clear(f Field) {
	if f == FieldAddress {
		c.Address = Address{}
		return
	}
	c.take(f, Card{})
}

// replaces adds numbers this card stands for, each once, never its own.
func (c *Card) replaces(numbers ...string) {
	for _, n := range numbers {
		known := slices.ContainsFunc(c.OldNumbers, func(o string) bool { return strings.EqualFold(o, n) })
		if n != "" && !known && !strings.EqualFold(n, c.Number) {
			c.OldNumbers = append(c.OldNumbers, n)
		}
	}
}
