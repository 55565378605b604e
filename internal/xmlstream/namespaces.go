package xmlstream

import "slices"

const (
	xmlSpace   = "http://www.w3.org/XML/1998/namespace"
	xmlnsSpace = "http://www.w3.org/2000/xmlns/"
)

// spaces is the stack of namespace declarations in scope.
type spaces struct{ bindings []Binding }

// resolve returns the namespace of a prefix; false if nothing declares it.
func (s *spaces) resolve(prefix string) (string, bool) {
	if prefix == "xml" {
		return xmlSpace, true
	}
	for i := len(s.bindings) - 1; i >= 0; i-- {
		if s.bindings[i].Prefix == prefix {
			return s.bindings[i].URI, true
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
	s.bindings = append(s.bindings, Binding{Prefix: prefix, URI: uri})
	return ""
}

// inherited appends to dst what is in scope from the first n bindings and neither hidden among them nor by later ones.
func (s *spaces) inherited(dst []Binding, n int) []Binding {
	for i := n - 1; i >= 0; i-- {
		prefix := s.bindings[i].Prefix
		hides := func(b Binding) bool { return b.Prefix == prefix }
		if !slices.ContainsFunc(s.bindings[i+1:], hides) && s.bindings[i].URI != "" {
			dst = append(dst, s.bindings[i])
		}
	}
	return dst
}
