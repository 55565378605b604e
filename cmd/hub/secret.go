package main

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
)

const secretLength = 32

// readSecret reads the hub's secret, making it where mayMake says that its
// database is a new one. Two hubs that start together on one folder agree on one.
func readSecret(path string, mayMake bool) ([]byte, error) {
	secret, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if !mayMake {
			return nil, cards.Errorf(cards.Conflict, "le secret de cette base de données n’est pas dans %s (HUB_SECRET_FILE, HUB_DATA) ; %s", absolute(path), secretWayOut)
		}
		if err := makeSecret(path); err != nil {
			return nil, cards.WrapError(cards.Invalid, err, "impossible de créer le secret %s (HUB_SECRET_FILE)", path)
		}
		secret, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, cards.WrapError(cards.Invalid, err, "impossible de lire le secret %s (HUB_SECRET_FILE)", path)
	}
	if len(secret) != secretLength {
		return nil, cards.Errorf(cards.Invalid, "le secret %s compte %d octets au lieu de %d (HUB_SECRET_FILE) : remettez le fichier d’origine", path, len(secret), secretLength)
	}
	return secret, nil
}

// secretWayOut is what to do where the secret is not the database's.
const secretWayOut = "un autre n’ouvrirait pas les mots de passe des SIGB et ne reconnaîtrait pas les cartes effacées : " +
	"remettez le fichier de la sauvegarde, ou dites où il est ; s’il est perdu pour de bon : hub migrate --new-secret"

// otherSecret is said of a secret the database was not used with.
func otherSecret(path string) error {
	return cards.Errorf(cards.Conflict, "le secret lu dans %s (HUB_SECRET_FILE, HUB_DATA) n’est pas celui de cette base de données ; %s", absolute(path), secretWayOut)
}

// absolute says where a relative path leads: who runs a command from another
// folder sees what is wrong.
func absolute(path string) string {
	if whole, err := filepath.Abs(path); err == nil {
		return whole
	}
	return path
}

func makeSecret(path string) error {
	secret := make([]byte, secretLength)
	_, _ = rand.Read(secret) // crypto/rand.Read never fails
	return writeOnce(path, secret)
}

// writeOnce writes a whole file beside the place and links it there, so that
// nobody ever reads half of it. One that is there already is left as it is.
func writeOnce(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	draft, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(draft.Name()) }()
	_, err = draft.Write(content)
	if err := errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return err
	}
	if err := os.Link(draft.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// subkey derives the key of one purpose from the secret.
func subkey(secret []byte, purpose string) ([]byte, error) {
	return hkdf.Key(sha256.New, secret, nil, "carte-reseau "+purpose, secretLength)
}

// minKeyLength is the least length of a key somebody chose.
const minKeyLength = 16

// newKey reads a key from a file ("-": standard input), or makes one when no
// file is given. made tells which.
func newKey(c console, path string) (key string, made bool, err error) {
	if path == "" {
		return rand.Text(), true, nil
	}
	key, err = readSecretText(c, path)
	if err != nil {
		return "", false, err
	}
	if len(key) < minKeyLength {
		return "", false, cards.Errorf(cards.Invalid, "la clé compte moins de %d caractères", minKeyLength)
	}
	return key, false, nil
}

// oneSecret refuses to read two secrets from standard input: the first takes all
// of it.
func oneSecret(passwordFile, keyFile string) error {
	if passwordFile == "-" && keyFile == "-" {
		return cards.Errorf(cards.Invalid, "l’entrée standard (-) ne donne qu’un secret : mettez la clé ou le mot de passe dans un fichier")
	}
	return nil
}

// passwordOf reads the password of the account an address names. Without one the
// server would refuse each mail and each visit, long after the start.
func passwordOf(user, setting, path string) (string, error) {
	if path == "" {
		return "", cards.Errorf(cards.Invalid, "%s nomme le compte « %s », et %s_PASSWORD_FILE, le fichier de son mot de passe, manque", setting, user, setting)
	}
	return readSecretText(console{}, path)
}

// readSecretText reads a password from a file, or with "-" from standard
// input, so that it never stands in a process list. The final newline goes, and
// so does the mark some editors put in front, which nobody sees.
func readSecretText(c console, path string) (string, error) {
	raw, err := readSecretBytes(c, path)
	if err != nil {
		return "", err
	}
	named := path
	if path == "-" {
		named = "l’entrée standard"
	}
	text := strings.TrimRight(strings.TrimPrefix(string(raw), byteOrderMark), "\r\n")
	switch {
	case len(raw) > longestSecret:
		return "", cards.Errorf(cards.Invalid, "%s dépasse %d octets : ce n’est pas le fichier d’un mot de passe ou d’une clé", named, longestSecret)
	case strings.HasPrefix(text, "\xff\xfe"), strings.HasPrefix(text, "\xfe\xff"), strings.Contains(text, "\x00"):
		return "", cards.Errorf(cards.Invalid, "%s n’est pas en UTF-8 : enregistrez le texte en UTF-8", named)
	case strings.ContainsAny(text, "\r\n"):
		return "", cards.Errorf(cards.Invalid, "%s contient plusieurs lignes : un mot de passe ou une clé tient sur une seule", named)
	}
	return text, nil
}

const (
	byteOrderMark = "\ufeff"
	longestSecret = 4096
)

func readSecretBytes(c console, path string) (raw []byte, err error) {
	from := c.in
	switch {
	case path != "-":
		file, err := os.Open(path)
		if err != nil {
			return nil, cards.WrapError(cards.Invalid, err, "impossible de lire %s", path)
		}
		defer func() { _ = file.Close() }()
		from = file
	case from == nil:
		return nil, cards.Errorf(cards.Invalid, "un nom de fichier est attendu : l’entrée standard (-) ne convient pas à un service")
	}
	if raw, err = io.ReadAll(io.LimitReader(from, longestSecret+1)); err != nil {
		return nil, cards.WrapError(cards.Invalid, err, "impossible de lire %s", path)
	}
	return raw, nil
}

// randomName tells two processes of one machine apart.
func randomName() string {
	const length = 8
	return strings.ToLower(rand.Text()[:length])
}
