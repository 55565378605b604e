package rest

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page and its style
	"encoding/base64"
	"html/template"
	"net/http"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
)

// The documentation is one page, made from the same description as openapi.json. It needs nothing from elsewhere, no script, and
// no network but the hub's.

//go:embed docs/page.html
var docsPage string

//go:embed docs/page.css
var docsStyle string

var docsTemplate = template.Must(template.New("docs").Parse(docsPage))

// registerDocs serves the page, rendered once.
func registerDocs(e *echo.Echo, api huma.API) {
	page := sync.OnceValues(func() ([]byte, error) { return renderDocs(api.OpenAPI()) })
	sum := sha256.Sum256([]byte(docsStyle))
	policy := "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'sha256-" +
		base64.StdEncoding.EncodeToString(sum[:]) + "'"
	e.Match(reading, apiRoot+"/docs", func(c echo.Context) error {
		body, err := page()
		if err != nil {
			return writeProblem(c, http.StatusInternalServerError, nil, cards.MessageOf(err))
		}
		header := c.Response().Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		return c.HTMLBlob(http.StatusOK, body)
	})
}

// docs is what the page shows.
type docs struct {
	Title, Version, Description, Root string
	Style                             template.CSS
	Subjects                          []*docsSubject
}

func renderDocs(api *huma.OpenAPI) ([]byte, error) {
	page := docs{
		Title: api.Info.Title, Version: api.Info.Version, Description: api.Info.Description, Root: apiRoot,
		Style:    template.CSS(docsStyle), //nolint:gosec // our own file
		Subjects: describeSubjects(api),
	}
	var out bytes.Buffer
	err := docsTemplate.Execute(&out, page)
	return out.Bytes(), err
}
