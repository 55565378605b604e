package oaiclient

import (
	"fmt"
	"io"
	"os"
	"unicode/utf8"
)

// spool holds the bytes of one page outside memory while it is read twice: first to its end, to know that it is whole,
// then card by card. The file has no name on the disk, so that nothing is left of it after a crash.
type spool struct {
	file *os.File
	size int64
	// broken counts the bytes that are not UTF-8; see encoding.go.
	broken int
	tail   []byte // an unfinished character at the end of what was written
}

func newSpool(dir string) (*spool, error) {
	file, err := os.CreateTemp(dir, "moisson-*")
	if err != nil {
		return nil, fmt.Errorf("making a temporary file for a page: %w", err)
	}
	if err := os.Remove(file.Name()); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("making a temporary file nameless: %w", err)
	}
	return &spool{file: file}, nil
}

// Write appends to the page.
func (s *spool) Write(p []byte) (int, error) {
	n, err := s.file.Write(p)
	s.size += int64(n)
	s.checkUTF8(p[:n])
	return n, err
}

func (s *spool) checkUTF8(p []byte) {
	for len(s.tail) > 0 && len(p) > 0 {
		s.tail = append(s.tail, p[0])
		p = p[1:]
		if utf8.FullRune(s.tail) {
			rest := s.countBroken(s.tail)
			s.tail = append(s.tail[:0], rest...)
		}
	}
	s.tail = append(s.tail, s.countBroken(p)...)
}

// countBroken returns the unfinished character at the end.
func (s *spool) countBroken(p []byte) []byte {
	if whole := p[:len(p)-unfinished(p)]; utf8.Valid(whole) {
		p = p[len(whole):]
	}
	for len(p) > 0 {
		if !utf8.FullRune(p) {
			return p
		}
		r, size := utf8.DecodeRune(p)
		if r == utf8.RuneError && size == 1 {
			s.broken++
		}
		p = p[size:]
	}
	return nil
}

// unfinished is how many bytes at the end may be the beginning of a character.
func unfinished(p []byte) int {
	for n := 1; n < min(utf8.UTFMax, len(p)+1); n++ {
		if utf8.RuneStart(p[len(p)-n]) {
			if utf8.FullRune(p[len(p)-n:]) {
				return 0
			}
			return n
		}
	}
	return 0
}

// isUTF8 reports whether all that was written is UTF-8.
func (s *spool) isUTF8() bool { return s.broken == 0 && len(s.tail) == 0 }

// reader reads the page from its beginning; several may be open.
func (s *spool) reader() io.Reader { return io.NewSectionReader(s.file, 0, s.size) }

// Close gives the disk space back.
func (s *spool) Close() error { return s.file.Close() }
