package xmlstream

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"
)

// Most documents are one card or one report: a window begins small. Of one that
// goes on it takes large pieces.
const (
	smallWindow = 4 << 10
	windowSize  = 64 << 10
)

// window is the piece of the source in memory, with the count of lines up to it.
type window struct {
	src      io.Reader
	buf      []byte
	pos, end int // buf[pos:end] is not consumed yet
	keep     int // buf[keep:] must not be dropped; -1 when nothing is held
	err      error

	counted   int // line and column are those of buf[counted]
	line, col int
	afterCR   bool

	tap tap
}

func newWindow(src io.Reader) window {
	return window{src: src, buf: make([]byte, smallWindow), keep: -1, line: 1, col: 1}
}

// more appends to the window, moving it along; false at the end of the source or after an error, which is then in err.
func (w *window) more() bool {
	if w.err != nil {
		return false
	}
	w.slide()
	for range 100 {
		n, err := w.src.Read(w.buf[w.end:])
		w.end += n
		w.err = err
		if n > 0 || err != nil {
			return n > 0
		}
	}
	w.err = io.ErrNoProgress
	return false
}

// slide makes room at the end: it drops what is consumed and not held. It grows when that is nothing, and when a small
// window was filled.
func (w *window) slide() {
	filled, from := w.end == len(w.buf), w.pos
	if w.keep >= 0 && w.keep < from {
		from = w.keep
	}
	if from > 0 {
		w.countTo(from)
		w.tap.take(w.buf, from)
		copy(w.buf, w.buf[from:w.end])
		w.pos -= from
		w.end -= from
		w.counted -= from
		if w.keep >= 0 {
			w.keep -= from
		}
	}
	if w.end == len(w.buf) || filled && len(w.buf) < windowSize {
		grown := make([]byte, max(2*len(w.buf), windowSize))
		copy(grown, w.buf[:w.end])
		w.buf = grown
	}
}

// ensure reports whether n bytes are there, reading on if need be.
func (w *window) ensure(n int) bool {
	for w.end-w.pos < n {
		if !w.more() {
			return false
		}
	}
	return true
}

// has reports whether the source goes on with s.
func (w *window) has(s string) bool {
	return w.ensure(len(s)) && string(w.buf[w.pos:w.pos+len(s)]) == s
}

// fullRune reports whether the character at pos is there to its end, or the source is at its end.
func (w *window) fullRune() bool {
	for !utf8.FullRune(w.buf[w.pos:w.end]) {
		if !w.more() {
			return false
		}
	}
	return true
}

// failure is the error of the source itself, nil at a plain end.
func (w *window) failure() error {
	if w.err == nil || w.err == io.EOF { //nolint:errorlint // Read returns io.EOF itself, by contract
		return nil
	}
	return fmt.Errorf("reading XML: %w", w.err)
}

// countTo counts lines and columns up to buf[to]; it never goes back.
func (w *window) countTo(to int) {
	if to <= w.counted {
		return
	}
	seg := w.buf[w.counted:to]
	w.counted = to
	if !w.afterCR && bytes.IndexByte(seg, '\n') < 0 && bytes.IndexByte(seg, '\r') < 0 {
		w.col += characterCount(seg)
		return
	}
	w.countLines(seg)
}

// characterCount is utf8.RuneCount without the copy that one makes of what is not ASCII.
func characterCount(seg []byte) int {
	n := 0
	for _, b := range seg {
		if utf8.RuneStart(b) {
			n++
		}
	}
	return n
}

func (w *window) countLines(seg []byte) {
	for _, b := range seg {
		switch {
		case b == '\n' && w.afterCR: // counted with it
		case b == '\n' || b == '\r':
			w.line++
			w.col = 1
		case utf8.RuneStart(b):
			w.col++
		}
		w.afterCR = b == '\r'
	}
}

// fail makes the error for what stands at buf[at].
func (w *window) fail(at int, code, format string, args ...any) error {
	w.countTo(at)
	return &SyntaxError{Line: w.line, Column: w.col, Code: code, Msg: fmt.Sprintf(format, args...)}
}

// truncated is the error for a source that ended within something, or failed.
func (w *window) truncated(within string) error {
	if err := w.failure(); err != nil {
		return err
	}
	return w.fail(w.end, CodeTruncated, "Le document s’arrête avant sa fin, %s.", within)
}
