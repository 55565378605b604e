package web

import (
	"context"
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

// lost answers people who come to an address where there is nothing. Programs get the plain answer.
func (d *Door) lost(c echo.Context) error {
	if !reads(c.Request()) || !strings.Contains(c.Request().Header.Get(echo.HeaderAccept), echo.MIMETextHTML) {
		return echo.ErrNotFound
	}
	return d.visited(func(v *visit) error { return v.notHere() })(c)
}

func (v *visit) notHere() error { return v.refuse(cards.NotFound, "erreur.rien-ici") }
