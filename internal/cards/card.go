package cards

import (
	"slices"
	"strings"
	"time"
)

// Card is one network card: what every library of the network knows of one
// reader. Texts are in Unicode normal form C, without outer white space.
type Card struct {
	Number string `json:"number"`
	// Former lists the numbers this card replaced (lost, stolen, damaged).
	Former []string `json:"former,omitempty"`
	// ChangedAt is when the library last changed the card by its own account;
	// zero when it did not say. It is never itself a change.
	ChangedAt time.Time `json:"changed_at,omitzero"`

	Title     string `json:"title,omitempty"` // "M", "MME" or empty
	LastName  string `json:"last_name"`
	BirthName string `json:"birth_name,omitempty"`
	FirstName string `json:"first_name,omitempty"`
	// BirthDate is YYYY-MM-DD, YYYY-MM or YYYY: some systems hold the year only.
	BirthDate string `json:"birth_date,omitempty"`
	Sex       string `json:"sex,omitempty"` // "F", "M", "X" or empty

	Address   Address    `json:"address,omitzero"`
	Phone     string     `json:"phone,omitempty"`
	Mobile    string     `json:"mobile,omitempty"`
	Email     string     `json:"email,omitempty"`
	Guardians []Guardian `json:"guardians,omitempty"`

	// EnrolledAt is the code of the establishment where the reader enrolled.
	EnrolledAt string       `json:"enrolled_at,omitempty"`
	Enrolment  Registration `json:"enrolment,omitzero"`
}

// Address is a postal address, merged as one value.
type Address struct {
	Lines    []string `json:"lines,omitempty"` // at most 4
	Postcode string   `json:"postcode,omitempty"`
	Town     string   `json:"town,omitempty"`
	Country  string   `json:"country,omitempty"` // two letters, ISO 3166-1
}

// IsZero reports whether no part of the address is known; empty lines say
// nothing.
func (a Address) IsZero() bool {
	blank := !slices.ContainsFunc(a.Lines, func(line string) bool { return line != "" })
	return blank && a.Postcode == "" && a.Town == "" && a.Country == ""
}

// Guardian is one legal guardian of a minor, merged as one value.
type Guardian struct {
	Number    string `json:"number,omitempty"` // the guardian's own card, if any
	LastName  string `json:"last_name,omitempty"`
	FirstName string `json:"first_name,omitempty"`
	Relation  string `json:"relation,omitempty"` // mere, pere, tuteur, structure, autre
	Phone     string `json:"phone,omitempty"`
	Email     string `json:"email,omitempty"`
}

// Registration holds the three dates of an enrolment, each YYYY-MM-DD, merged
// as one value. Renewed is empty when the reader never renewed.
type Registration struct {
	First   string `json:"first,omitempty"`
	Renewed string `json:"renewed,omitempty"`
	End     string `json:"end,omitempty"`
}

// IsZero reports whether none of the three dates is known.
func (r Registration) IsZero() bool { return r == Registration{} }

// ExpiredOn reports whether the card's end lies before the day given as
// YYYY-MM-DD. A card is valid on its last day.
func (c *Card) ExpiredOn(day string) bool { return c.Enrolment.End < day }

// NumberKey is the form under which a card number is unique in the network:
// letter case does not distinguish two cards. Numbers are ASCII: a foreign
// letter, such as the dotted capital I, is no other way to write one of them.
func NumberKey(number string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r - 'A' + 'a'
		}
		return r
	}, number)
}

// MaskNumber hides all but the end of a card number, for logs and metrics,
// where no personal data may stand.
func MaskNumber(number string) string {
	const shown = 3
	runes := []rune(number)
	if len(runes) <= 2*shown {
		return strings.Repeat("•", len(runes))
	}
	return strings.Repeat("•", len(runes)-shown) + string(runes[len(runes)-shown:])
}
