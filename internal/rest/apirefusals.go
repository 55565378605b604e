package rest

import (
	"context"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// Refusals are the cards that libraries' own systems did not take.
type Refusals interface {
	Library(ctx context.Context, code string) (*cards.Library, error)
	// RefusedBy lists the newest card first, those with a lower CardID than before; 0: from the newest.
	RefusedBy(ctx context.Context, libraryID, before int64, limit int) ([]cards.HandAgain, error)
}

// Refused makes the subject of the cards that libraries' own systems did not take.
func Refused(store Refusals) Subject { return refusals{store: store} }

type refusals struct {
	store Refusals
}

func (s refusals) register(d desk) {
	on(d, get(cards.RoleReader, "list-refusals", "/libraries/{code}/refused",
		"Les cartes que le logiciel d’une bibliothèque n’a pas prises : elles lui sont proposées de nouveau"), s.list)
}

type apiRefusal struct {
	Card     string     `json:"card" doc:"Numéro actuel de la carte"`
	OAIID    string     `json:"oai_id" doc:"Fin de l’identifiant OAI de la carte"`
	Reason   string     `json:"reason" doc:"Ce qu’il a répondu"`
	Attempts int        `json:"attempts" doc:"Combien de fois il l’a refusée"`
	DueAt    *time.Time `json:"due_at" doc:"Prochain essai"`
}

// RefusalDocument is the document of one refused card, for the command line.
func RefusalDocument(r cards.HandAgain) any { return toRefusal(r) }

func toRefusal(r cards.HandAgain) apiRefusal {
	return apiRefusal{Card: r.Number, OAIID: r.OAIID, Reason: r.Reason.String(), Attempts: r.Attempts, DueAt: moment(r.DueAt)}
}

type refusalList struct {
	Body struct {
		Cards      []apiRefusal `json:"cards"`
		NextBefore *int64       `json:"next_before" doc:"À redonner dans before pour la suite ; null à la fin"`
	}
}

func (l *refusalList) shown() []string {
	return each(l.Body.Cards, func(r apiRefusal) string { return r.OAIID })
}

func (s refusals) list(ctx context.Context, in *struct {
	LibraryCode
	Before int64 `query:"before" minimum:"1" doc:"next_before de la page précédente"`
	Limit  int   `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Nombre de cartes"`
}) (*refusalList, error) {
	l, err := s.store.Library(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.RefusedBy(ctx, l.ID, in.Before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &refusalList{}
	rows, out.Body.NextBefore = cut(rows, in.Limit, func(r cards.HandAgain) int64 { return r.CardID })
	out.Body.Cards = each(rows, toRefusal)
	return out, nil
}
