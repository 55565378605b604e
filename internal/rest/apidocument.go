package rest

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"

	"github.com/carte-reseau/hub/internal/cards"
)

// originalType says nothing of the encoding: the document does so itself.
const originalType = "application/xml"

// document streams the bytes of a deposit as they came in.
func (s documents) document(d desk) func(context.Context, *DepositID) (*huma.StreamResponse, error) {
	return func(ctx context.Context, in *DepositID) (*huma.StreamResponse, error) {
		stored, err := s.store.DocumentOf(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: func(h huma.Context) {
			asAttachment(h, fmt.Sprintf("depot-%d.xml", in.ID))
			d.stream(humaecho.Unwrap(h), originalType, func(w io.Writer) error {
				_, err := io.Copy(w, stored)
				return errors.Join(err, stored.Close())
			})
		}}, nil
	}
}

func (s documents) retry(ctx context.Context, in *DepositID) (*oneDeposit, error) {
	d, err := s.store.RetryDeposit(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &oneDeposit{Body: toDeposit(*d)}, nil
}

type apiRefusedCard struct {
	Number  string        `json:"number" doc:"Tel qu’il a été envoyé ; vide si la carte n’en a pas de lisible"`
	Line    int           `json:"line,omitempty" doc:"Ligne du document"`
	Reasons []cards.Fault `json:"reasons"`
}

type refusedList struct {
	Body struct {
		Cards []apiRefusedCard `json:"cards"`
		Next  string           `json:"next,omitempty" doc:"À redonner dans after pour la suite ; absent à la fin"`
	}
}

func (s documents) refusedCards(ctx context.Context, in *struct {
	DepositID
	After string `query:"after" maxLength:"40" doc:"next de la page précédente"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Nombre de cartes"`
}) (*refusedList, error) {
	if _, err := s.store.Deposit(ctx, in.ID); err != nil {
		return nil, err
	}
	refused, next, err := s.store.RefusedCards(ctx, in.ID, in.After, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &refusedList{}
	out.Body.Next = next
	out.Body.Cards = each(refused, toRefusedCard)
	return out, nil
}

// RefusedCardDocument is the document of one refused card, for the command line.
func RefusedCardDocument(o cards.Outcome) any { return toRefusedCard(o) }

func toRefusedCard(o cards.Outcome) apiRefusedCard {
	return apiRefusedCard{Number: o.Number, Line: o.Line, Reasons: append([]cards.Fault{}, o.Faults...)}
}
