package rest

import (
	"net/http"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
)

// guarded is an operation that asks for If-Match.
func guarded(op operation) operation {
	return op.failing(http.StatusPreconditionFailed, http.StatusPreconditionRequired)
}

// quote makes an entity tag of a version.
func quote(version string) string { return `"` + version + `"` }

// unquote reads the version out of If-Match; "*" stands for any. A tag with nothing in it is none: its client lost what it was given.
func unquote(tag string) (version string, err error) {
	tag = strings.TrimSpace(tag)
	if tag == "*" {
		return "", nil
	}
	version = strings.Trim(strings.TrimPrefix(tag, "W/"), `"`)
	if version == "" {
		return "", errNoCondition
	}
	return version, nil
}

// errNoCondition is told to whoever would change what they may not have seen.
var errNoCondition = cards.Errorf(cards.Invalid,
	"If-Match est attendu : l’ETag reçu avec les réglages que vous avez lus, ou * pour les changer quels qu’ils soient.")
