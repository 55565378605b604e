package ftpdrop

import (
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"slices"

	"github.com/jlaffaye/ftp"
)

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
			rest = nil // the round ends; what is known is taken, or it never would be
			break
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
