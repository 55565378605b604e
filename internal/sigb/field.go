package sigb

import "strings"

// A Field names an element of the exchange format, as a path below <carte>. It is also the name the hub's command line
// uses for widths and for fields a system does not hold.
type Field string

// The fields of a network card.
const (
	FieldNumber     Field = "numero"
	FieldOldNumbers Field = "ancien-numero"
	FieldTitle      Field = "civilite"
	FieldName       Field = "nom"
	FieldBirthName  Field = "nom-naissance"
	FieldFirstName  Field = "prenom"
	FieldBirthDate  Field = "date-naissance"
	FieldSex        Field = "sexe"
	FieldLines      Field = "adresse/ligne"
	FieldPostcode   Field = "adresse/code-postal"
	FieldTown       Field = "adresse/commune"
	FieldCountry    Field = "adresse/pays"
	FieldPhone      Field = "telephone"
	FieldMobile     Field = "portable"
	FieldEmail      Field = "courriel"
	FieldGuardians  Field = "responsable-legal"
	FieldLibrary    Field = "inscription/etablissement"
	FieldFirst      Field = "inscription/premiere"
	FieldRenewed    Field = "inscription/reinscription"
	FieldEnd        Field = "inscription/fin"
)

// FieldAddress stands for the whole address, in Profile.NotHeld and Profile.Widths.
const FieldAddress Field = "adresse"

// fieldDates stands for the three dates of an enrolment, which are one value.
const fieldDates Field = "inscription"

// value is the field that is edited and merged as a whole with f: an address is one value, and so are the three dates.
func (f Field) value() Field {
	switch f {
	case FieldFirst, FieldRenewed, FieldEnd:
		return fieldDates
	case FieldLibrary:
		return f
	}
	if strings.HasPrefix(string(f), string(FieldAddress)+"/") {
		return FieldAddress
	}
	return f
}
