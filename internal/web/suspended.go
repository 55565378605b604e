package web

import (
	"context"
	"net/http"

	"github.com/carte-reseau/hub/internal/cards"
)

// Suspended are the deposits that would modify too many cards; what is decided of them is done on their own page's addresses.
type Suspended interface {
	Deposits(ctx context.Context, q cards.DepositQuery) ([]cards.Deposit, error)
}

type suspendedPages struct{ decidePages }

func (p suspendedPages) register(d desk) {
	d.view(cards.RoleReader, pathSuspended, p.following(pathSuspended, p.list))
}

func (p suspendedPages) list(v *visit) error {
	read := func(ctx context.Context, before int64, limit int) ([]cards.Deposit, error) {
		return p.store.Deposits(ctx, cards.DepositQuery{Status: cards.Suspended, Before: before, Limit: limit})
	}
	found, err := decideList(v, p.decidePages, pathSuspended, read, func(d cards.Deposit) int64 { return d.ID })
	if err != nil {
		return err
	}
	view := decideView[depositCard]{Tabs: found.Tabs, Path: found.Path, Before: found.Before, Next: found.Next, Seen: found.Seen}
	for i := range found.Rows {
		view.Rows = append(view.Rows, depositCard{&found.Rows[i]})
	}
	return v.render(http.StatusOK, "suspended", view)
}
