package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"errors"

	"github.com/carte-reseau/hub/internal/cards"
)

// newCipher makes the cipher of what is sealed from the hub's secret.
func newCipher(secret []byte) (cipher.AEAD, error) {
	const keyLength = 32
	if len(secret) != keyLength {
		return nil, cards.Errorf(cards.Invalid, "le secret du concentrateur doit compter %d octets", keyLength)
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// seal encrypts a text; empty stays empty. Whoever unseals it must name the same
// bound, so that a text sealed for one purpose, or one library, serves no other.
func (s *Store) seal(text, bound string) []byte {
	if text == "" {
		return nil
	}
	nonce := make([]byte, s.cipher.NonceSize())
	_, _ = rand.Read(nonce) // crypto/rand.Read never fails
	return s.cipher.Seal(nonce, nonce, []byte(text), []byte(bound))
}

// unseal decrypts what seal made. It fails where that was done with another
// secret or another bound.
func (s *Store) unseal(sealed []byte, bound string) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	if len(sealed) < s.cipher.NonceSize() {
		return "", errors.New("sealed text too short")
	}
	nonce, body := sealed[:s.cipher.NonceSize()], sealed[s.cipher.NonceSize():]
	text, err := s.cipher.Open(nil, nonce, body, []byte(bound))
	return string(text), err
}

// passwordOf unseals the password of a library's own servers.
func (s *Store) passwordOf(r *libraryRow) (string, error) {
	password, err := s.unseal(r.ILSPassword, r.Code)
	if err != nil {
		return "", cards.WrapError(cards.Conflict, err,
			"le mot de passe du SIGB de %s n’a pas été chiffré avec ce secret (HUB_SECRET_FILE) ; remettez le bon fichier ou redonnez le mot de passe", r.Code)
	}
	return password, nil
}

// hashKey is the form in which a key is kept. Keys are long and random, so a
// plain hash serves.
func hashKey(key string) []byte {
	sum := sha256.Sum256([]byte(key))
	return sum[:]
}
