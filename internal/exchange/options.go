package exchange

import (
	"time"

	"github.com/carte-reseau/hub/internal/xmlstream"
)

// Options says how documents are read; the zero value works.
type Options struct {
	// Charset is what the transport declared, if anything; see xmlstream.Charset.
	Charset string
	// Location is where times without a zone are; nil is UTC.
	Location *time.Location
	// Now is the moment against which birth dates must not lie in the future, and which tells the two hours apart that bear
	// one name when clocks go back; zero leaves birth dates unchecked.
	Now time.Time
	// NoRaw leaves Item.Raw empty, for a pass that only looks.
	NoRaw bool
	// MaxRaw bounds Item.Raw; 0 is 64 KiB.
	MaxRaw int
}

func (o Options) location() *time.Location {
	if o.Location == nil {
		return time.UTC
	}
	return o.Location
}

// today is the day in the network, empty when Now is not given.
func (o Options) today() string {
	if o.Now.IsZero() {
		return ""
	}
	return o.Now.In(o.location()).Format(time.DateOnly)
}

// readLimits are narrow: the longest legal value has 254 characters, and a card is four levels deep.
func readLimits() xmlstream.Limits {
	return xmlstream.Limits{Text: 8 << 10, AttrValue: 1 << 10, Attrs: 16}
}
