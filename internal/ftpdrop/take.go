package ftpdrop

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/jlaffaye/ftp"

	"github.com/carte-reseau/hub/internal/cards"
)

// markTime bounds what must be noted even while the hub is shutting down.
const markTime = 10 * time.Second

// hopeless is for how many times the patience a file may rest and still not come
// whole before somebody must hear of it: an hour, longer than any upload.
const hopeless = 120

// taking is a file on its way, and how far it has got.
type taking struct {
	folder folder
	doc    file
	path   string
	rested time.Duration
	lib    *cards.Library
	began  time.Time

	deposit int64          // its bytes are stored; 0 before
	ended   *cards.Deposit // integrated, and its letter queued; nil before
	err     error          // what it came to a halt over
}

// take brings one file at rest through all its steps, or begins to where it is
// large. An error means the file stays and the next round goes on where this one
// stopped.
func (r *round) take(ctx context.Context, f *visited, doc file, path string, rested time.Duration) error {
	if r.tooLarge(doc) {
		return r.setAside(ctx, f.folder, doc, path)
	}
	lib, err := r.sender(ctx, f.folder, doc, path)
	if err != nil || lib == nil {
		return err
	}
	if f.passed[lib.ID] || r.large.holds(lib) {
		f.passed[lib.ID] = true
		return nil
	}
	t := &taking{folder: f.folder, doc: doc, path: path, rested: rested, lib: lib, began: time.Now()}
	if time.Now().Before(r.large.waiting[path]) {
		return nil
	}
	if doc.size >= r.opt.Large && !r.large.alone {
		f.passed[lib.ID] = true
		r.large.take(ctx, t)
		return nil
	}
	r.fetch(ctx, t)
	r.integrate(ctx, t)
	_, err = r.conclude(ctx, t)
	return err
}

func (r *round) tooLarge(doc file) bool { return r.opt.MaxDocument > 0 && doc.size > r.opt.MaxDocument }

// fetch stores the bytes.
func (r *round) fetch(ctx context.Context, t *taking) {
	if t.doc.stamp, t.err = r.session.modified(t.path); t.err == nil {
		t.deposit, t.err = r.receive(ctx, t)
	}
}

// integrate brings what was stored to its end and answers.
func (r *round) integrate(ctx context.Context, t *taking) {
	if t.err != nil {
		return
	}
	d, err := r.inbox.Integrate(ctx, t.deposit, t.lib)
	if d == nil || d.Finished.IsZero() && !ended(d.Status) {
		if err == nil {
			err = errors.New("it came back unfinished")
		}
		t.err = fmt.Errorf("integrating deposit %d: %w", t.deposit, err)
		return
	}
	if t.err = r.answerTo(ctx, t.lib, d); t.err == nil {
		t.ended = d
	}
}

// conclude deletes a file that is integrated, and deals with what kept another
// one from being so. It reports whether the file was dealt with.
func (r *round) conclude(ctx context.Context, t *taking) (done bool, err error) {
	switch {
	case t.ended != nil:
		return true, r.settle(ctx, t)
	case t.deposit != 0:
		return false, t.err
	case errors.Is(t.err, errChanging) && t.rested >= hopeless*r.opt.Patience:
		r.stick(ctx, t.folder, t.doc, t.path, cards.Errorf(cards.Unavailable, "le serveur FTP n’en donne pas la taille qu’il annonce"))
		return false, nil
	case errors.Is(t.err, errChanging), errors.Is(t.err, errNoEnd):
		r.log.Debug("a dropped file is not at rest", "library", t.lib.Code, "reason", t.err)
		return false, nil
	case cards.CodeOf(t.err) == cards.TooLarge:
		return false, r.setAside(ctx, t.folder, t.doc, t.path)
	}
	return false, r.unreadable(ctx, t.folder, t.doc, t.path, t.err)
}

// unreadable keeps what concerns this one file from being an error of the
// round: the server refuses it, or falls silent over it and answers again to
// everything else, as vsftpd does while somebody still writes the file.
func (r *round) unreadable(ctx context.Context, f folder, doc file, path string, err error) error {
	if _, refused := answer(err); refused || isLost(err) && r.survives(ctx) {
		r.stick(ctx, f, doc, path, err)
		return nil
	}
	return err
}

// survives counts a lost connection and reports whether the server still
// answers.
func (r *round) survives(ctx context.Context) bool {
	r.lost++
	return ctx.Err() == nil && r.lost < maxLost && r.session.alive()
}

// receive stores the file's bytes, unless they are stored since a round that
// did not come to its end.
func (r *round) receive(ctx context.Context, t *taking) (int64, error) {
	stored, err := r.alreadyStored(ctx, t.lib, t.doc, t.path)
	if err != nil || stored != 0 {
		return stored, err
	}
	content, err := r.session.body(t.path, t.doc.size, r.mayLack(t.rested))
	if err != nil {
		return 0, err
	}
	defer content.close()
	deposit := cards.Deposit{LibraryID: t.lib.ID, Library: t.lib.Code, Door: cards.DoorFTP, Name: t.doc.name()}
	id, err := r.inbox.Receive(ctx, deposit, content)
	if content.err != nil && !errors.Is(content.err, io.EOF) {
		err = content.err // the cause, whatever the inbox made of it
	}
	return id, err
}

func (r *round) mayLack(rested time.Duration) bool {
	return r.opt.Target.Whole || rested >= r.opt.Patience
}

// settle deletes a file that is integrated and records it.
func (r *round) settle(ctx context.Context, t *taking) error {
	d, trouble := t.ended, cards.Sentence{}
	delete(r.stuck, t.path)
	if err := r.discard(ctx, t.folder, t.doc, t.path, d.ID); err != nil {
		if _, ok := answer(err); !ok {
			return err
		}
		r.stuck[t.path] = stuckFile{file: t.doc, deposit: d.ID, told: true, round: r.count}
		trouble = cards.Say("Le fichier « %s » est traité (dépôt n° %d), mais il ne peut pas être supprimé : %s.", t.doc.name(), d.ID, explain(err))
		r.log.Warn("a dropped file is integrated but cannot be deleted", "library", t.lib.Code, "deposit", d.ID, "error", logged(err))
	}
	r.record(ctx, t.lib, t.began, d, trouble)
	r.log.Info("dropped file taken", "library", t.lib.Code, "deposit", d.ID, "status", d.Status,
		"received", d.Counts.Received, "rejected", d.Counts.Rejected)
	return nil
}

func ended(s cards.DepositStatus) bool { return s != cards.Receiving && s != cards.Received }

// discard deletes the file if it still is the one that was read; another one
// under its name has its own turn, and one that its library took away is gone.
func (r *round) discard(ctx context.Context, f folder, doc file, path string, deposit int64) error {
	err := r.remove(f, path, doc)
	if _, refused := answer(err); refused {
		gone, listErr := r.vanished(f, doc)
		if listErr != nil {
			return listErr
		}
		if gone {
			err = nil
		}
	}
	if err != nil {
		return err
	}
	mark, cancel := context.WithTimeout(context.WithoutCancel(ctx), markTime)
	defer cancel()
	return r.fileGone(mark, deposit)
}

// remove deletes the file unless it changed. Where the connection breaks over that, what lies there is looked at again first.
func (r *round) remove(f folder, path string, doc file) error {
	const most = 2
	for tries := 1; ; tries++ {
		changed, err := r.changed(f, path, doc)
		if err != nil || changed {
			return err
		}
		if err = r.session.remove(path); tries == most || !isLost(err) {
			return err
		}
	}
}

// vanished reports whether somebody else took the file away.
func (r *round) vanished(f folder, doc file) (bool, error) {
	entries, err := r.session.list(f.path)
	if err != nil {
		return false, err
	}
	return !slices.ContainsFunc(candidates(entries), func(there file) bool { return there.name() == doc.name() }), nil
}

func (r *round) changed(f folder, path string, doc file) (bool, error) {
	size, ok, err := r.session.size(path)
	if err != nil {
		return false, err
	}
	if ok && size != doc.size {
		return true, nil
	}
	modified, err := r.session.modified(path)
	if err != nil {
		return false, err
	}
	if modified.IsZero() {
		return r.listedAnew(f, doc)
	}
	return !modified.Equal(doc.stamp), nil
}

// listedAnew reports whether the list, where it is all that tells times, shows
// another file under a file's name.
func (r *round) listedAnew(f folder, doc file) (bool, error) {
	entries, err := r.session.list(f.path)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(candidates(entries), func(there file) bool {
		return there.raw == doc.raw && !there.time.Equal(doc.time)
	}), nil
}

// record writes the run staff see; trouble is zero when all went well.
func (r *round) record(ctx context.Context, lib *cards.Library, began time.Time, d *cards.Deposit, trouble cards.Sentence) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), markTime)
	defer cancel()
	run := cards.Run{LibraryID: lib.ID, Library: lib.Code, Job: cards.JobFTP, Started: began, Finished: time.Now(),
		OK: trouble.IsZero(), Error: trouble}
	if d != nil {
		run.Deposit, run.Counts = d.ID, d.Counts
		if trouble.IsZero() && d.Status == cards.Refused {
			run.OK, run.Error = false, refusedText(d)
		}
	}
	id, err := r.store.BeginRun(ctx, run)
	if err == nil {
		run.ID = id
		err = r.store.FinishRun(ctx, run)
	}
	if err != nil { // the work itself is done and safe
		r.log.Error("a run could not be recorded", "library", lib.Code, "error", err)
	}
}

// settlePending notes which pending deposits' files are no longer there: a crash
// came between deleting and noting it, or the library took its file away itself.
// The same bytes may come again, and are another document then.
func (r *round) settlePending(ctx context.Context, f folder, files []file) error {
	if f.library == nil || r.opt.Shared || !slices.Contains(r.awaiting, f.library.ID) {
		return nil
	}
	pending, err := r.store.PendingFiles(ctx, f.library.ID)
	if err != nil {
		return fmt.Errorf("reading the pending deposits of %s: %w", f.library.Code, err)
	}
	there := make(map[string]bool, len(files))
	for _, doc := range files {
		there[doc.name()] = true
	}
	for _, d := range pending {
		if there[d.Name] {
			continue
		}
		hidden, err := r.hidden(f, d.Name)
		if err != nil {
			return err
		}
		if hidden {
			continue
		}
		if err := r.fileGone(ctx, d.ID); err != nil {
			return err
		}
	}
	return nil
}

// hidden reports whether a file is there though the list does not show it: of a
// folder that cannot be read some servers give an empty list.
func (r *round) hidden(f folder, name string) (bool, error) {
	_, known, err := r.session.size(join(f.path, name))
	if _, refused := answer(err); refused || errors.Is(err, ftp.ErrInvalidCommand) {
		return false, nil
	}
	return known, err
}

func (r *round) fileGone(ctx context.Context, deposit int64) error {
	if err := r.store.FileGone(ctx, deposit); err != nil {
		return fmt.Errorf("noting that the file of deposit %d is gone: %w", deposit, err)
	}
	return nil
}

// forgetStuck forgets the stuck files a whole round did not meet. Those that
// were integrated have been taken away by somebody else.
func (r *round) forgetStuck(ctx context.Context) error {
	for path, s := range r.stuck {
		if s.round == r.count {
			continue
		}
		if s.deposit != 0 {
			if err := r.fileGone(ctx, s.deposit); err != nil {
				return err
			}
		}
		delete(r.stuck, path)
	}
	return nil
}

// alreadyStored finds the deposit these very bytes were sealed in by a round
// that ended before the file was deleted.
func (r *round) alreadyStored(ctx context.Context, lib *cards.Library, doc file, path string) (int64, error) {
	pending, err := r.store.PendingFiles(ctx, lib.ID)
	if err != nil {
		return 0, fmt.Errorf("reading the pending deposits of %s: %w", lib.Code, err)
	}
	for _, d := range pending {
		if d.Name != doc.name() || d.Size != doc.size {
			continue
		}
		same, err := r.sameBytes(ctx, d, doc, path)
		if err != nil {
			return 0, err
		}
		if same {
			return d.ID, nil
		}
	}
	return 0, nil
}

func (r *round) sameBytes(ctx context.Context, d cards.Deposit, doc file, path string) (bool, error) {
	stored, err := r.store.OpenDeposit(ctx, d.ID)
	if err != nil {
		return false, fmt.Errorf("opening deposit %d: %w", d.ID, err)
	}
	defer func() { _ = stored.Close() }()
	kept := bufio.NewReader(stored)
	if _, err := kept.Peek(1); errors.Is(err, io.EOF) && d.Size > 0 {
		return doc.restedSince(d.Arrived), nil
	}
	content, err := r.session.body(path, doc.size, true)
	if err != nil {
		return false, err
	}
	defer content.close()
	return equalStreams(kept, content)
}

// equalStreams compares without holding either.
func equalStreams(a, b io.Reader) (bool, error) {
	const chunk = 64 << 10
	ra, rb := bufio.NewReaderSize(a, chunk), bufio.NewReaderSize(b, chunk)
	bufA, bufB := make([]byte, chunk), make([]byte, chunk)
	for {
		na, endedA, errA := fill(ra, bufA)
		nb, endedB, errB := fill(rb, bufB)
		if err := errors.Join(errA, errB); err != nil {
			return false, err
		}
		if !bytes.Equal(bufA[:na], bufB[:nb]) {
			return false, nil
		}
		if endedA || endedB {
			return true, nil // after equal chunks: both
		}
	}
}

// fill reads a whole chunk, or what is left.
func fill(r io.Reader, chunk []byte) (n int, ended bool, err error) {
	n, err = io.ReadFull(r, chunk)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return n, true, nil
	}
	return n, false, err
}
