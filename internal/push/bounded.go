package push

import (
	"errors"
	"io"
)

var errTooLong = errors.New("push: the reply is longer than any report")

// boundedReader fails, rather than ends, where the reply goes on too long: a
// report cut at the limit must not pass for a whole one.
type boundedReader struct {
	r    io.Reader
	left int64
}

func (b *boundedReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLong
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.r.Read(p)
	b.left -= int64(n)
	return n, err
}
