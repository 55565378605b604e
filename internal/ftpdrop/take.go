package ftpdrop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

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
