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

// unquote reads the version out of If-Match; "*" stands for any.
func unquote(tag string) (version string, err error) {
	tag = strings.TrimSpace(tag)
	switch tag {
	case "":
		return "", errNoCondition
	case "*":
		return "", nil
	}
	return strings.Trim(strings.TrimPrefix(tag, "W/"), `"`), nil
}

// errNoCondition is told to whoever would change what they may not have seen.
var errNoCondition = cards.Errorf(cards.Invalid,
	"If-Match est attendu : l’ETag reçu avec les réglages que vous avez lus, ou * pour les changer quels qu’ils soient.")
