package xmlstream

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io"
)

// GzipMagic is what packed bytes begin with.
const GzipMagic = "\x1f\x8b"

// ErrBehindGzip is what a packed document ends with where bytes follow that are neither gzip nor padding.
var ErrBehindGzip = errors.New("bytes that are no gzip stand behind a gzip stream")

// Unpack undoes gzip. Several members are one document (RFC 1952), and zeros up to the end are padding, which tapes and
// some tools leave. compress/gzip takes those, and any other byte behind a member, for a stream that is broken or cut off.
func Unpack(r io.Reader) (io.Reader, error) {
	u := &unpacker{from: bufio.NewReader(r)}
	var err error
	if u.member, err = gzip.NewReader(u.from); err != nil {
		return nil, err
	}
	u.member.Multistream(false)
	return u, nil
}

type unpacker struct {
	from   *bufio.Reader // read byte by byte, so that what stands behind a member stays there
	member *gzip.Reader
	ended  error
}

// Read reads on, through the members.
func (u *unpacker) Read(p []byte) (n int, err error) {
	for n == 0 && u.ended == nil {
		if n, u.ended = u.member.Read(p); errors.Is(u.ended, io.EOF) {
			u.ended = u.next()
		}
	}
	if n > 0 {
		return n, nil
	}
	return 0, u.ended
}

// next begins the next member; without one it ends as the document does.
func (u *unpacker) next() error {
	head, err := u.from.Peek(len(GzipMagic))
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return err
	case len(head) == 0:
		return io.EOF
	case head[0] == 0:
		return u.padding()
	case string(head) == GzipMagic:
		if err := u.member.Reset(u.from); err != nil {
			return err
		}
		u.member.Multistream(false)
		return nil
	case string(head) == GzipMagic[:1]:
		return io.ErrUnexpectedEOF
	}
	return ErrBehindGzip
}

// padding passes over zeros, which nothing else may follow.
func (u *unpacker) padding() error {
	for {
		b, err := u.from.ReadByte()
		if err != nil {
			return err
		}
		if b != 0 {
			return ErrBehindGzip
		}
	}
}
