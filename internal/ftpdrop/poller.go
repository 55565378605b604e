package ftpdrop

import (
	"context"
	"errors"
	"io"
	"iter"
	"log/slog"
	"slices"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// Store is what the poller needs of the database.
type Store interface {
	Libraries(ctx context.Context) ([]cards.Library, error)
	// AwaitingFiles lists the libraries that PendingFiles lists any deposit of.
	AwaitingFiles(ctx context.Context) ([]int64, error)
	// PendingFiles lists the library's sealed deposits by FTP whose file has not
	// been reported gone, oldest first.
	PendingFiles(ctx context.Context, libraryID int64) ([]cards.Deposit, error)
	// FileGone notes that the deposit's file is no longer on the server.
	FileGone(ctx context.Context, deposit int64) error
	OpenDeposit(ctx context.Context, deposit int64) (io.ReadCloser, error)
	RejectedSources(ctx context.Context, deposit int64) iter.Seq2[[]byte, error]
	QueueMail(ctx context.Context, m cards.Message) error
	BeginRun(ctx context.Context, run cards.Run) (int64, error)
	FinishRun(ctx context.Context, run cards.Run) error
}

// Inbox takes documents in; it is intake.Inbox.
type Inbox interface {
	Receive(ctx context.Context, d cards.Deposit, body io.Reader) (int64, error)
	// Integrate returns the finished deposit, with an error as well where the
	// document as a whole was refused.
	Integrate(ctx context.Context, id int64, lib *cards.Library) (*cards.Deposit, error)
	WriteReport(ctx context.Context, d *cards.Deposit, rejectedOnly bool, w io.Writer) error
}

// Poller takes the files libraries dropped. Poll must not run twice at a time
// in one process, nor on one server from two: the job's lease sees to that.
type Poller struct {
	store Store
	inbox Inbox
	opt   Options
	log   *slog.Logger

	watch *watch
	stuck map[string]stuckFile // by path: files that cannot be dealt with now
	count int                  // rounds
	last  string               // the folder over which the last round ended early; the next one begins behind it
}

// New makes a poller. It does not connect.
func New(store Store, inbox Inbox, opt Options) *Poller {
	opt = opt.withDefaults()
	return &Poller{
		store: store, inbox: inbox, opt: opt, log: opt.Logger,
		watch: newWatch(), stuck: map[string]stuckFile{},
	}
}

// folder is one place to look for files; library is nil for the shared one.
type folder struct {
	path    string
	library *cards.Library
}

// Poll is one run of the job `ftp`: a round and, while large files are on their
// way beside it, further ones. Its error speaks of the server or the database;
// what is wrong with one file is told to its library and in the runs, and keeps
// no other file waiting.
func (p *Poller) Poll(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	large := newBeside(p)
	defer large.stop()
	defer cancel()
	session := p.newSession(ctx)
	defer session.drop()
	for {
		errs := p.round(ctx, session, large)
		if !large.wait(ctx, p.opt.Turn) {
			return errors.Join(append(errs, large.trouble(), ctx.Err())...)
		}
	}
}

func (p *Poller) newSession(ctx context.Context) *session {
	return &session{ctx: ctx, target: p.opt.Target, timeout: p.opt.Timeout}
}

// folders lists where to look. A paused library's files wait where they are. A
// folder over which rounds end early must not keep those behind it for ever.
func (p *Poller) folders(libraries []cards.Library) []folder {
	var list []folder
	for i := range libraries {
		if lib := &libraries[i]; !lib.Paused {
			list = append(list, folder{path: join(p.opt.Target.Folder, lib.Code), library: lib})
		}
	}
	if p.opt.Shared {
		list = append(list, folder{path: p.opt.Target.Folder})
	}
	behind := 1 + slices.IndexFunc(list, func(f folder) bool { return f.path == p.last })
	return slices.Concat(list[behind:], list[:behind])
}

// pause waits and reports whether the wait came to its end.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
