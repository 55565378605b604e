package ftpdrop

import (
	"context"
	"slices"
)

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
