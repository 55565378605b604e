package cards

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The lengths of passwords. Length is what makes one hard to guess; rules of
// composition only make people write it down.
const (
	MinPassword = 12  // characters
	MaxPassword = 256 // bytes
)

// Password is a password as it is hashed: keyboards write one accented letter
// in two ways.
func Password(typed string) string { return norm.NFC.String(typed) }

// CheckPassword reports what keeps a password from being the account's.
func CheckPassword(typed, account string) error {
	password := Password(typed)
	switch {
	case !utf8.ValidString(password):
		return Breaks("mot-de-passe-illisible", Invalid, "Le mot de passe n’est pas un texte lisible (UTF-8).")
	case len(password) > MaxPassword:
		return Breaks("mot-de-passe-long", Invalid, "Le mot de passe dépasse %d octets.", MaxPassword)
	case utf8.RuneCountInString(password) < MinPassword:
		return Breaks("mot-de-passe-court", Invalid, "Le mot de passe compte moins de %d caractères : une phrase de quelques mots convient.", MinPassword)
	case strings.EqualFold(strings.TrimSpace(password), AccountName(account)):
		return Breaks("mot-de-passe-nom", Invalid, "Le mot de passe est le nom du compte : choisissez-en un autre.")
	}
	return nil
}

// PasswordTries is what tries at an account's password are counted by, whatever door they come by: whose it is, and who tries.
func PasswordTries(account, caller string) string {
	return "compte|" + strings.ToLower(AccountName(account)) + "|" + caller
}
