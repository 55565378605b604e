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
	// SealSearch makes a search fit to stand in an address: only this hub reads it, for this session only.
	SealSearch(q cards.CardQuery, session string) string
	// OpenSearch knows nothing of one that was not sealed for this session.
	OpenSearch(sealed, session string) (q cards.CardQuery, known bool)
	// CardFileByID answers with cards.NotFound where no card has the opaque identifier.
	CardFileByID(ctx context.Context, oaiID string) (*cards.CardFile, error)
	CardNumber(ctx context.Context, oaiID string) (string, error)
	// Erase takes a card out of the network; what is left of it elsewhere follows.
	Erase(ctx context.Context, number, by string) (*cards.Erasure, error)
}

// CardsPage makes the search for cards and the page of one card.
func CardsPage(store CardFiles) Page { return cardsPage{store: store} }

type cardsPage struct{ store CardFiles }

func (p cardsPage) register(d desk) {
	d.view(cards.RoleReader, pathCards, p.form)
	d.ask(cards.RoleReader, pathCards, p.ask)
	d.personal(cards.RoleReader, "search-cards", pathSearch+"/:recherche", p.find)
	d.personal(cards.RoleReader, viewCard, pathCards+"/:id", p.card)
	d.personal(cards.RoleAdministrator, viewCard, pathCards+"/:id/effacer", p.confirm)
	d.act(cards.RoleAdministrator, "erase-card", "carte", pathCards+"/:id/effacer", p.erase)
}

// viewCard is recorded wherever a card is shown by itself.
const viewCard = "view-card"

// pathCards is not /cartes: that is where libraries send their cards.
const pathCards = "/fiches"

// pathSearch is where a search is answered. It is asked for by POST, as nobody's name stands in an address, and leads to an
// address that holds it sealed: whoever goes back from a card to it is not asked to send a form again.
const pathSearch = pathCards + "/recherche"

type searchView struct {
	Query cards.CardQuery
	Page  cards.CardPage
	Asked bool
	// Next is the address of what else was found, where there is more.
	Next  string
	Fault words
}

func (p cardsPage) form(v *visit) error { return v.render(http.StatusOK, "cards", searchView{}) }

func (p cardsPage) ask(v *visit) error {
	q := cards.CardQuery{
		Number: strings.TrimSpace(v.FormValue("numero")), Name: strings.TrimSpace(v.FormValue("nom")),
		BirthDate: strings.TrimSpace(v.FormValue("naissance")),
	}
	if _, err := q.Prepare(); err != nil {
		return v.render(http.StatusUnprocessableEntity, "cards", searchView{Query: q, Fault: v.searchFault(q, err)})
	}
	return v.Redirect(http.StatusSeeOther, p.address(v, q))
}

// address is where a search is answered.
func (p cardsPage) address(v *visit, q cards.CardQuery) string {
	return pathSearch + "/" + p.store.SealSearch(q, v.session.CSRF)
}

// searchFault says what is wrong with what was typed.
func (v *visit) searchFault(q cards.CardQuery, err error) words {
	if q.Number == "" && q.Name == "" && q.BirthDate == "" {
		return v.words("cartes.trop-peu")
	}
	return v.wordsOf(err)
}

func (p cardsPage) find(v *visit) error {
	q, known := p.store.OpenSearch(v.Param("recherche"), v.session.CSRF)
	if !known { // of a session that has ended
		return v.Redirect(http.StatusSeeOther, pathCards)
	}
	page, err := p.store.SearchCards(v.Request().Context(), q)
	if err != nil {
		return err
	}
	view := searchView{Asked: true, Query: q, Page: page}
	if page.Next != "" {
		q.Cursor = page.Next
		view.Next = p.address(v, q)
	}
	ids := make([]string, len(page.Cards))
	for i, found := range page.Cards {
		ids[i] = found.OAIID
	}
	if err := v.shows(ids...); err != nil {
		return err
	}
	return v.render(http.StatusOK, "cards", view)
}

func (p cardsPage) card(v *visit) error {
	ctx := v.Request().Context()
	file, err := p.store.CardFileByID(ctx, v.Param("id"))
	if err != nil {
		return err
	}
	if err := v.shows(file.OAIID); err != nil {
		return err
	}
	return v.render(http.StatusOK, "card", cardView{visit: v, File: file})
}

type erasePage struct {
	OAIID, Number, Typed string
	Fault                words
}

func (p cardsPage) confirm(v *visit) error {
	number, err := p.store.CardNumber(v.Request().Context(), v.Param("id"))
	if err != nil {
		return err
	}
	return p.confirmation(v, http.StatusOK, erasePage{Number: number})
}

// confirmation shows the form that asks whether the card is meant.
func (p cardsPage) confirmation(v *visit, status int, page erasePage) error {
	page.OAIID = v.Param("id")
	if err := v.shows(page.OAIID); err != nil {
		return err
	}
	return v.render(status, "erase", page)
}

// erase asks for the number to be typed: no reader is erased by a slip.
func (p cardsPage) erase(v *visit) error {
	ctx := v.Request().Context()
	number, err := p.store.CardNumber(ctx, v.Param("id"))
	if err != nil {
		return err
	}
	typed := v.FormValue("confirmation")
	if cards.NumberKey(strings.TrimSpace(typed)) != cards.NumberKey(number) {
		v.watch = viewCard
		return p.confirmation(v, http.StatusUnprocessableEntity, erasePage{Number: number, Typed: typed, Fault: v.again(v.refuse(cards.Invalid, "effacer.confirmation-fausse"))})
	}
	if _, err := p.store.Erase(ctx, number, v.user().Name); err != nil {
		return err
	}
	return v.after(pathErasures, "effacee")
}
