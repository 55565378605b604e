package rest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// schemaRoutes serve the exchange format's schemas to anybody: validators fetch them without a key.
type schemaRoutes struct {
	answers
	files fs.FS
	names []string
}

func (r schemaRoutes) register(e *echo.Echo) error {
	for _, name := range r.names {
		content, err := fs.ReadFile(r.files, name)
		if err != nil {
			return fmt.Errorf("read schema %s: %w", name, err)
		}
		r.only(e, "/schemas/"+name, serve(xmlType, content), reading...)
	}
	e.Any("/schemas", r.nothingHere)
	e.Any("/schemas/*", r.nothingHere)
	return nil
}

// serve answers with a file that changes only with the program.
func serve(contentType string, content []byte) echo.HandlerFunc {
	sum := sha256.Sum256(content)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("ETag", tag)
		h.Set(echo.HeaderCacheControl, "public, max-age=86400")
		if strings.Contains(c.Request().Header.Get("If-None-Match"), tag) {
			return c.NoContent(http.StatusNotModified)
		}
		return c.Blob(http.StatusOK, contentType, content)
	}
}
