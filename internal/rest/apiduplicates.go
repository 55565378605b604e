package rest

import (
	"context"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// Likenesses are the pairs of cards that seem to belong to one person.
type Likenesses interface {
	Likenesses(ctx context.Context, q cards.LikenessQuery) ([]cards.Likeness, error)
	// SamePerson and TwoPersons answer with cards.Conflict where the pair is not, or no longer, one to decide on.
	SamePerson(ctx context.Context, goesOn, other, by string) error
	TwoPersons(ctx context.Context, number, other, by string) error
}

// Duplicates makes the subject of likely duplicates.
func Duplicates(store Likenesses) Subject { return duplicates{store: store} }

type duplicates struct {
	store Likenesses
}

func (s duplicates) register(d desk) {
	on(d, get(cards.RoleReader, "list-duplicates", "/duplicates", "Les doublons probables, du plus récent au plus ancien"), s.list)
	on(d, post(cards.RoleOperator, "same-person", "/duplicates/same", "C’est une seule personne : une carte reprend l’autre"), s.same)
	on(d, post(cards.RoleOperator, "two-persons", "/duplicates/different", "Ce sont deux personnes : ne plus le demander"), s.different)
}

type apiDuplicate struct {
	ID      int64         `json:"id"`
	FoundAt time.Time     `json:"found_at"`
	Cards   []apiLikeCard `json:"cards" minItems:"2" maxItems:"2" doc:"La plus ancienne d’abord"`
}

type apiLikeCard struct {
	Number     string    `json:"number"`
	OAIID      string    `json:"oai_id" doc:"Fin de son identifiant OAI"`
	LastName   string    `json:"last_name"`
	BirthName  string    `json:"birth_name,omitempty"`
	FirstName  string    `json:"first_name"`
	BirthDate  string    `json:"birth_date"`
	Town       string    `json:"town,omitempty"`
	EnrolledAt string    `json:"enrolled_at" doc:"Établissement d’inscription"`
	FirstOn    string    `json:"first_on" doc:"Première inscription"`
	RenewedOn  string    `json:"renewed_on,omitempty" doc:"Dernière réinscription"`
	EndsOn     string    `json:"ends_on" doc:"Fin de l’inscription"`
	CreatedAt  time.Time `json:"created_at" doc:"Arrivée dans le réseau"`
	ChangedAt  time.Time `json:"changed_at" doc:"Dernière modification dans le réseau"`
	Libraries  []string  `json:"libraries" doc:"Bibliothèques qui l’ont envoyée"`
}

// DuplicateDocument is the document of one pair, for the command line.
func DuplicateDocument(l cards.Likeness) any { return toDuplicate(l) }

func toDuplicate(l cards.Likeness) apiDuplicate {
	return apiDuplicate{ID: l.ID, FoundAt: l.Found.UTC(), Cards: each(l.Cards[:], toLikeCard)}
}

func toLikeCard(l cards.LikeCard) apiLikeCard {
	c := l.Card
	return apiLikeCard{
		Number: c.Number, OAIID: l.OAIID, LastName: c.LastName, BirthName: c.BirthName, FirstName: c.FirstName, BirthDate: c.BirthDate,
		Town: c.Address.Town, EnrolledAt: c.EnrolledAt, FirstOn: c.Enrolment.First, RenewedOn: c.Enrolment.Renewed, EndsOn: c.Enrolment.End,
		CreatedAt: l.Created.UTC(), ChangedAt: l.Changed.UTC(), Libraries: append([]string{}, l.Senders...),
	}
}

type duplicateList struct {
	Body struct {
		Duplicates []apiDuplicate `json:"duplicates"`
		NextBefore *int64         `json:"next_before" doc:"À redonner dans before pour la suite ; null à la fin"`
	}
}

func (l *duplicateList) shown() []string {
	var ids []string
	for _, pair := range l.Body.Duplicates {
		ids = append(ids, each(pair.Cards, func(c apiLikeCard) string { return c.OAIID })...)
	}
	return ids
}

func (s duplicates) list(ctx context.Context, in *struct {
	Before int64 `query:"before" minimum:"1" doc:"Ne rend que les doublons plus anciens : next_before de la page précédente"`
	Limit  int   `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Nombre de lignes"`
}) (*duplicateList, error) {
	rows, err := s.store.Likenesses(ctx, cards.LikenessQuery{Before: in.Before, Limit: in.Limit + 1})
	if err != nil {
		return nil, err
	}
	out := &duplicateList{}
	rows, out.Body.NextBefore = cut(rows, in.Limit, func(l cards.Likeness) int64 { return l.ID })
	out.Body.Duplicates = each(rows, toDuplicate)
	return out, nil
}

type samePair struct {
	Body struct {
		GoesOn string `json:"goes_on" pattern:"^[0-9A-Za-z._-]{1,32}$" doc:"Numéro de la carte qui continue"`
		Other  string `json:"other" pattern:"^[0-9A-Za-z._-]{1,32}$" doc:"Numéro de celle qu’elle reprend"`
	}
}

func (p *samePair) numbers() []string { return []string{p.Body.GoesOn, p.Body.Other} }

func (s duplicates) same(ctx context.Context, in *samePair) (*struct{}, error) {
	return nil, s.store.SamePerson(ctx, in.Body.GoesOn, in.Body.Other, accountOf(ctx).Name)
}

type differentPair struct {
	Body struct {
		Number string `json:"number" pattern:"^[0-9A-Za-z._-]{1,32}$" doc:"Numéro de l’une"`
		Other  string `json:"other" pattern:"^[0-9A-Za-z._-]{1,32}$" doc:"Numéro de l’autre"`
	}
}

func (p *differentPair) numbers() []string { return []string{p.Body.Number, p.Body.Other} }

func (s duplicates) different(ctx context.Context, in *differentPair) (*struct{}, error) {
	return nil, s.store.TwoPersons(ctx, in.Body.Number, in.Body.Other, accountOf(ctx).Name)
}
