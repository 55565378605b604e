package ftpdrop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/textproto"
	"slices"
	"time"

	"github.com/jlaffaye/ftp"

	"github.com/carte-reseau/hub/internal/cards"
)

const (
	defaultTimeout  = 30 * time.Second
	defaultSettle   = 2 * time.Second
	defaultPatience = 30 * time.Second
	defaultTurn     = 10 * time.Second
	// defaultLarge is some eight thousand cards, which take no longer than a turn.
	defaultLarge = 4 << 20
	// defaultAttach keeps a mail under 10 MB, the usual limit, once encoded.
	defaultAttach = 5 << 20
	// maxLost is how many connections a round may lose before it ends.
	maxLost = 3
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
	WriteReport(ctx context.Context, id int64, rejectedOnly bool, w io.Writer) error
}

// Options are the settings of a Poller. Zero values take the defaults.
type Options struct {
	Target Target
	// Shared also takes files from Target.Folder itself, trusting what they say
	// of their sender.
	Shared bool
	// MaxDocument is the largest file taken; 0 for no limit but the inbox's.
	MaxDocument int64
	// Timeout bounds dialling and every single read and write; 30 s.
	Timeout time.Duration
	// Settle is how long a file must be unchanged; 2 s. A round that meets files
	// for the first time looks at them again after that time.
	Settle time.Duration
	// Patience is how long a file must be unchanged that ends like one still
	// being written, unless Target.Whole; 30 s. Taking it sooner and deleting it
	// would lose what a stalled upload still writes.
	Patience time.Duration
	// Turn is how long the files of one folder are taken before another folder's are; 10 s. A file that has begun comes
	// to its end.
	Turn time.Duration
	// Large is the size from which a file is taken beside the others; 4 MiB.
	Large int64
	// MaxAttach bounds the XML attached to a letter; 5 MiB.
	MaxAttach int64
	// PublicURL is where the hub answers, for letters; may be empty.
	PublicURL string
	// AdminEmail hears of files in the shared folder that name no library; may
	// be empty.
	AdminEmail string
	Location   *time.Location // for dates in letters; UTC if nil
	Logger     *slog.Logger
}

func (o Options) withDefaults() Options {
	setDefault(&o.Timeout, defaultTimeout)
	setDefault(&o.Settle, defaultSettle)
	setDefault(&o.Patience, defaultPatience)
	setDefault(&o.Turn, defaultTurn)
	if o.MaxAttach <= 0 {
		o.MaxAttach = defaultAttach
	}
	if o.Large <= 0 {
		o.Large = defaultLarge
	}
	if o.Location == nil {
		o.Location = time.UTC
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

func setDefault(d *time.Duration, value time.Duration) {
	if *d <= 0 {
		*d = value
	}
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

// stuckFile remembers a file that could not be dealt with, so that its trouble
// is told once and not every round. It is tried again each time.
type stuckFile struct {
	file    file
	deposit int64 // integrated, only deleting failed; 0: not taken at all
	told    bool
	round   int  // the last one that met it
	costly  bool // a connection was lost over it
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

// round looks at all folders once.
func (p *Poller) round(ctx context.Context, session *session, large *beside) []error {
	libraries, err := p.store.Libraries(ctx)
	if err != nil {
		return []error{fmt.Errorf("listing libraries: %w", err)}
	}
	awaiting, err := p.store.AwaitingFiles(ctx)
	if err != nil {
		return []error{fmt.Errorf("listing the libraries of pending deposits: %w", err)}
	}
	p.count++
	r := &round{Poller: p, libraries: libraries, awaiting: awaiting, session: session, large: large}
	fresh := r.visit(ctx, p.folders(libraries))
	if len(fresh) > 0 && pause(ctx, p.opt.Settle) {
		r.visit(ctx, fresh)
	}
	if ctx.Err() == nil && len(r.errs) == 0 && !large.any() { // whose folders were passed over
		p.watch.forget(p.count)
		if err := r.forgetStuck(ctx); err != nil {
			r.errs = append(r.errs, err)
		}
	}
	return r.errs
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

// round is one look at all folders.
type round struct {
	*Poller
	session   *session
	large     *beside
	libraries []cards.Library
	awaiting  []int64 // libraries with deposits that were pending as it began: other hubs poll too
	lost      int     // connections lost so far
	errs      []error
	// shown are the folders the server shows, looked up where it refuses to list
	// one.
	shown map[string]bool
}

// failed notes an error of the round and reports whether going on makes sense.
func (r *round) failed(ctx context.Context, err error) bool {
	if ctx.Err() != nil {
		return false
	}
	r.errs = append(r.errs, err)
	return r.lost < maxLost && r.session.reachable()
}

// visited is a folder, its files still to be looked at, oldest first, and whether
// any was met for the first time.
type visited struct {
	folder
	listed bool
	files  []file
	exact  int // how many of the first are known exactly
	fresh  bool
	// passed are the libraries a file of which had to wait: those behind it wait too.
	passed map[int64]bool
}

// visit takes the files at rest and returns the folders with files that were
// met for the first time. Folders take turns: a library that drops thousands of
// files at once keeps no other waiting for all of them.
func (r *round) visit(ctx context.Context, folders []folder) (fresh []folder) {
	queue := queueOf(folders)
	for {
		queue = append(queue, queueOf(r.concludeLarge(ctx, queue))...)
		if len(queue) == 0 {
			return fresh
		}
		next := queue[0]
		queue = queue[1:]
		if ctx.Err() != nil {
			return nil
		}
		if r.waits(next) {
			continue
		}
		if err := r.visitFolder(ctx, next); err != nil && !r.failed(ctx, err) {
			r.last = next.path
			return nil
		}
		switch {
		case len(next.files) > 0:
			queue = append(queue, next)
		case next.fresh:
			fresh = append(fresh, next.folder)
		}
	}
}

func queueOf(folders []folder) []*visited {
	queue := make([]*visited, 0, len(folders))
	for _, f := range folders {
		queue = append(queue, &visited{folder: f, passed: map[int64]bool{}})
	}
	return queue
}

// visitFolder has a turn of a folder.
func (r *round) visitFolder(ctx context.Context, f *visited) error {
	if err := r.list(ctx, f); err != nil {
		return err
	}
	var errs []error
	for began := time.Now(); len(f.files) > 0 && ctx.Err() == nil && !r.waits(f); {
		if f.exact == 0 {
			errs = append(errs, r.completeNext(ctx, f))
			continue
		}
		doc := f.files[0]
		f.files, f.exact = f.files[1:], f.exact-1
		met, err := r.visitFile(ctx, f, doc)
		f.fresh = f.fresh || met
		if err != nil {
			errs = append(errs, fmt.Errorf("a file of %s: %w", f.path, unnamed{err}))
			if r.lost >= maxLost || !r.session.reachable() {
				break
			}
		}
		if time.Since(began) >= r.opt.Turn {
			break
		}
	}
	return errors.Join(errs...)
}

// list finds the files of a folder, before its first turn.
func (r *round) list(ctx context.Context, f *visited) error {
	if f.listed {
		return nil
	}
	f.listed = true
	entries, err := r.session.list(f.path)
	if isLost(err) {
		r.lost++
	}
	if err != nil && !noFolder(err) {
		return fmt.Errorf("listing %s: %w", f.path, unnamed{err})
	}
	if err != nil && f.library != nil && r.shows(f.library.Code) {
		r.shut(ctx, f.folder, err)
		return nil
	}
	f.files = r.costlyLast(f.path, candidates(entries))
	return r.settlePending(ctx, f.folder, f.files)
}

// costlyLast puts last what costs connections, of which a round has few.
func (p *Poller) costlyLast(folder string, files []file) []file {
	slices.SortStableFunc(files, func(a, b file) int {
		switch costly := p.stuck[a.path(folder)].costly; {
		case costly == p.stuck[b.path(folder)].costly:
			return 0
		case costly:
			return 1
		}
		return -1
	})
	return files
}

// noFolder recognises what is daily life: libraries that never use FTP have no
// folder, and no files then.
func noFolder(err error) bool {
	reply, ok := answer(err)
	return ok && reply.Code >= 500
}

// visitFile looks at one file and takes it when it is at rest.
func (r *round) visitFile(ctx context.Context, f *visited, doc file) (fresh bool, err error) {
	path := doc.path(f.path)
	rested, fresh := r.watch.look(path, doc, r.count)
	if fresh || rested < r.opt.Settle {
		return fresh, nil
	}
	if stuck, ok := r.stuck[path]; ok && stuck.deposit != 0 && stuck.file.same(doc) {
		return false, r.retryDelete(ctx, f.folder, path, stuck)
	}
	return false, r.take(ctx, f, doc, path, rested)
}

// completeNext asks for what the list did not tell exactly of the files whose
// turn it is, and puts them in order by that: a list of minutes has those of one
// minute by their names. A file that cannot be asked for keeps no other waiting.
func (r *round) completeNext(ctx context.Context, f *visited) error {
	n := 1
	for n < len(f.files) && f.files[n].time.Equal(f.files[0].time) {
		n++
	}
	listed, rest := f.files[:n], f.files[n:]
	var exact []file
	var errs []error
	for _, doc := range listed {
		path := doc.path(f.path)
		doc, err := r.complete(path, doc)
		if err == nil {
			exact = append(exact, doc)
			continue
		}
		if err := r.unreadable(ctx, f.folder, doc, path, err); err != nil {
			errs = append(errs, fmt.Errorf("a file of %s: %w", f.path, unnamed{err}))
		}
		if r.lost >= maxLost || !r.session.reachable() {
			f.files = nil
			return errors.Join(errs...)
		}
	}
	inOrder(exact)
	f.files, f.exact = slices.Concat(exact, rest), len(exact)
	return errors.Join(errs...)
}

// complete asks for what the list did not tell exactly.
func (r *round) complete(path string, doc file) (file, error) {
	if r.session.precise() && doc.known {
		return doc, nil
	}
	size, ok, err := r.session.size(path)
	if err != nil {
		return doc, err
	}
	if ok {
		doc.size = size
	} else if !doc.known {
		return doc, &textproto.Error{Code: ftp.StatusFileUnavailable, Msg: "(la taille du fichier n’est pas connue)"}
	}
	doc.known = true
	modified, err := r.session.modified(path)
	if err == nil && !modified.IsZero() {
		doc.time = modified
	}
	return doc, err
}

// retryDelete tries again to delete a file that is integrated already.
func (r *round) retryDelete(ctx context.Context, f folder, path string, stuck stuckFile) error {
	stuck.round = r.count
	r.stuck[path] = stuck
	if err := r.discard(ctx, f, stuck.file, path, stuck.deposit); err != nil {
		if _, ok := answer(err); ok {
			return nil // told before
		}
		return err
	}
	delete(r.stuck, path)
	return nil
}

// stick remembers a file that cannot be read. Staff are told when it happens a
// second time: the first may be a file its owner has just taken away.
func (r *round) stick(ctx context.Context, f folder, doc file, path string, cause error) {
	before, met := r.stuck[path]
	met = met && before.round < r.count
	r.stuck[path] = stuckFile{file: doc, told: before.told || met, round: r.count, costly: isLost(cause)}
	if !met || before.told {
		return
	}
	r.log.Warn("a dropped file cannot be taken", "folder", f.path, "error", logged(cause))
	if f.library != nil {
		r.record(ctx, f.library, time.Now(), nil, cards.Say("Le fichier « %s » ne peut pas être lu : %s.", doc.name(), explain(cause)))
	}
}
