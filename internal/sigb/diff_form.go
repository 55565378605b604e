package sigb

import (
	"cmp"
	"slices"
	"strings"
)

// plain is a card as both systems would store it, in a form in which what is the same to the hub is equal.
func plain(a, b Profile, c Card) Card {
	c = b.Rewrite(a.Rewrite(c))
	for _, f := range slices.Concat(a.NotHeld, b.NotHeld) {
		c.clear(f)
	}
	plainNumbers(&c)
	for _, v := range []*string{&c.Name, &c.BirthName, &c.FirstName} {
		*v = onlyLettersAndDigits(*v)
	}
	for _, v := range []*string{&c.Phone, &c.Mobile} {
		*v = onlyDigits(*v)
	}
	plainAddress(&c.Address)
	plainGuardians(c.Guardians)
	return c
}

func plainNumbers(c *Card) {
	c.Number = fold(c.Number)
	for i, n := range c.OldNumbers {
		c.OldNumbers[i] = fold(n)
	}
	slices.Sort(c.OldNumbers)
}

// plainAddress joins the lines: how an address is spread over them is layout too. A country alone is no address.
func plainAddress(a *Address) {
	lines := onlyLettersAndDigits(strings.Join(a.Lines, ""))
	a.Lines = nil
	if lines != "" {
		a.Lines = []string{lines}
	}
	a.Postcode, a.Town = onlyLettersAndDigits(a.Postcode), onlyLettersAndDigits(a.Town)
	if lines == "" && a.Postcode == "" && a.Town == "" {
		a.Country = ""
	}
}

func plainGuardians(list []Guardian) {
	for i := range list {
		g := &list[i]
		g.Number, g.Phone = fold(g.Number), onlyDigits(g.Phone)
		g.Name, g.FirstName = onlyLettersAndDigits(g.Name), onlyLettersAndDigits(g.FirstName)
	}
	slices.SortFunc(list, func(g, h Guardian) int {
		return cmp.Or(cmp.Compare(g.Number, h.Number), cmp.Compare(g.Name, h.Name), cmp.Compare(g.FirstName, h.FirstName))
	})
}
