package exchange

import (
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/xmlstream"
)

// address reads adresse, which is one value: what it does not name is empty.
func (c *cardReader) address(t xmlstream.Token) error {
	c.checkAttributes(t, addressElements.path)
	a := &c.in.Address
	return c.sequence(addressElements, func(at int, t xmlstream.Token) (err error) {
		path := addressElements.paths[at]
		switch at {
		case adresseLigne:
			var line string
			if line, err = c.text(path, t, longLine); line != "" {
				a.Lines = append(a.Lines, line)
			}
		case adresseCodePostal:
			a.Postcode, err = c.text(path, t, longPostcode)
		case adresseCommune:
			a.Town, err = c.text(path, t, longTown)
		case adressePays:
			a.Country, err = c.country(path, t)
		}
		return err
	})
}

func (c *cardReader) country(path string, t xmlstream.Token) (string, error) {
	s, f, err := c.value(path, t)
	if s != "" && !isCountry(s) {
		c.fail(CodeValue, path, f.line, "« %s » n’est pas un code de pays à deux lettres, comme FR.", clip(s, 30))
	}
	return strings.ToUpper(s), err
}

// guardian reads one responsable-legal; an empty one says that there are no others.
func (c *cardReader) guardian(t xmlstream.Token) error {
	c.checkAttributes(t, guardianElements.path)
	line, before := t.Line, len(c.fault)
	var g cards.Guardian
	err := c.sequence(guardianElements, func(at int, t xmlstream.Token) (err error) {
		path := guardianElements.paths[at]
		switch at {
		case responsableNumero:
			g.Number, err = c.number(path, t)
		case responsableNom:
			g.LastName, err = c.text(path, t, longName)
		case responsablePrenom:
			g.FirstName, err = c.text(path, t, longName)
		case responsableLien:
			g.Relation, err = c.oneOf(path, t, relations)
		case responsableTelephone:
			g.Phone, err = c.text(path, t, longPhone)
		case responsableCourriel:
			g.Email, err = c.email(path, t)
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case g == cards.Guardian{}:
		c.in.GuardiansComplete = true
		return nil
	case !identifies(g) && len(c.fault) == before:
		c.fail(CodeGuardian, guardianElements.path, line, "Ce responsable légal n’est pas identifiable : il faut un numéro de carte, "+
			"ou un nom et un prénom (le nom suffit pour une structure).")
	}
	c.in.Guardians = append(c.in.Guardians, g)
	return nil
}

func identifies(g cards.Guardian) bool {
	return g.Number != "" || g.LastName != "" && (g.FirstName != "" || g.Relation == "structure")
}

// enrolment reads inscription, whose three dates are one value.
func (c *cardReader) enrolment(t xmlstream.Token) error {
	c.checkAttributes(t, enrolmentElements.path)
	r := enrolmentReader{cardReader: c, line: t.Line}
	if err := c.sequence(enrolmentElements, r.child); err != nil {
		return err
	}
	r.check()
	return nil
}

// enrolmentReader holds the dates of one inscription with the places they came from.
type enrolmentReader struct {
	*cardReader
	line    int
	fields  [len(enrolmentDates)]field
	given   [len(enrolmentDates)]bool // good or not: a wrong date is not also a missing one
	present [len(enrolmentDates)]bool
}

var enrolmentDates = [...]int{inscriptionPremiere, inscriptionReinscription, inscriptionFin}

func (r *enrolmentReader) child(at int, t xmlstream.Token) error {
	path := enrolmentElements.paths[at]
	if at == inscriptionEtablissement {
		return r.establishment(path, t)
	}
	day, f, good, err := r.day(path, t)
	i := at - inscriptionPremiere
	r.fields[i], r.given[i], r.present[i] = f, day != "" || !good, true
	*r.dates()[i] = day
	return err
}

func (r *enrolmentReader) dates() [len(enrolmentDates)]*string {
	e := &r.in.Enrolment
	return [...]*string{&e.First, &e.Renewed, &e.End}
}

// establishment reads where the reader enrolled. Empty counts as not given: a card is always enrolled somewhere.
func (r *enrolmentReader) establishment(path string, t xmlstream.Token) error {
	s, f, err := r.value(path, t)
	if err != nil || s == "" {
		return err
	}
	if !cards.ValidCode(s) {
		r.fail(CodeValue, path, f.line, "« %s » n’est pas un code d’établissement : 1 à 32 caractères parmi a-z, 0-9 et « - ».",
			clip(s, 40))
	}
	r.in.EnrolledAt = s
	r.in.Given = r.in.Given.With(cards.EnrolledAt)
	return nil
}

// check notes required dates that are missing and dates that do not follow one another.
func (r *enrolmentReader) check() {
	for _, at := range []int{inscriptionPremiere, inscriptionFin} {
		name := enrolmentElements.names[at]
		i := at - inscriptionPremiere
		switch {
		case !r.present[i]:
			r.fail(CodeRequired, enrolmentElements.paths[at], r.line, "L’élément obligatoire « %s » manque dans « inscription ».", name)
		case !r.given[i]:
			r.fail(CodeRequired, enrolmentElements.paths[at], r.fields[i].line, "L’élément obligatoire « %s » est vide.", name)
		}
	}
	e := r.in.Enrolment
	renewed, end := r.fields[1], r.fields[2]
	if e.Renewed != "" && e.First != "" && e.Renewed < e.First {
		r.fail(CodeDates, renewed.path, renewed.line, "La date de réinscription (%s) précède la première inscription (%s).",
			human(e.Renewed), human(e.First))
	}
	if e.End == "" {
		return
	}
	switch {
	case e.First != "" && e.End < e.First:
		r.fail(CodeDates, end.path, end.line, "La date de fin (%s) précède la première inscription (%s).", human(e.End), human(e.First))
	case e.Renewed != "" && e.End < e.Renewed:
		r.fail(CodeDates, end.path, end.line, "La date de fin (%s) précède la réinscription (%s).", human(e.End), human(e.Renewed))
	}
}
