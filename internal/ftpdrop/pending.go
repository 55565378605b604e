package ftpdrop

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jlaffaye/ftp"
)

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
