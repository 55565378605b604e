package cards

import (
	"slices"
	"strings"
)

// poorer reports whether in holds in f what a system leaves of the value in x
// when it rewrites it: upper case, no accents, only the year or month of a
// date, or a text cut at width characters (0: the system cuts nothing there).
func (f Field) poorer(in, x *Card, width int) bool {
	if f.same(in, x) || f.empty(x) {
		return false
	}
	switch f {
	case FormerNumbers, Title, Sex, EnrolledAt, EnrolmentDates:
		return false
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
	return in != "" && slices.ContainsFunc(rewritings(x, width), func(r string) bool { return f.sameText(in, r) })
}

// rewritings lists what systems make of one text.
func rewritings(x string, width int) []string {
	bare := withoutAccents(x)
	list := []string{x, strings.ToUpper(x), bare, strings.ToUpper(bare), strings.ToUpper(ligatures.Replace(x))}
	if width <= 0 {
		return list
	}
	for _, whole := range list {
		if runes := []rune(whole); len(runes) > width {
			list = append(list, string(runes[:width]))
		}
	}
	return list
}

// sameOrPoorerText is used for the parts of composite values.
func sameOrPoorerText(in, x string, width int) bool {
	if loose(in) == loose(x) {
		return true
	}
	return in != "" && slices.ContainsFunc(rewritings(x, width), func(r string) bool { return loose(in) == loose(r) })
}

// poorerAddress judges part by part; a width counts for each line and for the
// town.
func poorerAddress(in, x Address, width int) bool {
	return loose(in.Postcode) == loose(x.Postcode) && in.Country == x.Country &&
		sameOrPoorerText(in.Town, x.Town, width) && sameOrPoorerLines(in.Lines, x.Lines, width)
}

// sameOrPoorerLines compares line by line, or all in one where a system has
// not as many lines as another.
func sameOrPoorerLines(in, x []string, width int) bool {
	if len(in) != len(x) {
		return sameOrPoorerText(strings.Join(in, " "), strings.Join(x, " "), 0)
	}
	for i, line := range in {
		if !sameOrPoorerText(line, x[i], width) {
			return false
		}
	}
	return true
}

func poorerGuardians(in, x []Guardian, width int) bool {
	if len(in) != len(x) {
		return false
	}
	for _, g := range in {
		i := slices.IndexFunc(x, g.isPerson)
		if i < 0 || !poorerGuardian(g, x[i], width) {
			return false
		}
	}
	return true
}

func poorerGuardian(in, x Guardian, width int) bool {
	return NumberKey(in.Number) == NumberKey(x.Number) && in.Relation == x.Relation &&
		phoneDigits(in.Phone) == phoneDigits(x.Phone) && strings.EqualFold(in.Email, x.Email) &&
		sameOrPoorerText(in.LastName, x.LastName, width) && sameOrPoorerText(in.FirstName, x.FirstName, width)
}
