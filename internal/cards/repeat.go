package cards

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"
)

// A library that exports its whole file says every night what it said the night
// before. What changes nothing the first time changes nothing the second, as
// long as nobody has changed the card: such a card is known by a fingerprint,
// without being read or merged.

// Repeatable reports whether what the library has just sent, remembered as s,
// changes nothing when it is sent once more, as long as nothing changes the
// card x: each field is as it stands, or a poorer form of it, and s holds
// nothing of an earlier document.
func (s *Sent) Repeatable(in *Incoming, l *Library, x *Card) bool {
	if s.Given != in.Given || s.Crossed != 0 || len(in.Former) > 0 || !isNumber(in.Number, x.Number) {
		return false
	}
	joined := withListsJoined(l, in, &Current{Card: *x, Seqs: recent}, s)
	return !slices.ContainsFunc(in.Given.Fields(), func(f Field) bool {
		return !f.same(&joined, x) && !f.poorer(&joined, x, l.Widths[f])
	})
}

// recent are seqs above every change of a library's system, so that its former
// widths do not count: what a former system may have left of a value is no
// repeat, and is merged each time.
var recent = func() (seqs [numFields]int64) {
	for f := range seqs {
		seqs[f] = math.MaxInt64
	}
	return seqs
}()

// fingerprintVersion changes whenever the rules do by which Merge finds that
// nothing changed, or what a fingerprint is made of.
const fingerprintVersion = 2

// Fingerprint identifies all of what a library sends of a card that Merge and
// Remember look at where nothing changes, down to the spelling.
func (in *Incoming) Fingerprint(l *Library) [16]byte {
	p := distinct{text: make([]byte, 0, 512)} //nolint:mnd // most cards have room in it
	p.number(fingerprintVersion)
	p.number(uint64(in.Given &^ l.NotHeld))
	for f := range numFields {
		p.number(uint64(l.Widths[f]))
		p.number(uint64(l.systemSince(f)))
	}
	p.flag(in.GuardiansComplete)
	p.strings(in.Number)
	for _, f := range (in.Given &^ l.NotHeld).Fields() {
		p.field(f, &in.Card)
	}
	sum := sha256.Sum256(p.text)
	return [16]byte(sum[:16])
}

// distinct is the text a fingerprint is made of: no two contents have the same.
type distinct struct{ text []byte }

func (p *distinct) number(n uint64) { p.text = binary.AppendUvarint(p.text, n) }

func (p *distinct) flag(b bool) {
	if b {
		p.number(1)
		return
	}
	p.number(0)
}

func (p *distinct) strings(list ...string) {
	for _, s := range list {
		p.number(uint64(len(s)))
		p.text = append(p.text, s...)
	}
}

func (p *distinct) list(list []string) {
	p.number(uint64(len(list)))
	p.strings(list...)
}

func (p *distinct) field(f Field, c *Card) {
	switch f {
	case FormerNumbers:
		p.list(c.Former)
	case PostalAddress:
		p.list(c.Address.Lines)
		p.strings(c.Address.Postcode, c.Address.Town, c.Address.Country)
	case Guardians:
		p.number(uint64(len(c.Guardians)))
		for _, g := range c.Guardians {
			p.strings(g.Number, g.LastName, g.FirstName, g.Relation, g.Phone, g.Email)
		}
	case EnrolmentDates:
		p.strings(c.Enrolment.First, c.Enrolment.Renewed, c.Enrolment.End)
	default:
		p.strings(f.text(c))
	}
}
