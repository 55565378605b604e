package oaiserver

import (
	"reflect"
	"testing"

	"github.com/carte-reseau/hub/internal/oai"
)

func sample() *listing {
	return &listing{
		verb: oai.ListIdentifiers, prefix: prefix, library: 8, from: 1795249802, until: 1795259802, upper: 1 << 40, after: 12,
		cursor: 500, size: 20_000, closed: 1795259999, day: "2026-11-21", expires: 1795346399,
	}
}

func TestTokenHoldsTheWholeListing(t *testing.T) {
	s := newSealer([]byte("0123456789abcdef"))
	for _, l := range []*listing{sample(), {verb: oai.ListRecords, prefix: prefix, day: "1970-01-01"}} {
		token := s.seal(l)
		back, err := s.open(token)
		if err != nil || !reflect.DeepEqual(back, l) {
			t.Errorf("%+v came back as %+v, %v", l, back, err)
		}
		if len(token) > 120 {
			t.Errorf("a token of %d characters", len(token))
		}
	}
}

// FuzzToken throws foreign tokens at the sealer, and foreign payloads, as if
// they were signed, at what reads them.
func FuzzToken(f *testing.F) {
	s := newSealer([]byte("0123456789abcdef"))
	genuine := s.seal(sample())
	f.Add(genuine, sample().append(nil))
	f.Add(genuine[:20], sample().append(nil)[:20])
	f.Add("", []byte{tokenFormat, verbRecords, 255})
	f.Add(genuine+"\n", []byte{tokenFormat, verbRecords, 5, 'c', 'a', 'r', 't', 'e'})
	f.Fuzz(func(t *testing.T, token string, payload []byte) {
		if _, err := s.open(token); err == nil && token != genuine {
			t.Fatalf("%q was taken for a token of the hub", token)
		}
		l, err := parseListing(payload)
		if err != nil || l.day < "0000" || len(l.day) != len("2026-11-21") {
			return
		}
		again, err := parseListing(l.append(nil))
		if err != nil || !reflect.DeepEqual(l, again) {
			t.Fatalf("%+v, written and read: %+v, %v", l, again, err)
		}
	})
}
