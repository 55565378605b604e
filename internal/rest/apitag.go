package rest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// IfNoneMatch is the tag of what a client has already: it is spared what it would only throw away. It is exported for the reason
// ListPage is.
type IfNoneMatch struct {
	Known string `header:"If-None-Match" doc:"L’ETag de la réponse que vous avez : si rien n’a changé, la réponse est 304, sans corps"`
}

// tagging is a question whose answer may be that nothing changed.
type tagging interface {
	tag(body any) (tag string, status int, err error)
}

// tag is the entity tag of a body, and the status it is answered with.
func (n *IfNoneMatch) tag(body any) (tag string, status int, err error) {
	text, err := json.Marshal(body)
	if err != nil {
		return "", 0, err
	}
	sum := sha256.Sum256(text)
	const enough = 16
	tag = "W/" + quote(hex.EncodeToString(sum[:enough]))
	known := strings.Split(n.Known, ",")
	if slices.ContainsFunc(known, func(t string) bool {
		return strings.TrimPrefix(strings.TrimSpace(t), "W/") == strings.TrimPrefix(tag, "W/")
	}) {
		return tag, http.StatusNotModified, nil
	}
	return tag, http.StatusOK, nil
}

// asAttachment has a browser keep a document rather than show it: what others wrote has no business on the hub's own pages.
func asAttachment(h huma.Context, name string) {
	h.SetHeader("Content-Disposition", `attachment; filename="`+name+`"`)
	h.SetHeader("X-Content-Type-Options", "nosniff")
	h.SetHeader("Content-Security-Policy", "sandbox; default-src 'none'")
}
