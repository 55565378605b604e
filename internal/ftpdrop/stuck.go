package ftpdrop

import (
	"context"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// stuckFile remembers a file that could not be dealt with, so that its trouble
// is told once and not every round. It is tried again each time.
type stuckFile struct {
	file    file
	deposit int64 // integrated, only deleting failed; 0: not taken at all
	told    bool
	round   int  // the last one that met it
	costly  bool // a connection was lost over it
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
