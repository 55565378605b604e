package cards

// wording is what people call something that the wire and the database name by a code, in French and in English.
type wording struct{ french, english string }

func (w wording) in(language, code string) string {
	switch {
	case w == wording{}:
		return code
	case language == English:
		return w.english
	}
	return w.french
}

var fieldWords = map[string]wording{
	FormerNumbers.String():  {"anciens numéros", "former numbers"},
	Title.String():          {"civilité", "title"},
	LastName.String():       {"nom", "last name"},
	BirthName.String():      {"nom de naissance", "birth name"},
	FirstName.String():      {"prénom", "first name"},
	BirthDate.String():      {"date de naissance", "birth date"},
	Sex.String():            {"sexe", "sex"},
	PostalAddress.String():  {"adresse", "address"},
	Phone.String():          {"téléphone", "phone"},
	Mobile.String():         {"portable", "mobile"},
	Email.String():          {"courriel", "email"},
	Guardians.String():      {"responsables légaux", "legal guardians"},
	EnrolledAt.String():     {"établissement d’inscription", "enrolled at"},
	EnrolmentDates.String(): {"inscription", "enrolment"},
	"numero":                {"numéro", "number"},
}

// FieldWords is a field, by its path in the exchange format, in people's words; of a path nobody described, the path.
func FieldWords(path, language string) string { return fieldWords[path].in(language, path) }

var doorWords = map[Door]wording{
	DoorPost:     {"envoi HTTP", "HTTP deposit"},
	DoorFTP:      {"FTP", "FTP"},
	DoorHarvest:  {"moisson", "harvest"},
	DoorImport:   {"fichier chargé", "uploaded file"},
	DoorDecision: {"décision", "decision"},
	DoorPull:     {"moisson du concentrateur", "harvest of the hub"},
	DoorPush:     {"livraison", "delivery"},
}

// Words names the door as people do.
func (d Door) Words(language string) string { return doorWords[d].in(language, string(d)) }
