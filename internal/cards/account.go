package cards

import (
	"net/mail"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Role says what a staff account may do.
type Role string

// The roles, each including those before it.
const (
	RoleReader        Role = "reader"
	RoleOperator      Role = "operator"
	RoleAdministrator Role = "administrator"
)

// TroubleKind names a kind of trouble an account may be written to about.
type TroubleKind string

// The languages a person may read the pages in; empty for the browser's.
const (
	French  = "fr"
	English = "en"
)

// User is a member of staff: a person who signs in with a password, a program
// that comes with a bearer key, or both.
type User struct {
	ID       int64
	Name     string
	Role     Role
	Email    string
	Language string // French, English or empty
	// Disabled accounts stay for what they did, and let nobody in.
	Disabled    bool
	HasPassword bool
	HasKey      bool
	// Alerts are the kinds of trouble the account is written to about.
	Alerts   []TroubleKind
	Created  time.Time
	LastSeen time.Time // zero: never; to the minute
	// Proved tells which password somebody has just signed in with; else nil.
	Proved []byte
}

// May reports whether the user has at least the role wanted.
func (u *User) May(wanted Role) bool { return rank(u.Role) >= rank(wanted) }

// SignsIn reports whether the account opens anything.
func (u *User) SignsIn() bool { return !u.Disabled && (u.HasPassword || u.HasKey) }

func rank(r Role) int {
	switch r {
	case RoleAdministrator:
		return 3
	case RoleOperator:
		return 2
	case RoleReader:
		return 1
	}
	return 0
}

// The longest name of an account and the longest mail address.
const (
	maxAccountName = 64
	maxEmail       = 254
	maxAlerts      = 32
)

var alertPattern = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// AccountName is a name as it is kept and looked up: typed on another machine
// the same letters may come in other bytes.
func AccountName(typed string) string { return norm.NFC.String(strings.TrimSpace(typed)) }

// Validate reports the first thing that keeps an account from being used.
func (u *User) Validate() error {
	if err := validateAccountName(u.Name); err != nil {
		return err
	}
	return u.ValidateSettings()
}

// ValidateSettings does the same for what of an account can be changed.
func (u *User) ValidateSettings() error {
	if !u.May(RoleReader) {
		return Errorf(Invalid, "le rôle d’un compte est reader, operator ou administrator")
	}
	if u.Language != "" && u.Language != French && u.Language != English {
		return Errorf(Invalid, "la langue d’un compte est fr ou en")
	}
	if !validEmail(u.Email) {
		return Breaks("compte-courriel", Invalid, "l’adresse de courriel du compte n’en est pas une")
	}
	if len(u.Alerts) > maxAlerts {
		return Errorf(Invalid, "un compte est prévenu de %d sortes d’ennuis au plus", maxAlerts)
	}
	for _, kind := range u.Alerts {
		if !alertPattern.MatchString(string(kind)) {
			return Errorf(Invalid, "sorte d’ennui inconnue dans les alertes du compte")
		}
	}
	return nil
}

func validateAccountName(name string) error {
	switch {
	case name == "":
		return Breaks("compte-sans-nom", Invalid, "un compte a un nom")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return Breaks("compte-illisible", Invalid, "le nom d’un compte est fait de lettres lisibles")
	case name != AccountName(name):
		return Errorf(Invalid, "le nom d’un compte ne commence ni ne finit par une espace")
	case utf8.RuneCountInString(name) > maxAccountName:
		return Breaks("compte-long", Invalid, "le nom d’un compte compte %d caractères au plus", maxAccountName)
	}
	return nil
}

func validEmail(address string) bool {
	if address == "" {
		return true
	}
	parsed, err := mail.ParseAddress(address)
	return err == nil && parsed.Address == address && len(address) <= maxEmail
}
