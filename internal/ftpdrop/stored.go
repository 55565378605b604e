package ftpdrop

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/carte-reseau/hub/internal/cards"
)

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
		na, ended, errA := fill(ra, bufA)
		nb, _, errB := fill(rb, bufB)
		if err := errors.Join(errA, errB); err != nil {
			return false, err
		}
		if !bytes.Equal(bufA[:na], bufB[:nb]) {
			return false, nil
		}
		if ended {
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
