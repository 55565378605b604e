package store

import (
	"encoding/base64"
	"errors"

	"github.com/carte-reseau/hub/internal/cards"
)

// SealSearch writes a search so that it may stand in an address: nobody but the hub reads whom it is for, and it is answered
// only to the session it was sealed for.
func (s *Store) SealSearch(q cards.CardQuery, session string) string {
	return s.sealText(toJSON(q), searchSeal+session)
}

// OpenSearch reads a sealed search; nothing is known of one that was sealed for another session, or by nobody.
func (s *Store) OpenSearch(sealed, session string) (q cards.CardQuery, known bool) {
	text, err := s.unsealText(sealed, searchSeal+session)
	if err != nil {
		return q, false
	}
	return q, fromJSON(text, &q, "search") == nil
}

// searchSeal is bound to every sealed search, and with it the session.
const searchSeal = "question "

var errNothingSealed = errors.New("nothing is sealed")

// sealText is seal for what goes through other hands as text.
func (s *Store) sealText(text, seal string) string {
	return base64.RawURLEncoding.EncodeToString(s.seal(text, seal))
}

// unsealText refuses what no hub with this secret has sealed so.
func (s *Store) unsealText(sealed, seal string) (string, error) {
	bytes, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return "", err
	}
	if len(bytes) == 0 {
		return "", errNothingSealed
	}
	return s.unseal(bytes, seal)
}
