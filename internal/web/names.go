package web

import (
	"context"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
)

// Names are what libraries are called, by their codes; those that have left the network too.
type Names interface {
	LibraryNames(ctx context.Context) (map[string]string, error)
}

// learnNames reads what the page about to be made calls libraries.
func (d *Door) learnNames(ctx context.Context) error {
	names, err := d.options.Names.LibraryNames(ctx)
	if err == nil {
		d.pages.names.Store(&names)
	}
	return err
}

// library is what a library is called; one nobody knows, by its code.
func (r *renderer) library(code string) string {
	if names := r.names.Load(); names != nil && (*names)[code] != "" {
		return (*names)[code]
	}
	return code
}

// errLost tells a program that mistook an address, most often a vendor's first try, where the doors are.
var errLost = echo.NewHTTPError(http.StatusNotFound, "Rien ne se trouve à cette adresse. Pour un SIGB : POST /cartes, POST /rapports, /oai ; leur guide : /guide/sigb.md.")

// lost answers people who come to an address where there is nothing. Programs are told in a line.
func (d *Door) lost(c echo.Context) error {
	if !wantsPage(c.Request()) {
		return errLost
	}
	return d.visited(func(v *visit) error { return v.notHere() })(c)
}

// wantsPage reports whether a browser is to show what is asked for.
func wantsPage(r *http.Request) bool {
	return reads(r) && strings.Contains(r.Header.Get(echo.HeaderAccept), echo.MIMETextHTML)
}

func (v *visit) notHere() error { return v.refuse(cards.NotFound, "erreur.rien-ici") }
