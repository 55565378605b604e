package cards

import "slices"

// A library's settings change when its system does. What the old one was handed
// or sent then tells less of what the new one holds.

// OldWidth is a length at which a library's system cut a value before.
type OldWidth struct {
	Width int `json:"width"`
	// Until is the number of the network's latest change when it stopped doing
	// so: of what stood by then its system may still hold what was left.
	Until int64 `json:"until"`
}

// systemSince is the number of the network's latest change when the library's
// system was last changed in f; 0 where it never was.
func (l *Library) systemSince(f Field) int64 {
	since := l.HeldSince[f]
	for _, old := range l.OldWidths[f] {
		since = max(since, old.Until)
	}
	return since
}

// poorer reports whether in holds in f what the library's system leaves of x, or
// left of it before: x stands since the network's change seq.
func (l *Library) poorer(f Field, in, x *Card, seq int64) bool {
	return l.cutting(f, seq, func(width int) bool { return f.poorer(in, x, width) })
}

// knownIn reports whether the library may have sent in's value of f without
// having changed anything of c, whose value stands since the network's change
// seq.
func (l *Library) knownIn(f Field, in *Incoming, c *Card, seq int64) bool {
	return l.cutting(f, seq, func(width int) bool { return f.knownIn(in, c, width) })
}

// cutting reports whether something holds at one of the widths at which the
// library's system may have cut a value that stands since the network's change
// seq.
func (l *Library) cutting(f Field, seq int64, is func(width int) bool) bool {
	return is(l.Widths[f]) || slices.ContainsFunc(l.OldWidths[f], func(old OldWidth) bool { return seq <= old.Until && is(old.Width) })
}
