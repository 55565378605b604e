package oaiserver

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"

	"github.com/carte-reseau/hub/internal/oai"
)

// A token is base64url of: the format's number, the verb, the prefix, then
// numbers as varints, then the signature. It is opaque to clients, not secret:
// it holds no personal data.
const (
	tokenFormat   = 1
	tokenPurpose  = "carte-reseau oai resumption token\x00" // nothing else the key signs can be taken for a token
	signatureSize = 16                                      // half of HMAC-SHA256: 128 bits nobody guesses, and shorter addresses
	maxToken      = 512
)

var errToken = errors.New("not a token of this hub")

// sealer turns listings into signed tokens and back.
type sealer struct{ key []byte }

func newSealer(key []byte) sealer { return sealer{key: append([]byte(nil), key...)} }

func (s sealer) seal(l *listing) string {
	payload := l.append(make([]byte, 0, 128))
	return base64.RawURLEncoding.EncodeToString(append(payload, s.sign(payload)...))
}

func (s sealer) open(token string) (*listing, error) {
	if len(token) > maxToken {
		return nil, errToken
	}
	data, err := base64.RawURLEncoding.DecodeString(token)
	// Encoding again refuses what the decoder forgives: line ends, and bits
	// that do not count.
	if err != nil || len(data) < signatureSize || base64.RawURLEncoding.EncodeToString(data) != token {
		return nil, errToken
	}
	payload, signature := data[:len(data)-signatureSize], data[len(data)-signatureSize:]
	if !hmac.Equal(signature, s.sign(payload)) {
		return nil, errToken
	}
	return parseListing(payload)
}

func (s sealer) sign(payload []byte) []byte {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(tokenPurpose))
	mac.Write(payload)
	return mac.Sum(nil)[:signatureSize]
}

const (
	verbRecords     = 'R'
	verbIdentifiers = 'I'
)

func (l *listing) append(dst []byte) []byte {
	verb := byte(verbRecords)
	if l.verb == oai.ListIdentifiers {
		verb = verbIdentifiers
	}
	dst = append(dst, tokenFormat, verb, byte(len(l.prefix)))
	dst = append(dst, l.prefix...)
	for _, n := range [...]int64{l.library, l.from, l.until, l.upper, l.after, l.cursor, l.size, l.closed, daysOf(l.day), l.expires} {
		dst = binary.AppendVarint(dst, n)
	}
	return dst
}

func parseListing(b []byte) (*listing, error) {
	if len(b) < 3 || b[0] != tokenFormat || len(b) < 3+int(b[2]) {
		return nil, errToken
	}
	l := &listing{prefix: string(b[3 : 3+int(b[2])])}
	switch b[1] {
	case verbRecords:
		l.verb = oai.ListRecords
	case verbIdentifiers:
		l.verb = oai.ListIdentifiers
	default:
		return nil, errToken
	}
	b = b[3+len(l.prefix):]
	var days int64
	for _, field := range [...]*int64{&l.library, &l.from, &l.until, &l.upper, &l.after, &l.cursor, &l.size, &l.closed, &days, &l.expires} {
		n, size := binary.Varint(b)
		if size <= 0 {
			return nil, errToken
		}
		*field = n
		b = b[size:]
	}
	if len(b) > 0 || l.prefix != prefix {
		return nil, errToken
	}
	l.day = time.Unix(days*daySeconds, 0).UTC().Format(time.DateOnly)
	return l, nil
}

const daySeconds = 24 * 60 * 60

// daysOf counts the days of a calendar day from 1970 on.
func daysOf(day string) int64 {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic("oaiserver: a listing without a day: " + day) // the door itself wrote it
	}
	return t.Unix() / daySeconds
}
