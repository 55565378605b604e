package ftpdrop

import (
	"bytes"
	"errors"
	"io"

	"github.com/jlaffaye/ftp"
)

var (
	// errChanging means the file is not at rest; it waits for another round.
	errChanging = errors.New("the file changed while it was read")
	// errNoEnd means the file ends like one whose end is still on its way.
	errNoEnd = errors.New("the file does not look finished yet")
)

// body is a file on its way into the inbox. It ends with io.EOF only if the
// server confirmed the transfer, every byte arrived, and the file is still what
// it was; otherwise the inbox must not seal it.
type body struct {
	session  *session
	response *ftp.Response
	path     string
	size     int64
	mayLack  bool // a document without an end is taken all the same
	read     int64
	tail     []byte
	err      error
}

// tailKept is enough for the end tag, a comment and blanks, in UTF-16 too.
const tailKept = 1 << 10

func (s *session) body(path string, size int64, mayLack bool) (*body, error) {
	response, err := s.open(path)
	if err != nil {
		return nil, err
	}
	return &body{session: s, response: response, path: path, size: size, mayLack: mayLack}, nil
}

func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.response.Read(p)
	b.read += int64(n)
	b.keepTail(p[:n])
	switch {
	case b.read > b.size:
		err = errChanging
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		// Servers that end TLS without saying so are judged by the byte count.
		err = b.finish()
	case err != nil:
		err = b.session.broken(err)
	}
	b.err = err
	return n, err
}

func (b *body) keepTail(p []byte) {
	if len(p) >= tailKept {
		b.tail = append(b.tail[:0], p[len(p)-tailKept:]...)
		return
	}
	b.tail = append(b.tail, p...)
	if extra := len(b.tail) - tailKept; extra > 0 {
		b.tail = append(b.tail[:0], b.tail[extra:]...)
	}
}

func (b *body) finish() error {
	if err := b.response.Close(); err != nil {
		if _, ok := answer(err); !ok {
			return b.session.broken(err)
		}
		return err
	}
	if b.read != b.size {
		return errChanging
	}
	if size, ok, err := b.session.size(b.path); err != nil {
		return err
	} else if ok && size != b.size {
		return errChanging
	}
	if !b.mayLack && !looksFinished(b.tail) {
		return errNoEnd
	}
	return io.EOF
}

// close ends the transfer where it was not read to its end.
func (b *body) close() {
	if !errors.Is(b.err, io.EOF) {
		b.session.abandon(b.response)
	}
}

// looksFinished reports whether a document may end so: with the end tag of its
// root, in whatever encoding. It is a hint only, for how long to wait.
func looksFinished(tail []byte) bool {
	text := bytes.Map(func(r rune) rune {
		switch r {
		case 0, ' ', '\t', '\r', '\n', 0x1a: // 0x1a: the end of file of old systems
			return -1
		}
		return r
	}, tail)
	for bytes.HasSuffix(text, []byte("-->")) {
		start := bytes.LastIndex(text, []byte("<!--"))
		if start < 0 {
			return false
		}
		text = text[:start]
	}
	end := bytes.LastIndex(text, []byte("</"))
	return end >= 0 && bytes.HasSuffix(text[end:], []byte("cartes>"))
}
