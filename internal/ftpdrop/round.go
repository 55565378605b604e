package ftpdrop

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// maxLost is how many connections a round may lose before it ends.
const maxLost = 3

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
