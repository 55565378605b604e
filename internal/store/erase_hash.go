package store

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"hash"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// The numbers of erased cards, and what libraries' servers call their records,
// are kept as hashes under a key of the hub's own, so that a stale file cannot
// bring a card back and nobody who holds the database alone can try numbers
// until one fits.

// newErasureKey derives that key from the hub's secret: for erasures alone, so
// that nothing else the secret is used for tells anything of it.
func newErasureKey(secret []byte) ([]byte, error) {
	return hkdf.Key(sha256.New, secret, nil, "carte-reseau effacement", sha256.Size)
}

func (s *Store) hashNumber(key string) []byte {
	return numberHash(hmac.New(sha256.New, s.erasureKey), key)
}

func numberHash(mac hash.Hash, key string) []byte {
	mac.Reset()
	_, _ = mac.Write([]byte(key)) // a hash takes everything
	return mac.Sum(nil)
}

// erasedAmong finds, of number keys (cards.NumberKey), those of erased cards.
// Whoever enters cards asks for all their numbers, former ones too, before it
// takes any lock: no card is erased until its transaction ends, and what it was
// told stays true.
func (s *Store) erasedAmong(tx *gorm.DB, keys []string) (map[string]bool, error) {
	erased := map[string]bool{}
	return erased, askAll(tx, s.askErased(tx, keys, erased)...)
}

// askErased asks so, and fills a set.
func (s *Store) askErased(tx *gorm.DB, keys []string, erased map[string]bool) []question {
	byHash := make(map[string]string, len(keys))
	hashes := make([][]byte, len(keys))
	mac := hmac.New(sha256.New, s.erasureKey)
	for i, key := range keys {
		hashes[i] = numberHash(mac, key)
		byHash[string(hashes[i])] = key
	}
	read := func(row answerRow) error {
		var hash []byte
		err := row.Scan(&hash)
		erased[byHash[string(hash)]] = true
		return err
	}
	// FOR SHARE holds the table, not only the rows it finds: see holdErasures.
	return askPortions(tx, read, "SELECT hash FROM erased_numbers WHERE hash IN ?"+s.dialect.forShare, hashes)
}

// identifierKeys are the keys of records on libraries' servers: no card number
// looks like them.
func identifierKeys(identifiers []string) []string {
	keys := make([]string, len(identifiers))
	for i, identifier := range identifiers {
		keys[i] = "identifiant " + headerKey(identifier)
	}
	return keys
}

// keysIn are the keys by which a record is known to be of an erased card: its
// identifier's, and those of all numbers that may stand in it by themselves.
func keysIn(identifier string) []string {
	const longestNumber = 32
	keys := identifierKeys([]string{identifier})
	text := cards.NumberKey(headerKey(identifier))
	apart := func(at int) bool {
		return at == 0 || at == len(text) || !isAlphanumeric(text[at-1]) || !isAlphanumeric(text[at])
	}
	for begin := range text {
		for end := begin; end < min(begin+longestNumber, len(text)) && inNumber(text[end]); end++ {
			if apart(begin) && apart(end+1) {
				keys = append(keys, text[begin:end+1])
			}
		}
	}
	return distinct(keys)
}
