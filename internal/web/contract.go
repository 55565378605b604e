package web

import (
	"context"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// Accounts are the members of staff and their sessions.
type Accounts interface {
	// HasAccounts reports whether anybody can sign in; where nobody can, the first account is made here.
	HasAccounts(ctx context.Context) (bool, error)
	// SignIn checks a password; cards.Unauthorized where it, or the name, is wrong.
	SignIn(ctx context.Context, name, password string) (*cards.User, error)
	OpenSession(ctx context.Context, u *cards.User) (token string, err error)
	// Session finds the session of a token; cards.Unauthorized where it has ended.
	Session(ctx context.Context, token string) (*cards.Session, error)
	CloseSession(ctx context.Context, token string) error
	ChangeUser(ctx context.Context, id int64, change func(*cards.User) error) (*cards.User, error)
}

// Audit keeps who saw and did what.
type Audit interface {
	Record(ctx context.Context, e cards.AuditEntry) error
}

// Limiter slows down those who try what is secret. The key it counts by names who tries.
type Limiter interface {
	Blocked(key string) (time.Duration, bool)
	Failed(key string)
	Succeeded(key string)
}

// Agenda counts what waits for a decision.
type Agenda interface {
	Waiting(ctx context.Context) (cards.Waiting, error)
}
