package cards

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
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
	switch f {
	case Phone, Mobile:
		return phoneDigits(a) == phoneDigits(b)
	case LastName, BirthName, FirstName:
		return loose(a) == loose(b)
	}
	return a == b
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
	return loose(strings.Join(a.Lines, " ")) == loose(strings.Join(b.Lines, " ")) &&
		loose(a.Postcode) == loose(b.Postcode) && loose(a.Town) == loose(b.Town) && a.Country == b.Country
}

// sameGuardians compares without regard to order: the format gives none.
func sameGuardians(a, b []Guardian) bool {
	if len(a) != len(b) {
		return false
	}
	for _, g := range a {
		i := slices.IndexFunc(b, g.isPerson)
		if i < 0 || !sameGuardian(g, b[i]) {
			return false
		}
	}
	return true
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
	return FoldName(g.LastName) == FoldName(other.LastName) && FoldName(g.FirstName) == FoldName(other.FirstName)
}

// loose drops all but letters and digits, and keeps their case and accents.
func loose(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) {
			return r
		}
		return -1
	}, norm.NFC.String(s))
}

// phoneDigits reduces a phone number to its digits: the French prefixes +33 and
// 0033 are written as the leading 0, other countries' 00 as +. What holds no
// digit at all is kept as text ("liste rouge").
func phoneDigits(s string) string {
	var digits strings.Builder
	plus := false
	for _, r := range s {
		if r >= '0' && r <= '9' {
			digits.WriteRune(r)
		}
		plus = plus || r == '+' && digits.Len() == 0
	}
	number := digits.String()
	if number == "" {
		return loose(s)
	}
	if abroad, ok := strings.CutPrefix(number, "00"); ok && !plus {
		number, plus = abroad, true
	}
	if !plus {
		return number
	}
	if french, ok := strings.CutPrefix(number, "33"); ok {
		return "0" + strings.TrimPrefix(french, "0")
	}
	return "+" + number
}

// ligatures opens the letters that are no base letter with an accent, as the
// systems that keep plain letters only write them.
var ligatures = strings.NewReplacer("œ", "oe", "Œ", "OE", "æ", "ae", "Æ", "AE", "ß", "ss", "ẞ", "SS",
	"ø", "o", "Ø", "O", "ł", "l", "Ł", "L", "đ", "d", "Đ", "D", "ı", "i")

// withoutAccents strips diacritics and opens ligatures.
func withoutAccents(s string) string {
	decomposed := norm.NFD.String(ligatures.Replace(s))
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, decomposed))
}

// FoldName is the form under which two names are one: letters only, upper
// case, no accents.
func FoldName(s string) string { return strings.ToUpper(withoutAccents(loose(s))) }

// Only returns a card that holds nothing but c's value of f.
func (f Field) Only(c *Card) Card {
	var one Card
	f.take(&one, c)
	return one
}
