package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"errors"

	"github.com/carte-reseau/hub/internal/cards"
)

// newCipher makes the cipher of stored passwords from the hub's secret.
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

// seal encrypts a password; the code of its library is bound to it.
func (s *Store) seal(password, code string) []byte {
	if password == "" {
		return nil
	}
	nonce := make([]byte, s.cipher.NonceSize())
	_, _ = rand.Read(nonce) // crypto/rand.Read never fails
	return s.cipher.Seal(nonce, nonce, []byte(password), []byte(code))
}

func (s *Store) unseal(sealed []byte, code string) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	if len(sealed) < s.cipher.NonceSize() {
		return "", errors.New("sealed password too short")
	}
	nonce, body := sealed[:s.cipher.NonceSize()], sealed[s.cipher.NonceSize():]
	password, err := s.cipher.Open(nil, nonce, body, []byte(code))
	if err != nil {
		return "", cards.WrapError(cards.Conflict, err,
			"le mot de passe du SIGB de %s n’a pas été chiffré avec ce secret (HUB_SECRET_FILE) ; remettez le bon fichier ou redonnez le mot de passe", code)
	}
	return string(password), nil
}

// hashKey is the form in which a key is kept. Keys are long and random, so a
// plain hash serves.
func hashKey(key string) []byte {
	sum := sha256.Sum256([]byte(key))
	return sum[:]
}
