package intake

import (
	"context"
	"io"
	"iter"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// Store is what the inbox needs of the database.
type Store interface {
	LibraryByID(ctx context.Context, id int64) (*cards.Library, error)

	// StoreDeposit stores a deposit whole: from here on it is never lost. Where an owner is named it has the right to work on it.
	StoreDeposit(ctx context.Context, d cards.Deposit, body []byte, owner string, lease time.Duration) (*cards.Deposit, error)
	// TakeDeposit stores a deposit whole, applies its only batch, and ends it: all or nothing. With cards.ErrUndone nothing has
	// changed; with any other error it is not known.
	TakeDeposit(ctx context.Context, d cards.Deposit, body []byte, b cards.Batch) (*cards.Deposit, error)
	// CreateDeposit opens one that comes in pieces.
	CreateDeposit(ctx context.Context, d cards.Deposit) (int64, error)
	AppendPiece(ctx context.Context, deposit int64, n int, data []byte) error
	// SealDeposit makes the deposit one that is never lost.
	SealDeposit(ctx context.Context, deposit, size int64) error
	DiscardDeposit(ctx context.Context, deposit int64) error

	Deposit(ctx context.Context, id int64) (*cards.Deposit, error)
	OpenDeposit(ctx context.Context, deposit int64) (io.ReadCloser, error)
	// ClaimDeposit takes or renews the right to work on a deposit; cards.Conflict while another owner holds it. One that
	// does not wait to be integrated is returned as it is, without a claim.
	ClaimDeposit(ctx context.Context, deposit int64, owner string, lease time.Duration) (*cards.Deposit, error)
	// UnfinishedLibraries lists the libraries that have unfinished deposits.
	UnfinishedLibraries(ctx context.Context) ([]int64, error)
	// UnfinishedDeposits lists a library's deposits behind the one given that are stored, not finished, and held by nobody;
	// those among them that a person judged and that are no longer "recu" are only to be told of.
	UnfinishedDeposits(ctx context.Context, library, after int64, limit int) ([]int64, error)

	// BeginDeposit keeps when the document was made, as the first batch does too.
	BeginDeposit(ctx context.Context, deposit int64, made time.Time) error
	Apply(ctx context.Context, b cards.Batch) ([]cards.Outcome, error)
	// EverSent counts the cards a library ever sent, and, up to a bound, those of the network.
	EverSent(ctx context.Context, libraryID int64, atMost int) (sent, known int, err error)
	// HoldDeposit keeps that the deposit is to be suspended, before its dry run begins.
	HoldDeposit(ctx context.Context, deposit int64) error
	// SuspendDeposit makes it wait for a person, behind its dry run, and queues the letters that say so.
	SuspendDeposit(ctx context.Context, deposit int64, letters ...cards.Message) error
	// HandMissing hands the library again what its complete document, all applied, shows it to lack.
	HandMissing(ctx context.Context, deposit int64) error
	// SettleDeposit keeps what became of one that a person let through, until its library is told and FinishDeposit ends it.
	SettleDeposit(ctx context.Context, deposit int64, status cards.DepositStatus, fault *cards.Fault) error
	// FinishDeposit ends the deposit. The bytes of a simulated one go with it.
	FinishDeposit(ctx context.Context, deposit int64, status cards.DepositStatus, fault *cards.Fault) error
	// Results are the rendered lines of the deposit's report, in document order.
	Results(ctx context.Context, deposit int64, rejectedOnly bool) iter.Seq2[[]byte, error]
}
