package cards

import (
	"slices"
	"strings"
)

// same reports whether two cards hold the same value in f: spacing,
// punctuation and the layout of phone numbers do not make a difference.
func (f Field) same(a, b *Card) bool {
	switch f {
	case FormerNumbers:
		return slices.EqualFunc(a.Former, b.Former, strings.EqualFold)
	case PostalAddress:
		return sameAddress(a.Address, b.Address)
	case Guardians:
		return sameGuardians(a.Guardians, b.Guardians)
	case EnrolmentDates:
		return a.Enrolment == b.Enrolment
	}
	return f.sameText(f.text(a), f.text(b))
}

// sameText compares two values of a field that is one text.
func (f Field) sameText(a, b string) bool {
	if a == b {
		return true
	}
	switch f {
	case Phone, Mobile:
		return phoneDigits(a) == phoneDigits(b)
	case LastName, BirthName, FirstName:
		return loose(a) == loose(b)
	}
	return false
}

// text returns the value of a field that is one text.
func (f Field) text(c *Card) string {
	switch f {
	case Title:
		return c.Title
	case LastName:
		return c.LastName
	case BirthName:
		return c.BirthName
	case FirstName:
		return c.FirstName
	case BirthDate:
		return c.BirthDate
	case Sex:
		return c.Sex
	case Phone:
		return c.Phone
	case Mobile:
		return c.Mobile
	case Email:
		return c.Email
	case EnrolledAt:
		return c.EnrolledAt
	}
	return ""
}

// empty reports whether c holds no value in f.
func (f Field) empty(c *Card) bool {
	switch f {
	case FormerNumbers:
		return len(c.Former) == 0
	case PostalAddress:
		return c.Address.IsZero()
	case Guardians:
		return len(c.Guardians) == 0
	case EnrolmentDates:
		return c.Enrolment.IsZero()
	}
	return f.text(c) == ""
}

// take copies the value of f from src to dst.
func (f Field) take(dst, src *Card) {
	switch f {
	case FormerNumbers:
		dst.Former = slices.Clone(src.Former)
	case Title:
		dst.Title = src.Title
	case LastName:
		dst.LastName = src.LastName
	case BirthName:
		dst.BirthName = src.BirthName
	case FirstName:
		dst.FirstName = src.FirstName
	case BirthDate:
		dst.BirthDate = src.BirthDate
	case Sex:
		dst.Sex = src.Sex
	case PostalAddress:
		dst.Address = src.Address
		dst.Address.Lines = slices.Clone(src.Address.Lines)
	case Phone:
		dst.Phone = src.Phone
	case Mobile:
		dst.Mobile = src.Mobile
	case Email:
		dst.Email = src.Email
	case Guardians:
		dst.Guardians = slices.Clone(src.Guardians)
	case EnrolledAt:
		dst.EnrolledAt = src.EnrolledAt
	case EnrolmentDates:
		dst.Enrolment = src.Enrolment
	}
}

func sameAddress(a, b Address) bool {
	if slices.Equal(a.Lines, b.Lines) && a.Postcode == b.Postcode && a.Town == b.Town && a.Country == b.Country {
		return true
	}
	return looseLines(a.Lines) == looseLines(b.Lines) &&
		loose(a.Postcode) == loose(b.Postcode) && loose(a.Town) == loose(b.Town) && a.Country == b.Country
}

// sameGuardians compares without regard to order: the format gives none.
func sameGuardians(a, b []Guardian) bool {
	if slices.Equal(a, b) {
		return true
	}
	left := slices.Clone(b)
	for _, g := range a {
		i := slices.IndexFunc(left, func(other Guardian) bool { return sameGuardian(g, other) })
		if i < 0 {
			return false
		}
		left = slices.Delete(left, i, i+1)
	}
	return len(left) == 0
}

func sameGuardian(a, b Guardian) bool {
	return NumberKey(a.Number) == NumberKey(b.Number) &&
		loose(a.LastName) == loose(b.LastName) && loose(a.FirstName) == loose(b.FirstName) &&
		a.Relation == b.Relation && phoneDigits(a.Phone) == phoneDigits(b.Phone) && a.Email == b.Email
}

// isPerson reports whether both name one guardian: by card number where both
// have one, else by folded name.
func (g Guardian) isPerson(other Guardian) bool {
	if g.Number != "" && other.Number != "" {
		return NumberKey(g.Number) == NumberKey(other.Number)
	}
	return sameName(g.LastName, other.LastName) && sameName(g.FirstName, other.FirstName)
}

func sameName(a, b string) bool { return a == b || FoldName(a) == FoldName(b) }

// leftOf reports whether g may be what a system that cuts names at width keeps
// of the guardian x.
func (g Guardian) leftOf(x Guardian, width int) bool {
	if g.isPerson(x) {
		return true
	}
	return width > 0 && (g.Number == "" || x.Number == "") &&
		sameOrPoorerText(FoldName, g.LastName, x.LastName, width) && sameOrPoorerText(FoldName, g.FirstName, x.FirstName, width)
}

// Only returns a card that holds nothing but c's value of f.
func (f Field) Only(c *Card) Card {
	var one Card
	f.take(&one, c)
	return one
}
