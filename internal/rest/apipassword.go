package rest

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
)

// ownPassword changes the password of who asks, if they know the old one. Whoever has somebody's key may try to guess that: they
// are slowed down as at the sign-in to the pages, in one count with it. All else the key opens stays open.
type ownPassword struct {
	store   Accounts
	limiter Limiter
	turn    chan struct{} // many tries at once would all be let in before the first is counted
}

func newOwnPassword(store Accounts, limiter Limiter) ownPassword {
	return ownPassword{store: store, limiter: limiter, turn: make(chan struct{}, 1)}
}

func (p ownPassword) change(ctx context.Context, in *struct {
	Body struct {
		Old      string `json:"old,omitempty" maxLength:"1024" doc:"L’ancien ; absent si le compte n’en a pas encore"`
		Password string `json:"password" maxLength:"1024" doc:"Le nouveau : 12 caractères ou plus ; les sessions du compte se terminent"`
	}
}) (*struct{}, error) {
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-p.turn }()
	user := accountOf(ctx)
	tries := cards.PasswordTries(user.Name, callerOf(ctx))
	if wait, blocked := p.limiter.Blocked(tries); blocked {
		return nil, tooManyTries(wait, tooManyPasswords)
	}
	err := p.store.ChangePassword(ctx, user.ID, in.Body.Old, in.Body.Password)
	switch {
	case err == nil:
		p.limiter.Succeeded(tries)
	case cards.CodeOf(err) == cards.Forbidden:
		p.limiter.Failed(tries)
	}
	return nil, err
}

func tooManyPasswords(seconds int64) error {
	return cards.Errorf(cards.Unauthorized, "Trop d’anciens mots de passe refusés ; réessayez dans %d secondes.", seconds)
}
