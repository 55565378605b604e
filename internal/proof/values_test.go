package proof_test

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sigb"
	"golang.org/x/text/unicode/norm"
)

// watched are the values whose every edit is followed.
var watched = []cards.Field{
	cards.LastName, cards.FirstName, cards.BirthDate, cards.PostalAddress, cards.Phone, cards.Email, cards.EnrolmentDates,
}

// valueOf is a value in a form in which what is the same to people is equal: it is written anew here, so that a mistake of
// the hub's own comparison cannot hide.
func valueOf(f cards.Field, c *sigb.Card) string {
	switch f {
	case cards.LastName:
		return lettersAndDigits(c.Name)
	case cards.FirstName:
		return lettersAndDigits(c.FirstName)
	case cards.BirthDate:
		return c.BirthDate
	case cards.PostalAddress:
		a := c.Address
		var parts []string
		for _, part := range append(slices.Clone(a.Lines), a.Postcode, a.Town) {
			parts = append(parts, lettersAndDigits(part))
		}
		return strings.Trim(strings.Join(parts, "|"), "|")
	case cards.Phone:
		return digits(c.Phone)
	case cards.Email:
		return c.Email
	case cards.EnrolmentDates:
		return strings.Trim(c.Enrolment.First+"|"+c.Enrolment.Renewed+"|"+c.Enrolment.End, "|")
	}
	return ""
}

// put types a value of another card at the desk.
func put(f cards.Field, into *sigb.Card, from sigb.Card) {
	switch f {
	case cards.LastName:
		into.Name = from.Name
	case cards.FirstName:
		into.FirstName = from.FirstName
	case cards.BirthDate:
		into.BirthDate = from.BirthDate
	case cards.PostalAddress:
		country := into.Address.Country
		into.Address = from.Clone().Address
		into.Address.Country = country
		if valueOf(f, &from) == "" { // a country alone is no address
			into.Address.Country = ""
		} else if country == "" {
			into.Address.Country = "FR"
		}
	case cards.Phone:
		into.Phone = from.Phone
	case cards.Email:
		into.Email = from.Email
	case cards.EnrolmentDates:
		library := into.Enrolment.Library
		into.Enrolment = from.Enrolment
		into.Enrolment.Library = library
	}
}

// invented is a value nobody gave before. What tells it from others stands at its beginning, where no system cuts.
func invented(f cards.Field, serial int) sigb.Card {
	var c sigb.Card
	switch f {
	case cards.LastName:
		c.Name = syllables(serial) + "-Lefèvre d’Œuilly"
	case cards.FirstName:
		c.FirstName = syllables(serial) + " Hélène-Zoé"
	case cards.BirthDate:
		c.BirthDate = fmt.Sprintf("%04d-02-%02d", 1921+serial%97, 1+serial%28)
	case cards.PostalAddress:
		c.Address = sigb.Address{Lines: []string{fmt.Sprintf("%d avenue de la Forêt", serial), "Bâtiment Église"}, Postcode: "26100", Town: "Romans-sur-Isère"}
	case cards.Phone:
		c.Phone = fmt.Sprintf("04 75 %02d %02d %02d", serial/10000%100, serial/100%100, serial%100)
	case cards.Email:
		c.Email = fmt.Sprintf("lecteur%d@example.org", serial)
	case cards.EnrolmentDates:
		c.Enrolment = sigb.Enrolment{First: "2024-09-03", Renewed: "2026-09-10", End: fmt.Sprintf("%d-%02d-%02d", 2028+serial/336, 1+serial/28%12, 1+serial%28)}
	}
	return c
}

// poorer is the same value as a system without small letters and accents has it, typed by a person who means it.
func poorer(f cards.Field, c sigb.Card) sigb.Card {
	c = sigb.Profile{Upper: true, NoAccents: true, YearOnly: true}.Rewrite(c)
	var one sigb.Card
	put(f, &one, c)
	return one
}

// syllables spells a number with letters that no system rewrites but for their case.
func syllables(n int) string {
	const consonants, vowels = "bdfgjklmnprstvz", "aeio"
	var b strings.Builder
	for range 3 {
		b.WriteByte(consonants[n%len(consonants)])
		n /= len(consonants)
		b.WriteByte(vowels[n%len(vowels)])
		n /= len(vowels)
	}
	s := b.String()
	return strings.ToUpper(s[:1]) + s[1:]
}

// folded makes a value and what any system leaves of it alike but for their lengths.
func folded(v string) string {
	v = strings.NewReplacer("œ", "oe", "Œ", "OE").Replace(v)
	return strings.ToUpper(norm.NFC.String(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(v))))
}

// kin reports whether one of two values may be what a system left of the other.
func kin(a, b string) bool {
	if a == "" || b == "" { // nothing is left of nothing
		return a == b
	}
	parts, others := strings.Split(folded(a), "|"), strings.Split(folded(b), "|")
	for i := range min(len(parts), len(others)) {
		if !strings.HasPrefix(parts[i], others[i]) && !strings.HasPrefix(others[i], parts[i]) {
			return false
		}
	}
	return len(parts) == len(others)
}

// richer reports whether what a system leaves of one value is the other.
func richer(v, left string) bool {
	return left != "" && kin(v, left) && len(v) >= len(left) && (len(v) > len(left) || left == strings.ToUpper(left))
}

// stem is what even a system that cuts and abbreviates without having said so leaves alone.
func stem(f cards.Field, v string) string {
	v = folded(v)
	if f == cards.PostalAddress {
		return v[:strings.IndexFunc(v+"|", func(r rune) bool { return !unicode.IsDigit(r) })]
	}
	const told = 6
	return v[:min(told, len(v))]
}

func lettersAndDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, norm.NFC.String(s))
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

// cardOf is a card of the hub's history as a system would hold it.
func cardOf(c *cards.Card) sigb.Card {
	return sigb.Card{
		Number: c.Number, OldNumbers: c.Former, Name: c.LastName, FirstName: c.FirstName, BirthDate: c.BirthDate,
		Address: sigb.Address{Lines: c.Address.Lines, Postcode: c.Address.Postcode, Town: c.Address.Town, Country: c.Address.Country},
		Phone:   c.Phone, Email: c.Email,
		Enrolment: sigb.Enrolment{Library: c.EnrolledAt, First: c.Enrolment.First, Renewed: c.Enrolment.Renewed, End: c.Enrolment.End},
	}
}
