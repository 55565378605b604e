package cards

import (
	"slices"
	"strings"
)

// poorer reports whether in holds in f what a system leaves of the value in x
// when it rewrites it: upper case, no accents, only the year or month of a
// date, no date of renewal, or a text cut at width characters (0: the system
// cuts nothing there).
func (f Field) poorer(in, x *Card, width int) bool {
	if f.same(in, x) || f.empty(x) {
		return false
	}
	switch f {
	case FormerNumbers, Title, Sex, EnrolledAt:
		return false
	case EnrolmentDates: // some systems do not hold when it was renewed last
		return in.Enrolment.Renewed == "" && in.Enrolment.First == x.Enrolment.First && in.Enrolment.End == x.Enrolment.End
	case BirthDate:
		return in.BirthDate != "" && strings.HasPrefix(x.BirthDate, in.BirthDate+"-")
	case PostalAddress:
		return poorerAddress(in.Address, x.Address, width)
	case Guardians:
		return poorerGuardians(in.Guardians, x.Guardians, width)
	}
	return f.poorerText(f.text(in), f.text(x), width)
}

func (f Field) poorerText(in, x string, width int) bool {
	return !f.sameText(in, "") && isRewriting(in, x, width, func(form string) bool { return f.sameText(in, form) })
}

// sameOrPoorerText is used for the parts of composite values; form says when
// two texts are the same.
func sameOrPoorerText(form func(string) string, in, x string, width int) bool {
	want := form(in)
	return want == form(x) || want != "" && isRewriting(in, x, width, func(s string) bool { return form(s) == want })
}

// poorerAddress judges part by part; a width counts for each line and for the
// town.
func poorerAddress(in, x Address, width int) bool {
	return loose(in.Postcode) == loose(x.Postcode) && in.Country == x.Country &&
		sameOrPoorerText(loose, in.Town, x.Town, width) && sameOrPoorerLines(in.Lines, x.Lines, width)
}

// sameOrPoorerLines compares line by line, or all in one where a system has
// other lines than the next.
func sameOrPoorerLines(in, x []string, width int) bool {
	if sameOrPoorerText(looseLine, strings.Join(in, " "), strings.Join(x, " "), 0) {
		return true
	}
	for i, line := range in {
		if len(in) != len(x) || !sameOrPoorerText(looseLine, line, x[i], width) {
			return false
		}
	}
	return len(in) > 0
}

func poorerGuardians(in, x []Guardian, width int) bool {
	if len(in) != len(x) {
		return false
	}
	for _, g := range in {
		i := slices.IndexFunc(x, func(whole Guardian) bool { return g.leftOf(whole, width) })
		if i < 0 || !poorerGuardian(g, x[i], width) {
			return false
		}
	}
	return true
}

func poorerGuardian(in, x Guardian, width int) bool {
	return poorerIdentity(in, x, width) && in.Relation == x.Relation &&
		phoneDigits(in.Phone) == phoneDigits(x.Phone) && (in.Email == x.Email || Email.poorerText(in.Email, x.Email, width))
}

// poorerIdentity: of a card's number and a name some systems have room for one.
func poorerIdentity(in, x Guardian, width int) bool {
	byNumber := in.Number != "" && isNumber(in.Number, x.Number)
	if in.LastName == "" && in.FirstName == "" {
		return byNumber
	}
	return (byNumber || in.Number == "") &&
		sameOrPoorerText(loose, in.LastName, x.LastName, width) && sameOrPoorerText(loose, in.FirstName, x.FirstName, width)
}
