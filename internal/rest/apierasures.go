package rest

import (
	"context"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// Erasing is the erasure of cards on their readers' request.
type Erasing interface {
	// Erase answers with cards.NotFound where no card has or had the number, cards.Conflict where it was erased before.
	Erase(ctx context.Context, number, by string) (*cards.Erasure, error)
	Erasures(ctx context.Context, before int64, limit int) ([]cards.Erasure, error)
	Erasure(ctx context.Context, id int64) (*cards.Erasure, error)
	ConfirmErasure(ctx context.Context, erasure int64, library, by string) error
}

// Erasures makes the subject of erasures.
func Erasures(store Erasing) Subject { return erasures{store: store} }

type erasures struct {
	store Erasing
}

func (s erasures) register(d desk) {
	on(d, post(cards.RoleAdministrator, "erase-card", "/erasures", "Effacer une carte à la demande de son titulaire"), s.erase)
	on(d, get(cards.RoleReader, "list-erasures", "/erasures", "Les effacements, du plus récent au plus ancien").personal(), s.list)
	on(d, get(cards.RoleReader, "get-erasure", "/erasures/{id}", "Un effacement : qui doit le confirmer, qui l’a fait").personal(), s.one)
	on(d, post(cards.RoleOperator, "confirm-erasure", "/erasures/{id}/libraries/{code}/confirm", "Noter qu’une bibliothèque a effacé la carte"), s.confirm)
}

type apiErasure struct {
	ID          int64              `json:"id"`
	Number      string             `json:"number" doc:"Numéro masqué : rien d’autre n’est conservé"`
	RequestedAt time.Time          `json:"requested_at"`
	By          string             `json:"by"`
	FinishedAt  *time.Time         `json:"finished_at" doc:"null tant que les documents conservés sont parcourus"`
	Libraries   []apiErasureLetter `json:"libraries" doc:"Bibliothèques à qui l’effacement a été demandé"`
}

type apiErasureLetter struct {
	Library     string     `json:"library"`
	Sent        bool       `json:"sent" doc:"Le courriel est parti"`
	Withdrawn   bool       `json:"withdrawn,omitempty" doc:"Elle avait confirmé avant que le courriel parte : il ne partira pas"`
	ConfirmedAt *time.Time `json:"confirmed_at" doc:"null tant qu’elle n’a pas confirmé"`
	ConfirmedBy string     `json:"confirmed_by,omitempty" doc:"Qui l’a noté"`
}

// ErasureDocument is the document of one erasure, for the command line.
func ErasureDocument(e cards.Erasure) any { return toErasure(e) }

func toErasure(e cards.Erasure) apiErasure {
	return apiErasure{
		ID: e.ID, Number: e.Masked, RequestedAt: e.Requested.UTC(), By: e.By, FinishedAt: moment(e.Finished),
		Libraries: each(e.Letters, func(l cards.ErasureLetter) apiErasureLetter {
			return apiErasureLetter{Library: l.Library, Sent: l.Sent, Withdrawn: l.Withdrawn, ConfirmedAt: moment(l.Confirmed), ConfirmedBy: l.ConfirmedBy}
		}),
	}
}

type erasureDocument struct {
	Body apiErasure
}

type cardToErase struct {
	Body CardNumber
}

func (c *cardToErase) numbers() []string { return []string{c.Body.Number} }

func (s erasures) erase(ctx context.Context, in *cardToErase) (*erasureDocument, error) {
	return oneErasure(s.store.Erase(ctx, in.Body.Number, accountOf(ctx).Name))
}

func oneErasure(e *cards.Erasure, err error) (*erasureDocument, error) {
	if err != nil {
		return nil, err
	}
	return &erasureDocument{Body: toErasure(*e)}, nil
}

type erasureList struct {
	Body struct {
		Erasures   []apiErasure `json:"erasures"`
		NextBefore *int64       `json:"next_before" doc:"À redonner dans before pour la suite ; null à la fin"`
	}
}

func (s erasures) list(ctx context.Context, in *struct {
	Before int64 `query:"before" minimum:"1" doc:"Ne rend que les numéros inférieurs : next_before de la page précédente"`
	Limit  int   `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Nombre de lignes"`
}) (*erasureList, error) {
	rows, err := s.store.Erasures(ctx, in.Before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &erasureList{}
	rows, out.Body.NextBefore = cut(rows, in.Limit, func(e cards.Erasure) int64 { return e.ID })
	out.Body.Erasures = each(rows, toErasure)
	return out, nil
}

func (s erasures) one(ctx context.Context, in *struct {
	ID int64 `path:"id" minimum:"1" doc:"Numéro de l’effacement"`
}) (*erasureDocument, error) {
	return oneErasure(s.store.Erasure(ctx, in.ID))
}

func (s erasures) confirm(ctx context.Context, in *struct {
	ID int64 `path:"id" minimum:"1" doc:"Numéro de l’effacement"`
	LibraryCode
}) (*erasureDocument, error) {
	if err := s.store.ConfirmErasure(ctx, in.ID, in.Code, accountOf(ctx).Name); err != nil {
		return nil, err
	}
	return oneErasure(s.store.Erasure(ctx, in.ID))
}
