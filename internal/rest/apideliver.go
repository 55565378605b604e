package rest

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
)

// Deliverer hands a library everything again.
type Deliverer interface {
	Library(ctx context.Context, code string) (*cards.Library, error)
	DeliverAgain(ctx context.Context, libraryID int64, by string) (int, error)
}

// Deliveries makes the subject of handing a library all cards once more, as after it restored an old backup.
func Deliveries(store Deliverer) Subject { return deliveries{store: store} }

type deliveries struct {
	store Deliverer
}

func (s deliveries) register(d desk) {
	on(d, post(cards.RoleOperator, "deliver-again", "/libraries/{code}/deliver", "Redonner toutes les cartes à une bibliothèque"), s.deliver)
}

type deliveryDocument struct {
	Body struct {
		Cards int `json:"cards" doc:"Cartes qui lui seront redonnées"`
	}
}

// deliver may break off with its caller: what was asked for stands, and the hub goes on with it.
func (s deliveries) deliver(ctx context.Context, in *LibraryCode) (*deliveryDocument, error) {
	l, err := s.store.Library(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	out := &deliveryDocument{}
	out.Body.Cards, err = s.store.DeliverAgain(ctx, l.ID, accountOf(ctx).Name)
	return out, err
}
