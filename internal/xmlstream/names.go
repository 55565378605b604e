package xmlstream

import "strings"

// name is a qualified name that was found valid once.
type name struct{ raw, prefix, local string }

// names remembers the names and short attribute values of a document, so that each is checked and allocated once. Both
// tables have an end: a hostile document may invent a new name for each element.
type names struct {
	known  map[string]*name
	values map[string]string
}

const (
	mostNames    = 1024
	mostValues   = 256
	longestValue = 128
)

func newNames() names {
	return names{known: make(map[string]*name, 64), values: make(map[string]string, 16)}
}

// get returns the name, or nil if raw is not a qualified name.
func (n *names) get(raw []byte) *name {
	if known := n.known[string(raw)]; known != nil {
		return known
	}
	made := newName(string(raw))
	if made != nil && len(n.known) < mostNames {
		n.known[made.raw] = made
	}
	return made
}

func newName(raw string) *name {
	prefix, local, colon := strings.Cut(raw, ":")
	if !colon {
		prefix, local = "", raw
	}
	if colon && !isNCName(prefix) || !isNCName(local) {
		return nil
	}
	return &name{raw: raw, prefix: prefix, local: local}
}

// value makes a string of b, the same one for values that come again.
func (n *names) value(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if len(b) > longestValue {
		return string(b)
	}
	if known, ok := n.values[string(b)]; ok {
		return known
	}
	made := string(b)
	if len(n.values) < mostValues {
		n.values[made] = made
	}
	return made
}
