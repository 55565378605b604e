package rest

import (
	"context"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// CardSearch is where staff find a card.
type CardSearch interface {
	// SearchCards answers with cards.Invalid where the query says too little.
	SearchCards(ctx context.Context, q cards.CardQuery) (cards.CardPage, error)
	CardFileByID(ctx context.Context, oaiID string) (*cards.CardFile, error)
}

// Search makes the subject of finding cards. hub is the hub's own code.
func Search(store CardSearch, hub string) Subject { return cardSearch{store: store, hub: hub} }

type cardSearch struct {
	store CardSearch
	hub   string
}

func (s cardSearch) register(d desk) {
	on(d, post(cards.RoleReader, "search-cards", "/cards/search", "Chercher des cartes par numéro, nom, date de naissance").asking(), s.search)
	on(d, get(cards.RoleReader, "get-card", "/cards/{id}", "Une carte, par son identifiant opaque"), s.one)
}

type apiFoundCard struct {
	ID         string    `json:"id" doc:"Identifiant opaque : l’adresse de la carte est /cards/{id}"`
	Number     string    `json:"number"`
	Former     string    `json:"former,omitempty" doc:"L’ancien numéro que vous avez cherché"`
	LastName   string    `json:"last_name"`
	BirthName  string    `json:"birth_name,omitempty"`
	FirstName  string    `json:"first_name,omitempty"`
	BirthDate  string    `json:"birth_date,omitempty" doc:"AAAA-MM-JJ, AAAA-MM ou AAAA"`
	Town       string    `json:"town,omitempty"`
	EnrolledAt string    `json:"enrolled_at,omitempty" doc:"Établissement d’inscription"`
	End        string    `json:"end" doc:"Fin de l’inscription"`
	UpdatedAt  time.Time `json:"updated_at"`
}

type foundCards struct {
	Body struct {
		Cards   []apiFoundCard `json:"cards"`
		Next    string         `json:"next,omitempty" doc:"À redonner dans cursor, avec la même recherche, pour la suite ; absent à la fin"`
		Filling bool           `json:"filling,omitempty" doc:"L’index des noms est encore en construction : des cartes manquent peut-être"`
	}
}

func (f *foundCards) shown() []string {
	return each(f.Body.Cards, func(c apiFoundCard) string { return c.ID })
}

func (s cardSearch) search(ctx context.Context, in *struct {
	Body struct {
		Number    string `json:"number,omitempty" maxLength:"100" doc:"Numéro actuel ou ancien ; à partir de 4 caractères, aussi un début"`
		Name      string `json:"name,omitempty" maxLength:"200" doc:"Début du nom d’usage ou de naissance, avec ou sans prénom, dans les deux ordres ; accents, casse et ponctuation indifférents"`
		FirstName string `json:"first_name,omitempty" maxLength:"200" doc:"Début du prénom, si name ne le contient pas"`
		BirthDate string `json:"birth_date,omitempty" maxLength:"20" doc:"Jour, mois ou année" example:"1980-02"`
		Cursor    string `json:"cursor,omitempty" maxLength:"4000" doc:"next de la page précédente"`
		Limit     int    `json:"limit,omitempty" minimum:"1" maximum:"50" default:"50" doc:"Nombre de cartes"`
	}
}) (*foundCards, error) {
	q := in.Body
	page, err := s.store.SearchCards(ctx, cards.CardQuery{
		Number: q.Number, Name: q.Name, FirstName: q.FirstName, BirthDate: q.BirthDate, Cursor: q.Cursor, Limit: q.Limit,
	})
	if err != nil {
		return nil, err
	}
	out := &foundCards{}
	out.Body.Next, out.Body.Filling = page.Next, page.Filling
	out.Body.Cards = each(page.Cards, toFoundCard)
	return out, nil
}

// FoundCardDocument is the document of one found card, for the command line.
func FoundCardDocument(c cards.FoundCard) any { return toFoundCard(c) }

func toFoundCard(c cards.FoundCard) apiFoundCard {
	return apiFoundCard{
		ID: c.OAIID, Number: c.Number, Former: c.Former, LastName: c.LastName, BirthName: c.BirthName, FirstName: c.FirstName,
		BirthDate: c.BirthDate, Town: c.Town, EnrolledAt: c.EnrolledAt, End: c.End, UpdatedAt: c.Updated.UTC(),
	}
}

func (s cardSearch) one(ctx context.Context, in *struct {
	ID string `path:"id" pattern:"^[a-z2-7]{24}$" doc:"Identifiant opaque, fin de l’identifiant OAI"`
}) (*cardDocument, error) {
	file, err := s.store.CardFileByID(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &cardDocument{Body: toCard(file, s.hub)}, nil
}
