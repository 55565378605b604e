package exchange

// elements is a sequence of the format: what may stand within one element, in this order.
type elements struct {
	path  string // of the element that holds them, empty for carte
	names []string
	most  []int    // how often each may stand there
	paths []string // of each, from carte
}

func newElements(path string, names []string, most []int) *elements {
	e := &elements{path: path, names: names, most: most}
	for _, name := range names {
		e.paths = append(e.paths, e.child(name))
	}
	return e
}

// The sequences of the format. The constants are the places in them.
var (
	carteElements = newElements("",
		[]string{
			"numero", "ancien-numero", "modifie-le", "civilite", "nom", "nom-naissance", "prenom", "date-naissance", "sexe",
			"adresse", "telephone", "portable", "courriel", "responsable-legal", "inscription",
		},
		[]int{1, 100, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 1})
	addressElements = newElements("adresse",
		[]string{"ligne", "code-postal", "commune", "pays"},
		[]int{4, 1, 1, 1})
	guardianElements = newElements("responsable-legal",
		[]string{"numero", "nom", "prenom", "lien", "telephone", "courriel"},
		[]int{1, 1, 1, 1, 1, 1})
	enrolmentElements = newElements("inscription",
		[]string{"etablissement", "premiere", "reinscription", "fin"},
		[]int{1, 1, 1, 1})
)

const (
	carteNumero = iota
	carteAncienNumero
	carteModifieLe
	carteCivilite
	carteNom
	carteNomNaissance
	cartePrenom
	carteDateNaissance
	carteSexe
	carteAdresse
	carteTelephone
	cartePortable
	carteCourriel
	carteResponsable
	carteInscription
)

const (
	adresseLigne = iota
	adresseCodePostal
	adresseCommune
	adressePays
)

const (
	responsableNumero = iota
	responsableNom
	responsablePrenom
	responsableLien
	responsableTelephone
	responsableCourriel
)

const (
	inscriptionEtablissement = iota
	inscriptionPremiere
	inscriptionReinscription
	inscriptionFin
)

// The values of the enumerations, besides the empty one.
var (
	titles    = []string{"M", "MME"}
	sexes     = []string{"F", "M", "X"}
	relations = []string{"mere", "pere", "tuteur", "structure", "autre"}
)

// The lengths of the format, in characters.
const (
	longName     = 100
	longLine     = 100
	longPostcode = 10
	longTown     = 60
	longPhone    = 30
	longEmail    = 254
)

// at returns the place of the element with this name, -1 if there is none.
func (e *elements) at(name string) int {
	for i := range e.names {
		if e.names[i] == name {
			return i
		}
	}
	return -1
}

// child is the path of an element of the sequence.
func (e *elements) child(name string) string {
	if e.path == "" {
		return name
	}
	return e.path + "/" + name
}
