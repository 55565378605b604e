package xmlstream

import "slices"

const (
	xmlSpace   = "http://www.w3.org/XML/1998/namespace"
	xmlnsSpace = "http://www.w3.org/2000/xmlns/"
)

// binding is a prefix and the namespace it stands for; the empty prefix is the default namespace.
type binding struct{ prefix, uri string }

// spaces is the stack of namespace declarations in scope.
type spaces struct{ bindings []binding }

// resolve returns the namespace of a prefix; false if nothing declares it.
func (s *spaces) resolve(prefix string) (string, bool) {
	if prefix == "xml" {
		return xmlSpace, true
	}
	for i := len(s.bindings) - 1; i >= 0; i-- {
		if s.bindings[i].prefix == prefix {
			return s.bindings[i].uri, true
		}
	}
	return "", prefix == ""
}

// declare adds a binding; the returned sentence, if any, says why it is not allowed.
func (s *spaces) declare(prefix, uri string) string {
	switch {
	case prefix == "xmlns":
		return "Le préfixe « xmlns » est réservé et ne se déclare pas."
	case prefix == "xml" && uri != xmlSpace:
		return "Le préfixe « xml » est réservé à son propre espace de noms."
	case prefix == "xml":
		return ""
	case uri == xmlSpace || uri == xmlnsSpace:
		return "Cet espace de noms est réservé et ne peut pas recevoir d’autre préfixe."
	case prefix != "" && uri == "":
		return "Le préfixe « " + shown(prefix) + " » est déclaré avec un espace de noms vide."
	}
	s.bindings = append(s.bindings, binding{prefix: prefix, uri: uri})
	return ""
}

// appendInherited appends, as attributes, what is in scope from the first n bindings and neither hidden among them nor by later
// ones. It ends once dst is longer than most.
func (s *spaces) appendInherited(dst []byte, n, most int) []byte {
	for i := n - 1; i >= 0 && len(dst) <= most; i-- {
		b := s.bindings[i]
		hides := func(later binding) bool { return later.prefix == b.prefix }
		if b.uri == "" || slices.ContainsFunc(s.bindings[i+1:], hides) {
			continue
		}
		dst = append(dst, " xmlns"...)
		if b.prefix != "" {
			dst = append(append(dst, ':'), b.prefix...)
		}
		dst = append(AppendAttr(append(dst, `="`...), b.uri), '"')
	}
	return dst
}
