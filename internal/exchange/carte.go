package exchange

import (
	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/xmlstream"
)

// carte reads the content of a card.
func (c *cardReader) carte() error {
	var present [len(carteFields)]bool
	err := c.sequence(carteElements, func(at int, t xmlstream.Token) error {
		present[at] = true
		if f := carteFields[at]; f >= 0 {
			c.in.Given = c.in.Given.With(cards.Field(f))
		}
		return c.carteChild(at, t)
	})
	if err != nil {
		return err
	}
	for _, at := range []int{carteNumero, carteNom, carteInscription} {
		if !present[at] {
			name := carteElements.names[at]
			c.fail(CodeRequired, name, c.line, "L’élément obligatoire « %s » manque.", name)
		}
	}
	return nil
}

// carteFields says which field the element at each place gives; -1 for those that are no field.
var carteFields = [...]int{
	carteNumero:        -1,
	carteAncienNumero:  int(cards.FormerNumbers),
	carteModifieLe:     -1,
	carteCivilite:      int(cards.Title),
	carteNom:           int(cards.LastName),
	carteNomNaissance:  int(cards.BirthName),
	cartePrenom:        int(cards.FirstName),
	carteDateNaissance: int(cards.BirthDate),
	carteSexe:          int(cards.Sex),
	carteAdresse:       int(cards.PostalAddress),
	carteTelephone:     int(cards.Phone),
	cartePortable:      int(cards.Mobile),
	carteCourriel:      int(cards.Email),
	carteResponsable:   int(cards.Guardians),
	carteInscription:   int(cards.EnrolmentDates),
}

func (c *cardReader) carteChild(at int, t xmlstream.Token) error {
	switch at {
	case carteNumero:
		return c.ownNumber(t)
	case carteAncienNumero:
		return c.formerNumber(t)
	case carteModifieLe:
		return c.changedAt(t)
	case carteDateNaissance:
		return c.birthDate(t)
	case carteAdresse:
		return c.address(t)
	case carteResponsable:
		return c.guardian(t)
	case carteInscription:
		return c.enrolment(t)
	}
	return c.carteValue(at, t)
}

// carteValue reads those children that are a text and nothing more.
func (c *cardReader) carteValue(at int, t xmlstream.Token) (err error) {
	path, in := t.Local, &c.in
	switch at {
	case carteCivilite:
		in.Title, err = c.oneOf(path, t, titles)
	case carteNom:
		in.LastName, err = c.requiredText(path, t, longName)
	case carteNomNaissance:
		in.BirthName, err = c.text(path, t, longName)
	case cartePrenom:
		in.FirstName, err = c.text(path, t, longName)
	case carteSexe:
		in.Sex, err = c.oneOf(path, t, sexes)
	case carteTelephone:
		in.Phone, err = c.text(path, t, longPhone)
	case cartePortable:
		in.Mobile, err = c.text(path, t, longPhone)
	case carteCourriel:
		in.Email, err = c.email(path, t)
	}
	return err
}

func (c *cardReader) requiredText(path string, t xmlstream.Token, most int) (string, error) {
	before := len(c.fault)
	s, err := c.text(path, t, most)
	if s == "" && len(c.fault) == before {
		c.fail(CodeRequired, path, t.Line, "L’élément obligatoire « %s » est vide.", lastName(path))
	}
	return s, err
}

// ownNumber reads the number of the card. A wrong one is kept, cut, so that the report can name it.
func (c *cardReader) ownNumber(t xmlstream.Token) error {
	const longestNamed = 64
	before := len(c.fault)
	line := t.Line
	s, err := c.number("numero", t)
	if s == "" && len(c.fault) == before {
		c.fail(CodeRequired, "numero", line, "L’élément obligatoire « numero » est vide.")
	}
	c.in.Number = clip(s, longestNamed)
	return err
}

func (c *cardReader) formerNumber(t xmlstream.Token) error {
	s, err := c.number("ancien-numero", t)
	if s != "" {
		c.in.Former = append(c.in.Former, s)
	}
	return err
}

func (c *cardReader) changedAt(t xmlstream.Token) error {
	s, f, err := c.value("modifie-le", t)
	if err != nil || s == "" {
		return err
	}
	at, ok := c.opts.parseInstant(s)
	if !ok {
		c.fail(CodeDate, f.path, f.line, "« %s » n’est pas une date et heure de la forme 2026-11-21T09:30:00+01:00.", clip(s, 40))
	}
	c.in.ChangedAt = at
	return nil
}

func (c *cardReader) birthDate(t xmlstream.Token) error {
	s, f, err := c.value("date-naissance", t)
	if err != nil || s == "" {
		return err
	}
	switch {
	case !isBirthDate(s):
		c.fail(CodeDate, f.path, f.line, "%s", dateFault(s, "AAAA-MM-JJ, AAAA-MM ou AAAA"))
	case c.today != "" && s > c.today[:len(s)]:
		c.fail(CodeDate, f.path, f.line, "La date de naissance (%s) est à venir.", human(s))
	}
	c.in.BirthDate = s
	return nil
}
