package web

import (
	"context"
	"net/http"

	"github.com/carte-reseau/hub/internal/cards"
)

// Erasures are the cards erased on their readers' request, which libraries have to erase too.
type Erasures interface {
	// UnconfirmedErasures are those a library has not confirmed, newest first.
	UnconfirmedErasures(ctx context.Context, before int64, limit int) ([]cards.Erasure, error)
	ConfirmErasure(ctx context.Context, erasure int64, library, by string) error
}

type erasurePages struct{ decidePages }

func (p erasurePages) register(d desk) {
	d.personal(cards.RoleReader, "list-erasures", pathErasures, p.following(pathErasures, p.list))
	d.actTelling(cards.RoleOperator, "confirm-erasure", "/effacements/:id/confirmer", confirming, p.confirm)
}

// confirming tells the record which library has erased the card.
func confirming(v *visit) (subject, detail string) {
	if code := v.FormValue("bibliotheque"); cards.ValidCode(code) {
		detail = cards.SubjectLibrary(code)
	}
	return v.subject("effacement"), detail
}

func (p erasurePages) list(v *visit) error {
	view, err := decideList(v, p.decidePages, pathErasures, p.store.UnconfirmedErasures, func(e cards.Erasure) int64 { return e.ID })
	if err != nil {
		return err
	}
	if err := v.shows(); err != nil { // the cards are gone
		return err
	}
	return v.render(http.StatusOK, "erasures", view)
}

func (p erasurePages) confirm(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	code := v.FormValue("bibliotheque")
	if !cards.ValidCode(code) {
		return v.refuse(cards.Invalid, "erreur.formulaire")
	}
	if err := p.store.ConfirmErasure(v.Request().Context(), id, code, v.user().Name); err != nil {
		return overtaken(v.listed(pathErasures), err)
	}
	return v.after(v.listed(pathErasures), "confirme")
}
