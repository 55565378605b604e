package rest

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
)

// ownPassword changes the password of who asks, if they know the old one. Whoever has somebody's key may try to guess that: they
// are slowed down as at the sign-in to the pages, in one count with it. All else the key opens stays open.
type ownPassword struct {
	store     Accounts
	passwords *cards.PasswordLine
}

func (p ownPassword) change(ctx context.Context, in *struct {
	Body struct {
		Old      string `json:"old,omitempty" maxLength:"1024" doc:"L’ancien ; absent si le compte n’en a pas encore"`
		Password string `json:"password" maxLength:"1024" doc:"Le nouveau : 12 caractères ou plus ; les sessions du compte se terminent"`
	}
}) (*struct{}, error) {
	user := accountOf(ctx)
	wait, blocked, err := p.passwords.Try(ctx, user.Name, callerOf(ctx), cards.Forbidden, func() error {
		return p.store.ChangePassword(ctx, user.ID, in.Body.Old, in.Body.Password)
	})
	if blocked {
		return nil, tooManyTries(wait, tooManyPasswords)
	}
	return nil, err
}

func tooManyPasswords(seconds int64) error {
	return cards.Errorf(cards.Unauthorized, "Trop d’anciens mots de passe refusés ; réessayez dans %d secondes.", seconds)
}
