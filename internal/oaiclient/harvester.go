package oaiclient

import (
	"context"
	"io"
	"iter"
	"log/slog"
	"net/url"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// Store is what a harvest needs of the hub's memory.
type Store interface {
	Harvest(ctx context.Context, libraryID int64) (cards.Harvest, error)
	SaveHarvest(ctx context.Context, h cards.Harvest) error

	CreateDeposit(ctx context.Context, d cards.Deposit) (int64, error)
	AppendPiece(ctx context.Context, deposit int64, n int, data []byte) error
	PieceCount(ctx context.Context, deposit int64) (int, error)
	SealDeposit(ctx context.Context, deposit, size int64) error
	Deposit(ctx context.Context, id int64) (*cards.Deposit, error)
	FinishDeposit(ctx context.Context, deposit int64, status cards.DepositStatus, fault *cards.Fault) error
	DiscardDeposit(ctx context.Context, deposit int64) error
	Apply(ctx context.Context, b cards.Batch) ([]cards.Outcome, error)
	RecordDeleted(ctx context.Context, libraryID int64, identifier, datestamp string, run int64) error

	// EverSent counts the cards a library ever sent, and, up to a bound, those of the network.
	EverSent(ctx context.Context, libraryID int64, atMost int) (sent, known int, err error)
	// HoldPage declares that a page is safe in a deposit that will wait for a decision; the cursor moves with it.
	HoldPage(ctx context.Context, deposit int64, p cards.HeldPage, h cards.Harvest) error
	// NextHeldPage is the first page from a piece on; nil behind the last.
	NextHeldPage(ctx context.Context, deposit int64, from int) (*cards.HeldPage, error)
	OpenPage(ctx context.Context, deposit int64, p cards.HeldPage) (io.ReadCloser, error)
	HoldsRecords(ctx context.Context, libraryID int64) (bool, error)
	HeldRecords(ctx context.Context, libraryID int64, records [][16]byte) (map[[16]byte]cards.HeldRecord, error)
	HoldRecords(ctx context.Context, libraryID int64, records []cards.HeldRecord) error
	ReleaseRecords(ctx context.Context, libraryID int64, records [][16]byte) error
	SuspendDeposit(ctx context.Context, deposit int64, letters ...cards.Message) error
	// JudgedHarvests lists the held deposits that a person decided on and that are not finished.
	JudgedHarvests(ctx context.Context) ([]int64, error)
	LibraryByID(ctx context.Context, id int64) (*cards.Library, error)

	Results(ctx context.Context, deposit int64, rejectedOnly bool) iter.Seq2[[]byte, error]
	RejectedSources(ctx context.Context, deposit int64) iter.Seq2[[]byte, error]
	ToldFault(ctx context.Context, libraryID int64, hash [16]byte) (bool, error)
	// TellFaults queues the mail by which a library is told of faults, and marks them told: both or neither.
	TellFaults(ctx context.Context, libraryID int64, m cards.Message, hashes [][16]byte) error
	QueueMail(ctx context.Context, m cards.Message) error

	BeginRun(ctx context.Context, r cards.Run) (int64, error)
	FinishRun(ctx context.Context, r cards.Run) error
}

// Harvester fetches the cards of libraries. It may harvest several at once; that no library is harvested twice at the same
// time is for the caller's lease to see to.
type Harvester struct {
	store   Store
	opts    Options
	fetcher *fetcher
	metrics *metrics
}

// New makes a harvester.
func New(store Store, opts Options) *Harvester {
	opts = opts.orDefaults()
	return &Harvester{store: store, opts: opts, fetcher: newFetcher(opts), metrics: newMetrics(opts.Registerer)}
}

// Close gives idle connections back.
func (h *Harvester) Close() { h.fetcher.client.CloseIdleConnections() }

// Fetch brings all that a library's server has as the call begins. A harvest that was broken off keeps to the window it began
// with: once that is complete, what changed since is fetched too, because a push may be waiting for it. Of every run each is
// told, where it is not nil. The error is that of [Harvester.Harvest].
func (h *Harvester) Fetch(ctx context.Context, lib *cards.Library, each func(cards.Run)) error {
	under, err := h.store.Harvest(ctx, lib.ID)
	if err != nil {
		return err
	}
	for again := !under.Started.IsZero(); ; again = false {
		run, err := h.Harvest(ctx, lib)
		if each != nil {
			each(run)
		}
		if err != nil || !again {
			return err
		}
	}
}

// Harvest is one run for one library: it takes up the harvest that is under way, or begins one, and goes on until it is
// complete or cannot go on. The run is recorded either way. The error is what ended it early: a [*NotBefore] where the
// server sent us away until a certain time, else one whose [cards.MessageOf] is for staff.
func (h *Harvester) Harvest(ctx context.Context, lib *cards.Library) (cards.Run, error) {
	record := cards.Run{LibraryID: lib.ID, Library: lib.Code, Job: cards.JobHarvest, Started: h.opts.Now()}
	id, err := h.store.BeginRun(ctx, record)
	if err != nil {
		return record, err
	}
	record.ID = id
	r := h.run(lib)
	r.record, r.log = record, r.log.With(slog.Int64("run", id))
	err = r.harvest(ctx)
	return r.close(ctx, err)
}

func (h *Harvester) run(lib *cards.Library) *run {
	r := &run{h: h, lib: lib, host: hostOf(lib.OAIURL), seen: map[[16]byte]bool{}}
	r.log = h.opts.Logger.With(slog.String("library", lib.Code), slog.String("host", r.host))
	return r
}

// hostOf is what of an address may be shown.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "inconnu"
	}
	return u.Host
}

// close records how the run ended, also when it was stopped.
func (r *run) close(ctx context.Context, err error) (cards.Run, error) {
	const grace = 10 * time.Second
	r.record.Finished = r.h.opts.Now()
	r.record.OK = err == nil
	if err != nil {
		r.record.Error = r.story(ctx, err)
		r.log.WarnContext(ctx, "harvest not complete", "error", err, "pages", r.state.Pages)
	}
	finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if failed := r.h.store.FinishRun(finish, r.record); failed != nil && err == nil {
		err = failed
	}
	return r.record, err
}

// story is the error as staff read it.
func (r *run) story(ctx context.Context, err error) cards.Sentence {
	if ctx.Err() != nil {
		return cards.OneAfterAnother(cards.Say("La moisson a été interrompue par l’arrêt du concentrateur."), goesOn)
	}
	return cards.SentenceOf(err)
}
