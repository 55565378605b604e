package rest

import (
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
)

// mediaTypes are what a document may be announced as. The type absent or given as bytes is no harm: the document says
// itself what it is.
var mediaTypes = []string{"application/xml", "text/xml", "application/octet-stream"}

// codings are what a body may be packed with.
var codings = []string{"", "identity", "gzip", "x-gzip"}

// checkMedia looks at how the body announces itself and returns the encoding the transport declares, if any.
func checkMedia(h http.Header) (charset string, err error) {
	if coding := strings.ToLower(strings.TrimSpace(h.Get("Content-Encoding"))); !slices.Contains(codings, coding) {
		return "", cards.Errorf(cards.Invalid, "Content-Encoding : seul gzip est accepté.")
	}
	announced := h.Get("Content-Type")
	if announced == "" {
		return "", nil
	}
	media, params, err := mime.ParseMediaType(announced)
	if err != nil || !slices.Contains(mediaTypes, media) {
		return "", cards.Errorf(cards.Invalid,
			"Content-Type : « application/xml » est attendu (avec curl : -H 'Content-Type: application/xml').")
	}
	if charset = params["charset"]; !plainToken(charset) {
		return "", cards.Errorf(cards.Invalid, "Content-Type : le paramètre charset n’est pas un nom d’encodage.")
	}
	return charset, nil
}

// plainToken refuses what no encoding is called, before it reaches a database that may refuse such bytes.
func plainToken(name string) bool {
	const longest = 64
	return len(name) <= longest && !strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' })
}
