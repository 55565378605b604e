package web

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"sync"

	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
)

// The length of a compressed page tells what of it repeats: who can have a browser ask for a page with guesses in it, and sees how
// many bytes come, finds out letter by letter what else the page says (BREACH). So the token of forms is written otherwise
// in each answer, and pages that show persons' data, or what concerns staff, are never compressed. What is left are the
// lists of libraries and figures, which are long in a large network.

// masked writes the token of forms behind a pad of its own length, combined with it: chance, to who does not know it.
func masked(token string) string {
	both := make([]byte, 2*len(token))
	_, _ = rand.Read(both[:len(token)]) // it never fails
	subtle.XORBytes(both[len(token):], both[:len(token)], []byte(token))
	return base64.RawURLEncoding.EncodeToString(both)
}

// isMasked reports whether given is the token as masked writes it.
func isMasked(given, token string) bool {
	both, err := base64.RawURLEncoding.DecodeString(given)
	if err != nil || token == "" || len(both) != 2*len(token) {
		return false
	}
	plain := make([]byte, len(token))
	subtle.XORBytes(plain, both[:len(token)], both[len(token):])
	return subtle.ConstantTimeCompare(plain, []byte(token)) == 1
}

// packs are at gzip's fastest level: a page is made for one person, once.
var packs = sync.Pool{New: func() any {
	w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is one of gzip's
	return w
}}

// write sends a page, compressed where that may be and is understood.
func (v *visit) write(status int, page []byte) error {
	if !v.impersonal || v.watch != "" {
		return v.HTMLBlob(status, page)
	}
	header := v.Response().Header()
	header.Add(echo.HeaderVary, echo.HeaderAcceptEncoding)
	if !cards.AcceptsGzip(v.Request().Header) {
		return v.HTMLBlob(status, page)
	}
	var out bytes.Buffer
	w := packs.Get().(*gzip.Writer)
	defer packs.Put(w)
	w.Reset(&out)
	_, _ = w.Write(page) // a bytes.Buffer takes everything
	_ = w.Close()
	header.Set(echo.HeaderContentEncoding, "gzip")
	return v.HTMLBlob(status, out.Bytes())
}
