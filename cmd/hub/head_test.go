package main

import (
	"net/http"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/oaiserver"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// Monitoring asks for heads. Only the lists of cards answer no HEAD: who fetches the last page of one is taken to have it.
func TestWhateverAnswersGetAnswersHead(t *testing.T) {
	h := newSite(t, storetest.SQLiteDatabase(t)).boot()
	byHead, read := map[string]string{}, 0
	routes := h.server.Handler.(*echo.Echo).Routes()
	for _, r := range routes {
		if r.Method == http.MethodHead {
			byHead[r.Path] = r.Name
		}
	}
	for _, r := range routes {
		if r.Method != http.MethodGet || r.Path == oaiserver.Path {
			continue
		}
		read++
		if byHead[r.Path] != r.Name {
			t.Errorf("%s is answered by %s on GET, by %q on HEAD", r.Path, r.Name, byHead[r.Path])
		}
	}
	const fewest = 50
	if read < fewest {
		t.Errorf("only %d addresses are read", read)
	}
}
