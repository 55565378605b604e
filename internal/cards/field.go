package cards

import (
	"fmt"
	"strings"
)

// Field names one mergeable value of a card, in the order of the exchange
// format.
type Field uint8

// The mergeable values of a card.
const (
	FormerNumbers Field = iota
	Title
	LastName
	BirthName
	FirstName
	BirthDate
	Sex
	PostalAddress
	Phone
	Mobile
	Email
	Guardians
	EnrolledAt
	EnrolmentDates
	numFields
)

var fieldNames = [numFields]string{
	"ancien-numero", "civilite", "nom", "nom-naissance", "prenom", "date-naissance", "sexe",
	"adresse", "telephone", "portable", "courriel", "responsable-legal",
	"inscription/etablissement", "inscription",
}

// AllFields lists every field in the order of the exchange format.
func AllFields() []Field {
	all := make([]Field, numFields)
	for i := range all {
		all[i] = Field(i)
	}
	return all
}

// String is the field's path in the exchange format, as staff and libraries
// know it.
func (f Field) String() string {
	if f >= numFields {
		return fmt.Sprintf("field(%d)", uint8(f))
	}
	return fieldNames[f]
}

// ParseField finds the field of an exchange format path such as "telephone".
func ParseField(name string) (Field, error) {
	for i, known := range fieldNames {
		if name == known {
			return Field(i), nil
		}
	}
	return 0, Errorf(Invalid, "champ inconnu « %s » ; champs possibles : %s", name, strings.Join(fieldNames[:], ", "))
}

// FieldSet is a set of fields.
type FieldSet uint32

// FieldsOf makes a set of the fields given.
func FieldsOf(fields ...Field) FieldSet {
	var s FieldSet
	for _, f := range fields {
		s = s.With(f)
	}
	return s
}

// Has reports whether the set holds f.
func (s FieldSet) Has(f Field) bool { return s&(1<<f) != 0 }

// With returns the set with f added.
func (s FieldSet) With(f Field) FieldSet { return s | 1<<f }

// Without returns the set with f taken out.
func (s FieldSet) Without(f Field) FieldSet { return s &^ (1 << f) }

// Fields lists the set's members in the order of the exchange format.
func (s FieldSet) Fields() []Field {
	var list []Field
	for f := range numFields {
		if s.Has(f) {
			list = append(list, f)
		}
	}
	return list
}
