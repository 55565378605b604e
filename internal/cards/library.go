package cards

import (
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"time"
)

// HubID stands where a library's ID stands when the hub itself is the origin.
const HubID int64 = 0

// Library is one ILS database the hub exchanges with.
type Library struct {
	ID   int64
	Code string
	Name string
	// Email receives failing files and notices.
	Email string
	// Serves lists further establishment codes the same database serves.
	Serves []string

	// Ways in: OAIURL empty means it is not harvested.
	OAIURL    string
	OAISet    string
	OAIPrefix string
	Harvest   string // schedule of the harvest: cron expression in UTC or @every

	// Way out: PushURL empty means it fetches its cards itself.
	PushURL string

	// ILSUser and ILSPassword open the library's own servers. The password is
	// in clear only in memory.
	ILSUser     string
	ILSPassword string

	// Widths are the lengths at which its system cuts values, in characters.
	Widths map[Field]int
	// NotHeld are the fields its system does not have.
	NotHeld FieldSet
	// HeldSince holds, for each field that its system did not have once and has
	// now, the number of the network's latest change at that moment: what it
	// was handed before tells nothing of that field.
	HeldSince map[Field]int64
	// OldWidths are the widths its system had before.
	OldWidths map[Field][]OldWidth

	Paused      bool
	PauseReason Sentence
	// Stopped is set where it was the hub that paused it: staff have to act.
	Stopped bool
	// Preparing libraries give their cards and are handed none until they are
	// opened: a network's first files are sorted out before anything is sent.
	Preparing bool
	Created   time.Time
	Changed   time.Time
	// Version is another one whenever its settings are: whoever saves them says
	// which they saw. It tells nothing of them.
	Version string
}

var codePattern = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)

// ValidCode reports whether code may name a library.
func ValidCode(code string) bool { return codePattern.MatchString(code) }

// Pushed reports whether the hub calls this library to deliver.
func (l *Library) Pushed() bool { return l.PushURL != "" }

// Harvested reports whether the hub fetches this library's cards.
func (l *Library) Harvested() bool { return l.OAIURL != "" }

// Speaks reports whether a document may name establishment as its sender when
// this library signed in.
func (l *Library) Speaks(establishment string) bool {
	return establishment == l.Code || slices.Contains(l.Serves, establishment)
}

// Validate reports the first thing that keeps the settings from being used.
func (l *Library) Validate() error {
	if !ValidCode(l.Code) {
		return Breaks("code-bibliotheque", Invalid, "code de bibliothèque « %s » : 1 à 32 caractères parmi a-z, 0-9 et -", l.Code)
	}
	if l.Name == "" {
		return Breaks("bibliotheque-sans-nom", Invalid, "la bibliothèque %s n’a pas de nom", l.Code)
	}
	if _, err := mail.ParseAddress(l.Email); err != nil {
		return Breaks("bibliotheque-courriel", Invalid, "l’adresse de courriel de la bibliothèque %s n’en est pas une", l.Code)
	}
	for _, served := range l.Serves {
		if !ValidCode(served) {
			return Breaks("code-etablissement", Invalid, "code d’établissement « %s » : 1 à 32 caractères parmi a-z, 0-9 et -", served)
		}
	}
	for _, field := range []Field{LastName, EnrolmentDates} {
		if l.NotHeld.Has(field) {
			return Breaks("champ-obligatoire", Invalid, "%s est obligatoire dans l’échange : ce champ ne peut pas être de ceux que le logiciel de %s n’a pas", field, l.Code)
		}
	}
	for field, width := range l.Widths {
		if width < 1 {
			return Breaks("champ-largeur", Invalid, "largeur de %s : un nombre positif est attendu", field)
		}
	}
	return l.validateAddresses()
}

func (l *Library) validateAddresses() error {
	for _, one := range []struct{ name, address string }{{"serveur OAI-PMH", l.OAIURL}, {"service d’intégration (push)", l.PushURL}} {
		if one.address == "" {
			continue
		}
		u, err := url.Parse(one.address)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			return Breaks("adresse-http", Invalid, "%s de %s : une adresse http:// ou https:// est attendue", one.name, l.Code)
		}
		if u.User != nil {
			return Breaks("adresse-secrete", Invalid, "%s de %s : le compte et son mot de passe ne vont pas dans l’adresse ; ils ont leurs propres réglages", one.name, l.Code)
		}
	}
	if l.OAIURL != "" && l.OAIPrefix == "" {
		return Breaks("sans-prefixe", Invalid, "%s a un serveur OAI-PMH à moissonner, mais pas le préfixe de métadonnées à y demander", l.Code)
	}
	return nil
}
