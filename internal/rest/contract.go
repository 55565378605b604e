package rest

import (
	"context"
	"io"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// Keys tells who is asking.
type Keys interface {
	// Authenticate finds the library a code and key belong to; cards.Unauthorized when there is none.
	Authenticate(ctx context.Context, code, key string) (*cards.Library, error)
	// AuthenticateUser finds the member of staff a bearer key belongs to; cards.Unauthorized when there is none.
	AuthenticateUser(ctx context.Context, key string) (*cards.User, error)
}

// Limiter slows down those who try keys. The key it counts by names who tries: a library code and an address.
type Limiter interface {
	// Blocked reports whether key must wait, and for how long.
	Blocked(key string) (time.Duration, bool)
	Failed(key string)
	Succeeded(key string)
}

// Inbox takes documents in and integrates them.
type Inbox interface {
	// Take stores the body and brings the deposit to its end. Its number is 0 where not every byte is safe: an error of
	// the body itself comes back wrapped, with the code it carries. Where the document as a whole is refused it returns
	// the deposit and an error: cards.Forbidden for an establishment that is not the library's, else cards.Invalid.
	Take(ctx context.Context, d cards.Deposit, body io.Reader, lib *cards.Library) (int64, *cards.Deposit, error)
	// WriteReport writes the report of a deposit that came to its end; cards.Unavailable while it is at work.
	WriteReport(ctx context.Context, d *cards.Deposit, rejectedOnly bool, w io.Writer) error
}

// Deposits finds a deposit.
type Deposits interface {
	Deposit(ctx context.Context, id int64) (*cards.Deposit, error)
}

// Confirmations records what a library says it integrated of what it fetched.
type Confirmations interface {
	ConfirmPull(ctx context.Context, libraryID int64, c cards.Confirmation) error
}

// Overview is what staff may read.
type Overview interface {
	Status(ctx context.Context) ([]cards.LibraryStatus, error)
	LibraryStatus(ctx context.Context, code string) (*cards.LibraryStatus, error)
	// HubJobs are those of no one library: the FTP drop, mail.
	HubJobs(ctx context.Context) ([]cards.Job, error)
	Runs(ctx context.Context, q cards.RunQuery) ([]cards.Run, error)
	Run(ctx context.Context, id int64) (*cards.Run, error)
}

// Readiness tells whether the hub can work: its database answers and its schema is current.
type Readiness interface {
	Ready(ctx context.Context) error
}
