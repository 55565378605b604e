package web

import (
	"context"
	"net/http"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
)

// CardFiles is where cards are found and looked at.
type CardFiles interface {
	// SearchCards answers with cards.Invalid where too little, or nonsense, is asked.
	SearchCards(ctx context.Context, q cards.CardQuery) (cards.CardPage, error)
	// CardFileByID answers with cards.NotFound where no card has the opaque identifier.
	CardFileByID(ctx context.Context, oaiID string) (*cards.CardFile, error)
	CardNumber(ctx context.Context, oaiID string) (string, error)
	Disputes(ctx context.Context, q cards.DisputeQuery) ([]cards.Dispute, error)
	// Erase takes a card out of the network; what is left of it elsewhere follows.
	Erase(ctx context.Context, number, by string) (*cards.Erasure, error)
}

// CardsPage makes the search for cards and the page of one card.
func CardsPage(store CardFiles) Page { return cardsPage{store: store} }

type cardsPage struct{ store CardFiles }

func (p cardsPage) register(d desk) {
	d.view(cards.RoleReader, pathCards, p.form)
	d.search(cards.RoleReader, "search-cards", pathCards, p.find)
	d.personal(cards.RoleReader, "view-card", pathCards+"/:id", p.card)
	d.personal(cards.RoleAdministrator, "view-card", pathCards+"/:id/effacer", p.confirm)
	d.act(cards.RoleAdministrator, "erase-card", "carte", pathCards+"/:id/effacer", p.erase)
}

// pathCards is not /cartes: that is where libraries send their cards.
const pathCards = "/fiches"

type searchView struct {
	Query cards.CardQuery
	Page  cards.CardPage
	Asked bool
	Fault words
}

func (p cardsPage) form(v *visit) error { return v.render(http.StatusOK, "cards", searchView{}) }

func (p cardsPage) find(v *visit) error {
	view := searchView{Asked: true, Query: cards.CardQuery{
		Number: strings.TrimSpace(v.FormValue("numero")), Name: strings.TrimSpace(v.FormValue("nom")),
		BirthDate: strings.TrimSpace(v.FormValue("naissance")), Cursor: v.FormValue("suite"),
	}}
	var err error
	view.Page, err = p.store.SearchCards(v.Request().Context(), view.Query)
	if err != nil {
		return p.again(v, view, err)
	}
	ids := make([]string, len(view.Page.Cards))
	for i, found := range view.Page.Cards {
		ids[i] = found.OAIID
	}
	if err := v.shows(ids...); err != nil {
		return err
	}
	return v.render(http.StatusOK, "cards", view)
}

// again shows what was typed with what is wrong with it.
func (p cardsPage) again(v *visit, view searchView, err error) error {
	if cards.CodeOf(err) != cards.Invalid {
		return err
	}
	view.Asked, view.Fault = false, v.wordsOf(err)
	if view.Query.Number == "" && view.Query.Name == "" && view.Query.BirthDate == "" {
		view.Fault = v.words("cartes.trop-peu")
	}
	if err := v.shows(); err != nil {
		return err
	}
	return v.render(http.StatusUnprocessableEntity, "cards", view)
}

func (p cardsPage) card(v *visit) error {
	ctx := v.Request().Context()
	file, err := p.store.CardFileByID(ctx, v.Param("id"))
	if err != nil {
		return err
	}
	disputes, err := p.store.Disputes(ctx, cards.DisputeQuery{Number: file.Card.Number, Limit: pageRows})
	if err != nil {
		return err
	}
	if err := v.shows(file.OAIID); err != nil {
		return err
	}
	return v.render(http.StatusOK, "card", cardView{visit: v, File: file, Disputes: disputes})
}

type erasePage struct{ OAIID, Number string }

func (p cardsPage) confirm(v *visit) error {
	number, err := p.store.CardNumber(v.Request().Context(), v.Param("id"))
	if err != nil {
		return err
	}
	if err := v.shows(v.Param("id")); err != nil {
		return err
	}
	return v.render(http.StatusOK, "erase", erasePage{OAIID: v.Param("id"), Number: number})
}

// erase asks for the number to be typed: no reader is erased by a slip.
func (p cardsPage) erase(v *visit) error {
	ctx := v.Request().Context()
	number, err := p.store.CardNumber(ctx, v.Param("id"))
	if err != nil {
		return err
	}
	if cards.NumberKey(strings.TrimSpace(v.FormValue("confirmation"))) != cards.NumberKey(number) {
		return v.refuse(cards.Invalid, "effacer.confirmation-fausse")
	}
	if _, err := p.store.Erase(ctx, number, v.user().Name); err != nil {
		return err
	}
	return v.after(pathErasures, "effacee")
}
