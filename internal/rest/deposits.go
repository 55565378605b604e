package rest

import (
	"io"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
)

// depositRoute gives a library the report of its own deposit, whatever door it came by.
type depositRoute struct {
	answers
	signIn   signIn
	deposits Deposits
	inbox    Inbox
}

func (r depositRoute) register(e *echo.Echo) {
	r.only(e, "/depots/:id", r.get, reading...)
	e.Any("/depots", r.nothingHere)
	e.Any("/depots/", r.nothingHere)
}

// get answers for another's deposit as for one that does not exist: numbers follow one another, and how much the others
// give is theirs.
func (r depositRoute) get(c echo.Context) error {
	lib, refused := r.signIn.library(c)
	if refused != nil {
		return r.refuse(c, refused)
	}
	query, err := checkQuery(c.Request().URL.RawQuery, paramDetail)
	if err != nil {
		return r.fail(c, lib, err)
	}
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil || id < 1 {
		return r.fail(c, lib, cards.Errorf(cards.NotFound, "Aucun dépôt ne porte ce numéro."))
	}
	ctx := c.Request().Context()
	d, err := r.deposits.Deposit(ctx, id)
	if cards.CodeOf(err) == cards.NotFound || (err == nil && d.LibraryID != lib.ID) {
		err = cards.Errorf(cards.NotFound, "Votre bibliothèque n’a pas de dépôt n° %d.", id)
	}
	if err != nil {
		return r.fail(c, lib, err)
	}
	return r.report(c, http.StatusOK, lib, func(w io.Writer) error {
		return r.inbox.WriteReport(ctx, d, query.Has(paramDetail), w)
	})
}
